import assert from "node:assert/strict";
import type { Sandbox } from "../../sandbox/sandbox";
import { startSandbox } from "../../sandbox/sandbox";
import { until } from "../../support/until";
import type { Visitor } from "./visitor";
import { createVisitor, tokensOf } from "./visitor";

describe("sandbox: faults", () => {
  let sandbox: Sandbox;
  let visitor: Visitor;

  beforeEach(async () => {
    sandbox = await startSandbox();
    visitor = createVisitor(sandbox);
  });

  afterEach(async () => {
    await visitor.close();
    await sandbox.close();
  });

  it("answer a status in the vendor's form, as often as asked", async () => {
    const { refresh } = await visitor.signIn("anthropic");
    sandbox.addFault({ kind: "status", vendor: "anthropic", status: 429, retryAfter: 7, times: 2 });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const answer = await visitor.refresh("anthropic", refresh);
      assert.deepEqual([answer.status, answer.header("retry-after")], [429, "7"]);
      assert.equal(answer.at("error", "type"), "rate_limit_error");
    }
    tokensOf(await visitor.refresh("anthropic", refresh));
  });

  it("match by host and path, and leave the rest alone", async () => {
    sandbox.addFault({ kind: "status", host: "auth.openai.com", path: "/oauth/token", status: 500 });
    const { refresh } = await visitor.signIn("anthropic");
    tokensOf(await visitor.refresh("anthropic", refresh));
    await assert.rejects(visitor.signIn("openai"), /500/);
    await visitor.signIn("openai");
  });

  it("drop the connection before anything happened", async () => {
    const { refresh } = await visitor.signIn("openai");
    sandbox.addFault({ kind: "drop", vendor: "openai" });
    await assert.rejects(visitor.refresh("openai", refresh));
    assert.equal(sandbox.requests().at(-1)?.status, 0);
    tokensOf(await visitor.refresh("openai", refresh));
  });

  it("lose an answer after the token has rotated", async () => {
    const { refresh } = await visitor.signIn("openai");
    sandbox.addFault({ kind: "lost", vendor: "openai" });
    await assert.rejects(visitor.refresh("openai", refresh));
    assert.equal((await visitor.refresh("openai", refresh)).at("error", "code"), "refresh_token_reused");
  });

  it("delay until they are cleared", async () => {
    const { refresh } = await visitor.signIn("openai");
    sandbox.addFault({ kind: "latency", ms: 3_600_000 });
    const answer = visitor.refresh("openai", refresh);
    await until("the delay", () => sandbox.requests().at(-1)?.note === "fault: latency");
    sandbox.clearFaults();
    tokensOf(await answer);
  });

  it("delay, and go on with the next fault", async () => {
    const { refresh } = await visitor.signIn("openai");
    sandbox.addFault({ kind: "latency", ms: 60 });
    sandbox.addFault({ kind: "malformed" });
    const before = performance.now();
    const answer = await visitor.refresh("openai", refresh);
    assert.ok(performance.now() - before >= 59);
    assert.deepEqual([answer.status, answer.at()], [200, undefined]);
    tokensOf(await visitor.refresh("openai", refresh));
  });

  it("answer whatever a test says", async () => {
    const { refresh } = await visitor.signIn("openai");
    sandbox.addFault({ kind: "answer", vendor: "openai", body: { user_code: "any" } });
    const answer = await visitor.refresh("openai", refresh);
    assert.deepEqual([answer.status, answer.at()], [200, { user_code: "any" }]);
  });

  it("refuse grants at token endpoints only", async () => {
    const anthropic = await visitor.signIn("anthropic");
    const openai = await visitor.signIn("openai");
    sandbox.addFault({ kind: "invalid_grant", times: 2 });
    assert.equal((await visitor.ask("https://github.com/login/device")).status, 200);
    assert.equal((await visitor.refresh("anthropic", anthropic.refresh)).at("error"), "invalid_grant");
    assert.equal((await visitor.refresh("openai", openai.refresh)).at("error"), "invalid_grant");
    const github = await visitor.signInGithub();
    sandbox.addFault({ kind: "invalid_grant", vendor: "github" });
    assert.equal((await visitor.copilotToken(github)).status, 401);
    assert.equal((await visitor.copilotToken(github)).status, 200);
  });
});
