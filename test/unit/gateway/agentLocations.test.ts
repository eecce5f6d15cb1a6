import assert from "node:assert/strict";
import { agentProblems } from "../../../src/gateway/agentProblems";
import { agentAccount } from "../../../src/gateway/agentAccount";
import { locateAgents, slotAt, type Span } from "../../../src/gateway/agentLocations";
import { tokenHash } from "../../../src/auth/profiles";
import type { Snapshot } from "../../../src/store/credentialStore";

const json = "/home/.aihub/aihub.json";
const yaml = "/anywhere/pilot/agent.yaml";
const hour = 3_600_000;

const credential = (name: string, expires: number) => ({ type: "oauth" as const, access: `not-a-token-${name}`, refresh: `not-a-refresh-token-${name}`, expires });
const snapshot: Snapshot = {
  credentials: {
    "anthropic:default": credential("a", Date.now() + hour),
    "anthropic:old": credential("b", Date.now() - hour),
    "anthropic:over": credential("c", Date.now() + hour),
  },
  index: {
    version: 1,
    profiles: {
      "anthropic:default": { provider: "anthropic", type: "oauth", label: "ada@example.com" },
      "anthropic:old": { provider: "anthropic", type: "oauth", label: "old@example.com" },
      "anthropic:over": { provider: "anthropic", type: "oauth", label: "over@example.com", signInAgain: { token: tokenHash("not-a-refresh-token-c"), reason: "x", at: 0 } },
      "anthropic:out": { provider: "anthropic", type: "oauth", label: "out@example.com" },
      "anthropic:ci": { provider: "anthropic", type: "api_key", label: "CI", key: "$env:CI_KEY" },
      "openai-codex:default": { provider: "openai-codex", type: "oauth", label: "grace@example.com" },
    },
    mirror: {
      aliases: {
        "anthropic-old": { profile: "anthropic:old", agents: { a: { provider: "anthropic", mode: "oauth" } } },
        "anthropic-out": { profile: "anthropic:out", agents: { a: { model: "anthropic/m" } } },
      },
    },
  },
};
const at = (text: string, { offset, length }: Span) => text.slice(offset, offset + length);

