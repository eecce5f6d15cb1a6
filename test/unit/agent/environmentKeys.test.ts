import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { placeAgents } from "../../support/agentsFile";
import { runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { useSandbox } from "../../support/useSandbox";

/** Everything that some provider reads, each with a value that would be seen. */
const names = [
  "ANTHROPIC_API_KEY", "ANTHROPIC_OAUTH_TOKEN", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "CLAUDE_CODE_OAUTH_TOKEN", "COPILOT_GITHUB_TOKEN",
  "OPENAI_API_KEY", "OPENAI_BASE_URL", "GEMINI_API_KEY", "GOOGLE_CLOUD_API_KEY", "AI_GATEWAY_API_KEY", "AWS_BEARER_TOKEN_BEDROCK", "CLOUDFLARE_API_KEY",
  "HF_TOKEN", "MINIMAX_CN_API_KEY", "XIAOMI_API_KEY",
] as const;

describe("provider keys in the environment of an agent", () => {
  const scene = useSandbox();
  const received: string[] = [];
  let proxy: Server;
  let env: Record<string, string>;
  let key: string;

  before(async () => {
    proxy = createServer((request, response) => {
      received.push(...[request.headers.authorization, request.headers["x-api-key"]].flatMap((value) => value ?? []));
      response.writeHead(401).end("{}");
    });
    await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
    const base_url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const model = { provider: "anthropic", model: "claude-sonnet-4-5" };
    await placeAgents(scene.home, [
      { id: "oauth", model, auth: { mode: "oauth" } },
      { id: "named", model, auth: { profileId: "anthropic:default" } },
      { id: "key", model, auth: { mode: "api_key" } },
      { id: "proxy", model: { ...model, base_url, auth_token: "token-of-the-proxy" }, auth: { mode: "proxy" } },
      { id: "unset", model },
      { id: "codex", model: { model: "openai-codex/gpt-5.4" }, auth: { mode: "oauth" } },
      { id: "copilot", model: { provider: "github-copilot", model: "gpt-4o" }, auth: { mode: "oauth" } },
    ]);
    for (const provider of ["anthropic", "openai-codex", "github-copilot"]) await signIn(scene, provider);
    // The keys are of another person than the sign-in: whoever pays is seen.
    scene.sandbox.signIn("anthropic", { email: "payer@example.com" });
    key = scene.sandbox.createApiKey("anthropic");
    env = { ...Object.fromEntries(names.map((name) => [name, "not-a-key-of-anybody"])), ANTHROPIC_API_KEY: key };
  });
  after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });

  const send = async (agent: string, without: readonly string[] = []) => {
    const before = scene.sandbox.requests().length;
    const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !without.includes(name)));
    const message = `please tool:env | grep -cE '^(${names.join("|")})=' || true`;
    const result = await runCli(["send", "-a", agent, "-m", message], { ...scene.env, ...kept });
    const asked = scene.sandbox.requests().slice(before).filter(({ model }) => model !== undefined);
    return { ...result, accounts: [...new Set(asked.map(({ account }) => account))] };
  };

  for (const [agent, account] of [["oauth", "ada@example.com"], ["named", "ada@example.com"], ["key", "payer@example.com"], ["codex", "grace@example.com"], ["copilot", "linus-example"]] as const) {
    it(`${agent}: ${account} pays, and the agent's tools see none of them`, async () => {
      const { code, stdout, stderr, accounts } = await send(agent);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /The tool said: 0/);
      assert.deepEqual(accounts, [account]);
    });
  }

  it("proxy: only the proxy's own token goes there, and nothing to the vendor", async () => {
    const { code, accounts } = await send("proxy");
    assert.equal(code, 1);
    assert.deepEqual([...new Set(received)].map((value) => value.replace(/^Bearer /, "")), ["token-of-the-proxy"]);
    assert.deepEqual(accounts, []);
  });

  it("unset: a token variable, else the sign-in, before the key", async () => {
    const withToken = await send("unset");
    assert.equal(withToken.code, 1);
    assert.match(withToken.stderr, /no longer accepts the sign-in of ANTHROPIC_OAUTH_TOKEN/);
    assert.deepEqual((await send("unset", ["ANTHROPIC_OAUTH_TOKEN"])).accounts, ["ada@example.com"]);
  });

  it("GitHub's own variables stay with the tools, and are never a key for Copilot", async () => {
    const github = { GH_TOKEN: "of-the-person", GITHUB_TOKEN: "of-the-person" };
    const kept = await runCli(["send", "-a", "copilot", "-m", "please tool:echo $GH_TOKEN $GITHUB_TOKEN"], { ...scene.env, ...github });
    assert.match(kept.stdout, /The tool said: of-the-person of-the-person/);
    assert.equal((await runCli(["auth", "logout", "github-copilot", "--yes"], scene.env)).code, 0);
    const before = scene.sandbox.requests().length;
    const { code, stderr } = await runCli(["send", "-a", "copilot", "-m", "Hello"], { ...scene.env, ...github });
    assert.equal(code, 1);
    assert.match(stderr, /Nobody is signed in to GitHub Copilot/);
    assert.equal(scene.sandbox.requests().length, before);
  });

  it("a prompt of a megabyte arrives whole", async () => {
    const { code, stdout } = await runCli(["send", "-a", "oauth", "-m", "-"], scene.env, `Hello big one ${"x".repeat(2 ** 20)}`);
    assert.equal(code, 0);
    assert.match(stdout, /You said: Hello big one x/);
  });
});
