import assert from "node:assert/strict";
import { join } from "node:path";
import type { Sandbox } from "../../sandbox/sandbox";
import { startSandbox } from "../../sandbox/sandbox";
import { bundleChildOnPi } from "../../support/childProcess";
import { runPi } from "./pi";
import type { Visitor } from "./visitor";
import { createVisitor, memberAt } from "./visitor";

const cases = [
  { provider: "anthropic", model: "claude-sonnet-4-5", path: "/v1/messages", account: "ada@example.com" },
  { provider: "openai-codex", model: "gpt-5.1", path: "/backend-api/codex/responses", account: "grace@example.com" },
  { provider: "github-copilot", model: "gpt-4o", path: "/chat/completions", account: "linus-example" },
  { provider: "github-copilot", model: "gpt-5-mini", path: "/responses", account: "linus-example" },
  { provider: "github-copilot", model: "claude-sonnet-4.5", path: "/v1/messages", account: "linus-example" },
] as const;

describe("sandbox: Pi's own clients", function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let visitor: Visitor;
  let script: string;

  before(async () => {
    script = await bundleChildOnPi(join(__dirname, "piChild.mts"));
    sandbox = await startSandbox();
    visitor = createVisitor(sandbox);
  });

  after(async () => {
    await visitor.close();
    await sandbox.close();
  });

  async function keyFor(provider: (typeof cases)[number]["provider"]): Promise<string> {
    if (provider === "github-copilot") {
      return String((await visitor.copilotToken(await visitor.signInGithub())).at("token"));
    }
    return (await visitor.signIn(provider === "anthropic" ? "anthropic" : "openai")).access;
  }

  for (const { provider, model, path, account } of cases) {
    it(`understand ${provider}/${model}, text and tool call`, async () => {
      const apiKey = await keyFor(provider);
      const texts = ["good morning", "please tool:echo hi\nthanks"];
      const talks = await runPi(script, sandbox, { do: "stream", provider, model, apiKey, texts });
      const hello = memberAt(talks, ["0"]);
      const text = `Hello from ${model}, ${account}. You said: good morning`;
      assert.equal(memberAt(hello, ["0", "content", "0", "text"]), text, JSON.stringify(hello));
      assert.equal(memberAt(hello, ["0", "stopReason"]), "stop");
      assert.ok(Number(memberAt(hello, ["0", "deltas"])) > 2);
      assert.ok(Number(memberAt(hello, ["0", "usage", "output"])) > 5);

      const turns = memberAt(talks, ["1"]);
      assert.equal(memberAt(turns, ["0", "stopReason"]), "toolUse", JSON.stringify(turns));
      assert.equal(memberAt(turns, ["0", "content", "0", "name"]), "bash");
      assert.deepEqual(memberAt(turns, ["0", "content", "0", "arguments"]), { command: "echo hi" });
      assert.equal(memberAt(turns, ["1", "content", "0", "text"]), "The tool said: ran echo hi", JSON.stringify(turns));

      const asked = sandbox.requests().filter((request) => request.path === path && request.model === model);
      assert.deepEqual(asked.map((request) => [request.account, request.status]), Array(3).fill([account, 200]));
    });
  }

  it("fall back from a refused WebSocket", () => {
    const refused = sandbox.requests().filter(({ note }) => note === "WebSocket refused");
    assert.ok(refused.length > 0);
  });

  it("refresh at Anthropic and OpenAI", async () => {
    for (const vendor of ["anthropic", "openai"] as const) {
      const { refresh } = await visitor.signIn(vendor);
      const fresh = await runPi(script, sandbox, { do: `refresh-${vendor}`, refresh });
      assert.notEqual(memberAt(fresh, ["refresh"]), refresh);
      assert.ok(Number(memberAt(fresh, ["expires"])) > Date.now());
    }
  });

  for (const [domain, plan] of [["", "individual"], ["example.ghe.com", "enterprise"]] as const) {
    it(`sign in to Copilot at ${domain || "github.com"}, and use it where the token says`, async () => {
      const credentials = await runPi(script, sandbox, { do: "login-copilot", domain });
      const apiKey = String(memberAt(credentials, ["access"]));
      const host = `api.${plan}.githubcopilot.com`;
      const stream = { do: "stream", provider: "github-copilot", model: "gpt-4.1", baseUrl: `https://${host}` } as const;
      const talks = await runPi(script, sandbox, { ...stream, apiKey, texts: ["hi"] });
      assert.equal(memberAt(talks, ["0", "0", "stopReason"]), "stop", JSON.stringify(talks));
      const policies = sandbox.requests().filter((request) => request.host === host && request.path.endsWith("/policy"));
      assert.ok(policies.length > 20 && policies.every(({ status }) => status === 200));
    });
  }

  it("see a dead token as an error", async () => {
    const apiKey = await keyFor("anthropic");
    sandbox.expireAccessTokens();
    const stream = { do: "stream", provider: "anthropic", model: "claude-sonnet-4-5" } as const;
    const talks = await runPi(script, sandbox, { ...stream, apiKey, texts: ["hi"] });
    assert.equal(memberAt(talks, ["0", "0", "stopReason"]), "error");
    assert.match(String(memberAt(talks, ["0", "0", "error"])), /401.*expired/);
  });
});
