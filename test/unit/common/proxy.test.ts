import assert from "node:assert/strict";
import { getGlobalDispatcher, setGlobalDispatcher, type Dispatcher } from "undici";
import { isAIHubError } from "../../../src/common/errors";
import { honourNetworkEnvironment } from "../../../src/common/proxy";
import { startCli } from "../../support/cli";
import { moveHome, useSandbox } from "../../support/useSandbox";

describe("the way to the vendors on the command line", () => {
  const scene = useSandbox();
  let previous: Dispatcher;
  before(() => (previous = getGlobalDispatcher()));
  beforeEach(() => moveHome(scene));
  afterEach(() => setGlobalDispatcher(previous));

  for (const name of ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"]) {
    it(`is the proxy of ${name}`, async () => {
      const { HTTPS_PROXY, HTTP_PROXY: _http, https_proxy: _lower, http_proxy: _lowerHttp, ...env } = scene.env;
      const before = scene.sandbox.requests().length;
      const run = startCli(["auth", "login", "github-copilot", "--no-browser"], { ...env, [name]: HTTPS_PROXY! });
      await run.output(/github\.com\/login\/device.*, until \d+:\d\d/);
      assert.ok(scene.sandbox.requests().length > before);
      run.child.kill("SIGTERM");
      assert.equal((await run.result).code, 143);
    });
  }

  const host = () => new URL(scene.sandbox.proxyUrl).host;
  for (const [how, variables] of [
    ["without a scheme", () => ({ HTTPS_PROXY: host() })],
    ["without a scheme, by the name of its host", () => ({ HTTPS_PROXY: host().replace("127.0.0.1", "localhost") })],
    ["without a scheme, for all", () => ({ ALL_PROXY: ` ${host()} ` })],
    ["with a password that has a % in it", () => ({ https_proxy: `http://ada:100%@${host()}` })],
    ["beside one for all that speaks SOCKS", () => ({ HTTPS_PROXY: host(), ALL_PROXY: "socks5://127.0.0.1:9" })],
    ["beside a variable that is blank", () => ({ https_proxy: " ", HTTPS_PROXY: host() })],
  ] as [string, () => NodeJS.ProcessEnv][]) {
    it(`is a proxy that is named ${how}`, async () => {
      await honourNetworkEnvironment({ ...variables(), SSL_CERT_FILE: scene.sandbox.caFile });
      assert.equal((await fetch("https://github.com/login/device")).status, 200);
    });
  }

  for (const [name, value] of [
    ["HTTPS_PROXY", "socks5://ada:s3cret@127.0.0.1:9"],
    ["ALL_PROXY", "socks5h://ada:s3cret@127.0.0.1:9"],
    ["https_proxy", "http://ada:s3cret@127.0.0.1:port"],
    ["http_proxy", "http://ada:s3cret%ff@127.0.0.1:9"],
    ["HTTP_PROXY", "file:///s3cret"],
  ] as const) {
    it(`is refused with the name of the variable, and without its value, where ${name} cannot be used`, async () => {
      await assert.rejects(honourNetworkEnvironment({ [name]: value }), (error) => {
        assert.ok(isAIHubError(error, "proxy_not_usable"));
        assert.match(error.message, new RegExp(`The environment variable ${name} names no proxy`));
        assert.doesNotMatch(JSON.stringify({ ...error, cause: error.cause, message: error.message }), /s3cret/);
        return true;
      });
    });
  }
});