describe("the agents of a file that is open in an editor", () => {
  const text = '{\n  "agents": [\n    {"id": "a", "model": {"model": "anthropic/claude"}, "auth": {"mode": "oauth", "profileId": "anthropic:work"}},\n    {"id": "b"}\n  ]\n}';

  it("are found in aihub.json with the places of their auth", () => {
    const [a, b] = locateAgents(json, text);
    assert.equal(text.slice(a!.offset, a!.offset + 9), '{"id": "a');
    assert.deepEqual([a?.agent.id, a?.agent.path, b?.agent.id, b?.auth], ["a", ["agents", 0], "b", undefined]);
    assert.equal(at(text, a!.auth!), '"auth"');
    assert.equal(at(text, a!.mode!.value!.span), '"oauth"');
    assert.equal(at(text, a!.profileId!.value!.span), '"anthropic:work"');
  });

  it("are found in an agent.yaml whose folder has the agent's id, and in no other program's", () => {
    const agent = "# mine\nid: pilot\nmodel: {provider: anthropic}\nauth:\n  profileId: 'anthropic:work' # here\n  mode: oauth\n";
    const [pilot, ...others] = locateAgents(yaml, agent);
    assert.deepEqual([pilot?.agent.model?.provider, others.length, agent.slice(pilot?.offset, (pilot?.offset ?? 0) + 2)], ["anthropic", 0, "id"]);
    assert.equal(at(agent, pilot!.profileId!.value!.span), "'anthropic:work'");
    assert.equal(at(agent, pilot!.mode!.value!.span), "oauth");
    assert.equal(at(agent, pilot!.auth!), "auth");
    assert.deepEqual(locateAgents("/anywhere/else/agent.yaml", agent), []);
    assert.deepEqual(locateAgents("/anywhere/crew/agent.yaml", "name: crew\nmodel: gpt-4\n"), []);
  });

  for (const [what, file, written] of [
    ["JSON between the quotes", json, '{"agents": [{"id": "a", "auth": {"profileId": "|"}}]}'],
    ["JSON with nothing behind the colon", json, '{"agents": [{"id": "a", "auth": {"profileId": |}}]}'],
    ["JSON that is not closed yet", json, '{"agents": [{"id": "a", "auth": {"profileId": "anth|'],
    ["YAML with nothing behind the colon", yaml, "id: pilot\nauth:\n  mode: oauth\n  profileId: |\nname: P\n"],
    ["YAML in the midst of a value", yaml, "id: pilot\nauth:\n  profileId: anth|\n  mode: oauth\n"],
    ["YAML in braces", yaml, "id: pilot\nauth: {mode: oauth, profileId: |}\n"],
  ] as const) {
    it(`are known where one is about to write a profile, in ${what}`, () => {
      const offset = written.indexOf("|");
      const found = slotAt(locateAgents(file, written.replace("|", "")), offset);
      assert.equal(found?.key, "profileId");
    });
  }

  it("are still there when another agent of the file is broken", () => {
    const broken = '{"agents": [{"id": 7, "auth": "x", "model": []}, {"id": "b", }, {"id": "c" "auth": {"mode": "oauth"}}]';
    assert.deepEqual(locateAgents(json, broken).map(({ agent }) => agent.id), ["", "b", "c"]);
    for (const odd of ["", "[]", "{", '{"agents": 1}', '{"version": 3, "agents": "./a/*"}']) assert.deepEqual(locateAgents(json, odd), []);
    for (const odd of ["", "- a", "id: *nobody", ": :"]) assert.deepEqual(locateAgents(yaml, odd), []);
  });

  it("are marked where one has the id of another", () => {
    const text = '{"agents": [{"id": "a"}, {"id": "b"}, {"id": "a", "auth": {"profileId": "anthropic:gone"}}, {"id": ""}, {"id": ""}, {"id": "a"}]}';
    const found = agentProblems(locateAgents(json, text), snapshot);
    assert.deepEqual(found.map(({ code, span }) => [code, span.offset]), [["agent_id_twice", text.indexOf('"a", "auth"')], ["agent_id_twice", text.lastIndexOf('"a"')]]);
    assert.match(found[0]?.message ?? "", /“a” stands twice/);
  });

  it("are located, 1,000 of them, in one go", () => {
    const agents = Array.from({ length: 1000 }, (_, n) => ({ id: `agent-${n}`, model: { provider: "anthropic", model: "claude" }, auth: { mode: "oauth", profileId: "anthropic:gone" } }));
    const locations = locateAgents(json, JSON.stringify({ agents }, null, 2));
    assert.deepEqual([locations.length, agentProblems(locations, snapshot).length], [1000, 1000]);
  });
});

