import assert from "node:assert/strict";
import { startCli } from "../../support/cli";
import { moveHome, useSandbox } from "../../support/useSandbox";

describe("the way to the vendors on the command line", () => {
  const scene = useSandbox();
  beforeEach(() => moveHome(scene));

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
});
