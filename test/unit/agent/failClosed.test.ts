import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { storedCredentials } from "../../support/storedCredential";
import { useSandbox } from "../../support/useSandbox";

describe("an agent that may not use the subscription", () => {
  const scene = useSandbox();
  let proxy: Server;
  const received: IncomingHttpHeaders[] = [];

  before(async () => {
    proxy = createServer((request, response) => {
      received.push(request.headers);
      response.writeHead(401, { "content-type": "application/json" });
      response.end(JSON.stringify({ type: "error", error: { type: "authentication_error", message: "not from the proxy's token" } }));
    });
    await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
    await placeConfig(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    await signIn(scene, "anthropic");
    await placeProfiles({ "anthropic:ci": { provider: "anthropic", type: "api_key" }, "anthropic:env": { provider: "anthropic", type: "api_key", key: "$env:CI_KEY" } });
  });
  let requestsBefore = 0;
  beforeEach(() => {
    received.length = 0;
    requestsBefore = scene.sandbox.requests().length;
  });
  after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });

  /** Everything that could be taken by mistake is there: a sign-in, and the variables of the vendor. */
  const send = async (agent: string, env: Record<string, string> = {}) => {
    const tempting = { ANTHROPIC_API_KEY: scene.sandbox.createApiKey("anthropic"), ANTHROPIC_OAUTH_TOKEN: (await storedCredentials(scene.home.aihub)).anthropic!.access };
    return runCli(["send", "-a", agent, "-m", "Hello"], { ...scene.env, ...tempting, ...env });
  };
  const keysReceived = () => received.map((headers) => headers["x-api-key"] ?? headers.authorization?.replace(/^Bearer /, ""));
  const modelRequests = () => scene.sandbox.requests().slice(requestsBefore).filter(({ path }) => path === "/v1/messages");

  for (const agent of ["proxy-without-token", "proxy-with-empty-token"]) {
    it(`${agent} sends nothing to the proxy and names model.auth_token`, async () => {
      const { code, stdout, stderr } = await send(agent);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, new RegExp(`${agent}.*model\\.auth_token`));
      assert.equal(received.length, 0);
      assert.equal(modelRequests().length, 0);
    });
  }

  it("a proxy gets the very token that its agent refers to, and nothing else", async () => {
    const { code, stderr } = await send("proxy-with-token", { PROXY_TOKEN: "the-token-of-the-proxy" });
    assert.equal(code, 1);
    assert.match(stderr, /401/);
    assert.ok(received.length > 0);
    assert.deepEqual([...new Set(keysReceived())], ["the-token-of-the-proxy"]);
    const { access, refresh } = (await storedCredentials(scene.home.aihub)).anthropic!;
    const all = JSON.stringify(received);
    assert.ok(!all.includes(access) && !all.includes(refresh), "a token of the sign-in went to the proxy");
    assert.equal(modelRequests().length, 0);
  });

  it("a proxy whose token is not in the environment gets nothing, and the variable is named", async () => {
    const { code, stdout, stderr } = await send("proxy-with-token");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /PROXY_TOKEN is not set/);
    assert.equal(received.length, 0);
  });

  for (const [agent, words] of [
    ["key-without-key", /profile anthropic:ci has no key/],
    ["key-not-in-environment", /CI_KEY is not set/],
  ] as const) {
    it(`${agent} asks neither the vendor nor another way`, async () => {
      const { code, stdout, stderr } = await send(agent);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, words);
      assert.equal(modelRequests().length, 0);
    });
  }

  async function placeConfig(baseUrl: string): Promise<void> {
    const workspace = join(scene.home.path, "work");
    await mkdir(workspace);
    await mkdir(scene.home.aihub, { recursive: true, mode: 0o700 });
    const model = { provider: "anthropic", model: "claude-sonnet-4-5" };
    const agents = [
      { id: "proxy-without-token", model: { ...model, base_url: baseUrl }, auth: { mode: "proxy" } },
      { id: "proxy-with-empty-token", model: { ...model, base_url: baseUrl, auth_token: "" }, auth: { mode: "proxy" } },
      { id: "proxy-with-token", model: { ...model, base_url: baseUrl, auth_token: "$env:PROXY_TOKEN" }, auth: { mode: "proxy" } },
      { id: "key-without-key", model, auth: { mode: "api_key", profileId: "anthropic:ci" } },
      { id: "key-not-in-environment", model, auth: { mode: "api_key", profileId: "anthropic:env" } },
    ];
    await writeFile(join(scene.home.aihub, "aihub.json"), JSON.stringify({ agents: agents.map((agent) => ({ workspace, ...agent })) }));
  }

  async function placeProfiles(profiles: Record<string, unknown>): Promise<void> {
    const file = join(scene.home.aihub, "agent", "auth-profiles.json");
    const index = JSON.parse(await readFile(file, "utf8")) as { profiles: Record<string, unknown> };
    await writeFile(file, JSON.stringify({ ...index, profiles: { ...index.profiles, ...profiles } }), { mode: 0o600 });
  }
});
