import assert from "node:assert/strict";
import type { Sandbox } from "../../sandbox/sandbox";
import { startSandbox } from "../../sandbox/sandbox";
import type { Visitor } from "./visitor";
import { createVisitor, memberAt } from "./visitor";

describe("sandbox: who may use the models", () => {
  let sandbox: Sandbox;
  let visitor: Visitor;

  before(async () => {
    sandbox = await startSandbox();
    visitor = createVisitor(sandbox);
  });

  after(async () => {
    await visitor.close();
    await sandbox.close();
  });

  describe("Anthropic", () => {
    const url = "https://api.anthropic.com/v1/messages";
    const body = {
      model: "claude-sonnet-4-5",
      max_tokens: 100,
      stream: true,
      system: [{ type: "text", text: "You are Claude Code, Anthropic's official CLI for Claude." }],
      messages: [{ role: "user", content: "hi" }],
    };
    const version = { "anthropic-version": "2023-06-01" };
    const betas = { "anthropic-beta": "claude-code-20250219,oauth-2025-04-20" };

    it("streams to a live token, and to nobody without it", async () => {
      const { access } = await visitor.signIn("anthropic");
      const headers = { ...version, ...betas, authorization: `Bearer ${access}` };
      const answer = await visitor.postJson(url, body, headers);
      assert.match(answer.header("content-type") ?? "", /^text\/event-stream/);
      assert.match(answer.text, /event: message_start[^]*event: message_stop/);
      assert.equal((await visitor.postJson(url, body, { ...headers, authorization: "Bearer sk-ant-oat01-x" })).status, 401);
      sandbox.expireAccessTokens("anthropic");
      const expired = await visitor.postJson(url, body, headers);
      assert.deepEqual([expired.status, expired.at("error", "type")], [401, "authentication_error"]);
    });

    it("refuses a subscription that does not come from Claude Code", async () => {
      const { access } = await visitor.signIn("anthropic");
      const headers = { ...version, authorization: `Bearer ${access}` };
      const noBeta = await visitor.postJson(url, body, headers);
      const noSystem = await visitor.postJson(url, { ...body, system: "You are helpful." }, { ...headers, ...betas });
      for (const answer of [noBeta, noSystem]) {
        assert.equal(answer.status, 400);
        assert.match(String(answer.at("error", "message")), /only authorized for use with Claude Code/);
      }
    });

    it("takes API keys that it gave out, and no OAuth token in their place", async () => {
      const key = sandbox.createApiKey("anthropic");
      assert.ok(sandbox.secrets().includes(key));
      const plain = { ...body, system: "You are helpful." };
      assert.equal((await visitor.postJson(url, plain, { ...version, "x-api-key": key })).status, 200);
      assert.equal((await visitor.postJson(url, plain, { ...version, "x-api-key": "sk-ant-api03-x" })).status, 401);
      const { access } = await visitor.signIn("anthropic");
      assert.equal((await visitor.postJson(url, plain, { ...version, "x-api-key": access })).status, 401);
    });

    it("wants a version, a scope for inference and a model it has", async () => {
      const key = { "x-api-key": sandbox.createApiKey("anthropic") };
      assert.equal((await visitor.postJson(url, body, key)).status, 400);
      assert.equal((await visitor.postJson(url, { ...body, model: "gpt-5" }, { ...key, ...version })).status, 404);
      const code = (await visitor.consent("anthropic", { scope: "user:profile" })).searchParams.get("code") ?? "";
      const access = String((await visitor.exchange("anthropic", code)).at("access_token"));
      const answer = await visitor.postJson(url, body, { ...version, ...betas, authorization: `Bearer ${access}` });
      assert.equal(answer.status, 403);
    });
  });

  it("ChatGPT wants the token's own account, and no stored responses", async () => {
    const url = "https://chatgpt.com/backend-api/codex/responses";
    const { access } = await visitor.signIn("openai");
    const claims: unknown = JSON.parse(Buffer.from(access.split(".")[1] ?? "", "base64url").toString());
    const account = String(memberAt(claims, ["https://api.openai.com/auth", "chatgpt_account_id"]));
    const headers = { authorization: `Bearer ${access}`, "chatgpt-account-id": account };
    const input = [{ role: "user", content: [{ type: "input_text", text: "hi" }] }];
    const body = { model: "gpt-5.1", stream: true, store: false, instructions: "Be brief.", input };
    const answer = await visitor.postJson(url, body, headers);
    assert.match(answer.text, /event: response.created[^]*event: response.completed/);
    assert.equal((await visitor.postJson(url, body, { ...headers, "chatgpt-account-id": "other" })).status, 401);
    const stored = await visitor.postJson(url, { ...body, store: true }, headers);
    assert.deepEqual([stored.status, stored.at("detail")], [400, "Store must be set to false"]);
    const byKey = { authorization: `Bearer ${sandbox.createApiKey("openai")}` };
    assert.equal((await visitor.postJson("https://api.openai.com/v1/responses", body, byKey)).status, 200);
    assert.equal((await visitor.postJson("https://api.openai.com/v1/responses", body, headers)).status, 401);
  });

  it("an answer ends in the vendor's own error event, when that is asked for, or is declined", async () => {
    const key = { "x-api-key": sandbox.createApiKey("anthropic"), "anthropic-version": "2023-06-01" };
    const messages = { model: "claude-sonnet-4-5", max_tokens: 100, stream: true, messages: [{ role: "user", content: "hi" }] };
    const askAnthropic = async () => (await visitor.postJson("https://api.anthropic.com/v1/messages", messages, key)).text;
    sandbox.addFault({ kind: "error_event", error: "overloaded_error", message: "Overloaded" });
    await visitor.ask("https://github.com/login/device");
    assert.match(await askAnthropic(), /event: message_start[^]*\nevent: error\ndata: \{"type":"error","error":\{"type":"overloaded_error","message":"Overloaded"\}\}\n\n$/);
    sandbox.addFault({ kind: "refusal" });
    assert.match(await askAnthropic(), /"stop_reason":"refusal"[^]*event: message_stop/);
    sandbox.addFault({ kind: "error_event", error: "server_error", message: "No." });
    const responses = { model: "gpt-5.1", stream: true, input: [{ role: "user", content: "hi" }] };
    const answer = await visitor.postJson("https://api.openai.com/v1/responses", responses, { authorization: `Bearer ${sandbox.createApiKey("openai")}` });
    assert.match(answer.text, /event: response.created[^]*event: response.failed\ndata: .*"status":"failed","error":\{"code":"server_error","message":"No\."\}/);
  });

  it("Copilot wants a Copilot token, at its own host, from an editor", async () => {
    const github = await visitor.signInGithub();
    const token = String((await visitor.copilotToken(github)).at("token"));
    const editor = { "editor-version": "vscode/1.107.0", "copilot-integration-id": "vscode-chat" };
    const headers = { ...editor, authorization: `Bearer ${token}` };
    const host = "https://api.individual.githubcopilot.com";
    const body = { model: "gpt-4o", stream: true, messages: [{ role: "user", content: "hi" }] };
    const chat = (base: string, more: Record<string, string>) => visitor.postJson(`${base}/chat/completions`, body, more);

    assert.match((await chat(host, headers)).text, /data: \[DONE\]\n\n$/);
    assert.equal((await chat("https://api.enterprise.githubcopilot.com", headers)).status, 421);
    assert.equal((await chat(host, { authorization: `Bearer ${token}` })).status, 400);
    assert.equal((await chat(host, { ...editor, authorization: `Bearer ${github}` })).status, 401);
    assert.equal((await visitor.postJson(`${host}/models/gpt-4o/policy`, { state: "enabled" }, headers)).status, 200);
    assert.equal((await visitor.ask(`${host}/models`, { headers })).status, 200);
    sandbox.expireAccessTokens("github");
    assert.equal((await chat(host, headers)).status, 401);
    assert.equal((await visitor.copilotToken(github)).status, 200, "the GitHub token itself does not expire");
  });
});