describe("what stands above an agent, and what is marked in it", () => {
  const look = (agent: Record<string, unknown>, index: Partial<Snapshot["index"]> = {}) => {
    const text = JSON.stringify({ agents: [{ id: "a", model: { provider: "anthropic", model: "m" }, ...agent }] });
    const [location] = locateAgents(json, text);
    const current = { ...snapshot, index: { ...snapshot.index, ...index } };
    const [problem] = agentProblems([location!], current);
    return { account: agentAccount(location!.agent, current), problem, marked: problem && at(text, problem.span) };
  };

  for (const [what, agent, text, payer] of [
    ["a profile", { auth: { profileId: "anthropic:default" } }, "ada@example.com", "your Claude subscription"],
    ["the first sign-in", { auth: { mode: "oauth" } }, "ada@example.com", "your Claude subscription"],
    ["an expired sign-in, which renews on use", { auth: { profileId: "anthropic:old" } }, "old@example.com", "your Claude subscription"],
    ["an API key", { auth: { mode: "api_key", profileId: "anthropic:ci" } }, "CI", "an API key"],
    ["a proxy", { auth: { mode: "proxy" }, model: { provider: "anthropic", base_url: "http://127.0.0.1:1", auth_token: "$env:T" } }, "Proxy", "whoever runs the proxy"],
    ["the environment's key", { model: { provider: "openai" }, auth: { mode: "api_key" } }, "API key in OPENAI_API_KEY", "an API key"],
    ["a profile that it has on the gateway by an alias", { model: { provider: "anthropic-old", model: "m" }, auth: { mode: "api_key", profileId: "anthropic:old" } }, "old@example.com", "your Claude subscription"],
    ["no auth", {}, "Auth not set", undefined],
    ["an empty auth", { auth: {} }, "Auth not set", undefined],
    ["the Claude SDK", { sdk: "claude" }, "Claude SDK, signs in by itself", undefined],
    ["openclaw", { sdk: "openclaw" }, "openclaw, signs in by itself", undefined],
  ] as const) {
    it(`is good with ${what}`, () => {
      const { account, problem } = look(agent);
      assert.equal(problem, undefined, problem?.message);
      assert.deepEqual([account.text, account.payer], [text, payer]);
    });
  }

  const copied = (profile: string) => ({ mirror: { entries: { anthropic: { profile, rotation: "a hash" } } } });
  for (const [what, index, text] of [
    ["the last good one, without a gateway", { lastGood: { anthropic: "anthropic:old" } }, "old@example.com"],
    ["the gateway's, whichever was the last good one", { lastGood: { anthropic: "anthropic:old" }, ...copied("anthropic:default") }, "ada@example.com"],
    ["the gateway's, though it rests", { usageStats: { "anthropic:default": { cooldownUntil: Date.now() + hour } }, ...copied("anthropic:default") }, "ada@example.com"],
    ["the next one, when the gateway's is signed out", { lastGood: { anthropic: "anthropic:old" }, ...copied("anthropic:gone") }, "old@example.com"],
  ] as const) {
    it(`is the account that an agent runs on where it names none: ${what}`, () => {
      assert.equal(look({ auth: { mode: "oauth" } }, index).account.text, text);
    });
  }

  const profile = (id: string, mode?: string) => ({ auth: { ...(mode && { mode }), profileId: id } });
  for (const [what, agent, code, severity, marked, signIn] of [
    ["an unknown profile", profile("anthropic:gone"), "unknown_profile", "error", '"anthropic:gone"', { provider: "anthropic", profile: "anthropic:gone" }],
    ["a profile of another provider", profile("openai-codex:default"), "profile_of_other_provider", "error", '"openai-codex:default"', undefined],
    ["an API key under oauth", profile("anthropic:ci"), "profile_does_not_fit_mode", "error", '"anthropic:ci"', undefined],
    ["a sign-in under api_key", profile("anthropic:default", "api_key"), "profile_does_not_fit_mode", "error", '"anthropic:default"', undefined],
    ["a sign-in that is over", profile("anthropic:over"), "sign_in_again", "warning", '"anthropic:over"', { provider: "anthropic", profile: "anthropic:over" }],
    ["a profile that was signed out", profile("anthropic:out"), "profile_signed_out", "warning", '"anthropic:out"', { provider: "anthropic", profile: "anthropic:out" }],
    ["a proxy without an address", { auth: { mode: "proxy" } }, "no_proxy_url", "error", '"proxy"', undefined],
    ["a proxy without a token", { auth: { mode: "proxy" }, model: { provider: "anthropic", base_url: "http://127.0.0.1:1" } }, "no_proxy_token", "error", '"proxy"', undefined],
    ["a provider to which nobody is signed in", { model: { provider: "github-copilot" }, auth: { mode: "oauth" } }, "not_signed_in", "warning", '"oauth"', { provider: "github-copilot" }],
    ["a sign-in where the provider has none", { model: { provider: "openai" }, auth: { mode: "oauth" } }, "no_sign_in", "error", '"oauth"', undefined],
    ["a profile alone, which means a sign-in, where the provider has none", { model: { provider: "openai" }, ...profile("openai:ci") }, "no_sign_in", "error", '"auth"', undefined],
    ["the Claude SDK, which takes no auth", { sdk: "claude", auth: { mode: "oauth" } }, "agent_is_not_pi", "warning", '"oauth"', undefined],
    ["openclaw, which takes no auth", { sdk: "openclaw", auth: { mode: "oauth" } }, "agent_is_not_pi", "warning", '"oauth"', undefined],
    ["an alias whose profile was signed out", { model: { provider: "anthropic-out", model: "m" }, auth: { mode: "api_key", profileId: "anthropic:out" } }, "profile_signed_out", "warning", '"anthropic:out"', { provider: "anthropic", profile: "anthropic:out" }],
    ["no provider", { model: {}, auth: { profileId: "anthropic:default" } }, "agent_has_no_provider", "error", '"auth"', undefined],
  ] as const) {
    it(`marks ${what}`, () => {
      const { problem, marked: text } = look(agent);
      assert.deepEqual([problem?.code, problem?.severity, text, problem?.signIn], [code, severity, marked, signIn], problem?.message);
    });
  }
});
