import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { explainRefusal } from "../../../src/agent/explainRefusal";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { placeAgents } from "../../support/agentsFile";
import { hasTerminals, runCli, startCliInTerminal } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { skipBecause } from "../../support/skipBecause";
import { useSandbox } from "../../support/useSandbox";

/** Something of a vendor's answer that people must not be shown, whatever it is. */
const vendorsWords = "words of the vendor, with an id req_011CX";

describe("a vendor's refusal", () => {
  const scene = useSandbox();
  const claude = { provider: "anthropic", model: "claude-sonnet-4-5" };

  before(async () => {
    await placeAgents(scene.home, [
      { id: "pilot", model: claude, auth: { mode: "oauth" } },
      { id: "key", model: claude, auth: { mode: "api_key" } },
      { id: "coder", model: { model: "openai-codex/gpt-5.4" } },
      { id: "helper", model: { provider: "github-copilot", model: "gpt-4o" } },
    ]);
    for (const provider of ["anthropic", "openai-codex", "github-copilot"]) await signIn(scene, provider);
    // As a person can have it: Pi would try again, for some seconds.
    await writeFile(join(scene.home.aihub, "agent", "settings.json"), JSON.stringify({ retry: { enabled: false } }));
  });
  afterEach(() => scene.sandbox.clearFaults());

  const thirdParty = "This credential is only authorized for use with Claude Code and cannot be used for other API requests.";
  const anthropic = "api.anthropic.com";
  for (const [what, agent, fault, code, words] of [
    ["third-party use of a subscription", "pilot", { host: anthropic, kind: "status", status: 400, message: thirdParty }, "third_party_refused", /Anthropic does not take this request on the subscription of ada@example\.com.*HTTP 400.*auth\.mode to "api_key"/],
    ["extra usage that is not paid", "pilot", { host: anthropic, kind: "status", status: 400, message: "You're out of extra usage." }, "third_party_refused", /extra usage/],
    ["a request that it does not understand", "pilot", { host: anthropic, kind: "status", status: 400, message: vendorsWords }, "request_refused", /Anthropic refused the request \(HTTP 400: invalid_request_error\)/],
    ["no credit", "key", { host: anthropic, kind: "status", status: 402, message: vendorsWords }, "credit_used_up", /credit of ANTHROPIC_API_KEY at Anthropic is used up.*Add credit/],
    ["a plan without the model", "pilot", { host: anthropic, kind: "status", status: 403, message: vendorsWords }, "model_access_denied", /ada@example\.com may not use claude-sonnet-4-5/],
    ["an unknown model", "pilot", { host: anthropic, kind: "status", status: 404, message: vendorsWords }, "model_not_offered", /does not offer the model claude-sonnet-4-5.*model\.model of the agent pilot/],
    ["too many requests", "pilot", { host: anthropic, kind: "status", status: 429, message: vendorsWords }, "too_many_requests", /too many requests of ada@example\.com.*HTTP 429.*another account/],
    ["an account's limit", "pilot", { host: anthropic, kind: "status", status: 429, message: "This request would exceed your account's rate limit." }, "usage_limit_reached", /ada@example\.com has reached its usage limit at Anthropic/],
    ["a limit of ChatGPT", "coder", { host: "chatgpt.com", kind: "status", status: 429, message: "The usage limit has been reached" }, "usage_limit_reached", /grace@example\.com has reached its usage limit at OpenAI/],
    ["a conversation that is too long", "pilot", { host: anthropic, kind: "status", status: 400, message: "prompt is too long: 213462 tokens > 200000 maximum" }, "conversation_too_long", /longer than the model takes/],
    ["a fault of its own", "pilot", { host: anthropic, kind: "status", status: 500, message: vendorsWords }, "vendor_fault", /Anthropic has a problem right now \(HTTP 500\)/],
    ["a fault at GitHub", "helper", { vendor: "github", path: "/chat/completions", kind: "status", status: 503, message: vendorsWords }, "vendor_fault", /GitHub Copilot has a problem right now \(HTTP 503\)/],
    ["an overload in the midst of an answer", "pilot", { host: anthropic, kind: "error_event", error: "overloaded_error", message: vendorsWords }, "vendor_fault", /Anthropic has a problem right now/],
    ["a response of ChatGPT that failed", "coder", { host: "chatgpt.com", kind: "error_event", error: "server_is_overloaded", message: "Our servers are currently overloaded. Please try again later." }, "vendor_fault", /OpenAI has a problem right now/],
    ["a model that declines", "pilot", { host: anthropic, kind: "refusal" }, "model_declined", /The model claude-sonnet-4-5 declined to answer\. Ask in other words/],
    ["a page in place of an answer", "pilot", { host: anthropic, kind: "malformed" }, "malformed_answer", /Anthropic answered in a form that cannot be read/],
    ["a connection that breaks", "pilot", { host: anthropic, kind: "drop" }, "connection_lost", /connection to Anthropic failed before the answer was complete/],
    ["an answer that breaks off", "pilot", { host: anthropic, kind: "cut" }, "connection_lost", /connection to Anthropic failed before the answer was complete/],
    ["an answer of ChatGPT that breaks off", "coder", { host: "chatgpt.com", kind: "cut" }, "connection_lost", /connection to OpenAI failed before the answer was complete/],
  ] as const) {
    it(`is explained: ${what}`, async () => {
      scene.sandbox.addFault({ ...fault, times: 20 });
      const env: Record<string, string> = agent === "key" ? { ANTHROPIC_API_KEY: scene.sandbox.createApiKey("anthropic") } : {};
      const result = await runCli(["send", "-a", agent, "--json", "-m", "Hello"], { ...scene.env, ...env });
      const last = JSON.parse(result.stdout.trim().split("\n").at(-1) ?? "") as Record<string, string>;
      assert.deepEqual([result.code, last.type, last.code], [1, "error", code]);
      assert.match(result.stderr, words);
      assert.ok(!result.stderr.includes("words of the vendor") && !result.stdout.includes("req_011CX"));
    });
  }

  for (const [provider, variable, words] of [
    ["openai", "OPENAI_API_KEY", "openai does not accept the API key in OPENAI_API_KEY (HTTP 401). Correct the key."],
    ["anthropic", "ANTHROPIC_API_KEY", 'Anthropic does not accept the API key in ANTHROPIC_API_KEY (HTTP 401). Correct the key, or set the agent\'s auth.mode to "oauth".'],
  ] as const) {
    it(`of a key names a sign-in only where there is one: ${provider}`, () => {
      const refusal = { message: `401 ${vendorsWords}`, provider, model: "m", agent: "key", source: { kind: "environment", variable, pays: "api_key" } as const };
      assert.equal(explainRefusal(refusal).message, words);
    });
  }

  // As Pi passes on what ends a stream: Anthropic's whole event, of ChatGPT's the words alone.
  for (const [provider, message, code] of [
    ["anthropic", '529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', "vendor_fault"],
    ["anthropic", '{"type":"error","error":{"type":"api_error","message":"Internal server error"}}', "vendor_fault"],
    ["anthropic", '{"type":"error","error":{"type":"rate_limit_error","message":"Number of requests has exceeded your limit"}}', "too_many_requests"],
    ["anthropic", '{"type":"error","error":{"type":"authentication_error","message":"OAuth token has been revoked."}}', "sign_in_refused"],
    ["anthropic", '{"type":"error","error":{"type":"billing_error","message":"Your credit balance is too low"}}', "credit_used_up"],
    ["anthropic", '{"type":"error","error":{"type":"invalid_request_error","message":"messages: at least one message is required"}}', "request_refused"],
    ["openai-codex", "Rate limit reached for gpt-5.4 in organization org-x on tokens per min (TPM): Limit 30000.", "too_many_requests"],
    ["openai-codex", "An error occurred while processing your request. You can retry your request.", "vendor_fault"],
    ["openai-codex", "Codex response failed", "vendor_fault"],
    ["openai", "server_error: The server had an error while processing your request.", "vendor_fault"],
    ["openai", "insufficient_quota: You have no credit.", "credit_used_up"],
  ] as const) {
    it(`that comes in the midst of an answer means what it would have meant before: ${message.slice(0, 80)}`, () => {
      const source = { kind: "environment", variable: "ANTHROPIC_OAUTH_TOKEN", pays: "subscription" } as const;
      const refusal = explainRefusal({ message, provider, model: "m", agent: "pilot", source });
      assert.equal(refusal.code, code);
      // Pi's own words for what is worth another try.
      const isTriedAgain = /429|server.?error/.test(refusal.message);
      assert.equal(isTriedAgain, code === "vendor_fault" || code === "too_many_requests");
    });
  }

  it("is explained in the interactive agent, too", async function () {
    if (!hasTerminals()) skipBecause(this, "there is no util-linux script here, which opens a terminal");
    scene.sandbox.addFault({ host: anthropic, kind: "status", status: 400, message: thirdParty, times: 20 });
    const terminal = startCliInTerminal(["run", "pilot"], scene.env);
    await terminal.output(/escape.*interrupt/s);
    terminal.type("Hello");
    await terminal.output(/Hello/);
    terminal.type("\r");
    await terminal.output(/does not take this request on the subscription/);
    terminal.child.kill("SIGKILL");
  });

  it("of an account is remembered by everyone, as one however often it was tried again", async () => {
    const store = createFileCredentialStore(scene.home.aihub);
    await store.update(({ index }) => void delete index.usageStats);
    for (let time = 0; time < 2; time++) {
      scene.sandbox.addFault({ host: anthropic, kind: "status", status: 429, message: "This request would exceed your account's rate limit.", times: 20 });
      assert.equal((await runCli(["send", "-a", "pilot", "-m", "Hello"], scene.env)).code, 1);
    }
    assert.equal((await store.read()).index.usageStats?.["anthropic:default"]?.errorCount, 1);
    scene.sandbox.clearFaults();
    assert.equal((await runCli(["send", "-a", "pilot", "-m", "Hello"], scene.env)).code, 0);
    const { usageStats, lastGood } = (await store.read()).index;
    assert.deepEqual([usageStats?.["anthropic:default"]?.errorCount, lastGood?.anthropic], [0, "anthropic:default"]);
  });

  it("of a key names where the key stands", async () => {
    const { code, stderr } = await runCli(["send", "-a", "key", "-m", "Hello"], { ...scene.env, ANTHROPIC_API_KEY: "not-a-key" });
    assert.equal(code, 1);
    assert.match(stderr, /does not accept the API key in ANTHROPIC_API_KEY \(HTTP 401\)/);
  });

  it("after the account was ended at the vendor asks to sign in again", async () => {
    scene.sandbox.revokeAccount("anthropic", "ada@example.com");
    const { code, stderr } = await runCli(["send", "-a", "pilot", "-m", "Hello"], scene.env);
    assert.equal(code, 1);
    assert.match(stderr, /Anthropic no longer accepts the sign-in of .*Sign in again/);
  });
});
