import assert from "node:assert/strict";
import { parse, parseTree, type ParseError } from "jsonc-parser";
import { withAgentAuth } from "../../../src/gateway/agentAuth";
import { agentInText } from "../../../src/gateway/config";
import { setInJson } from "../../../src/gateway/jsonEdit";
import { smallestEdit } from "../../../src/gateway/textEdit";
import type { AgentAuth } from "../../../src/gateway/agent";

/** Files as people, formatters and other programs leave them. Each has an agent `pilot`. */
const files: Record<string, { file: string; text: string }> = {
  "JSON on one line": json('{"agents":[{"id":"a","model":{"provider":"anthropic"}},{"id":"pilot","model":{"provider":"anthropic"}}],"x":1}'),
  "JSON with an agent a line": json('{\n  "agents": [\n    { "id": "a", "workspace": "~/a" },\n    { "id": "pilot", "model": { "provider": "anthropic", "model": "m" } },\n    { "id": "z" }\n  ]\n}\n'),
  "JSON with blanks in odd places": json('{ "agents" :\n[\n\n  {"workspace": "/w" ,\n     "id":"pilot" ,\n"name": "P"\n   }  ,\n {"id" : "b"}\n] , "z": [1 ,2]\n}\n\n'),
  "JSON indented with tabs, without a last line break": json('{\n\t"agents": [\n\t\t{\n\t\t\t"id": "pilot"\n\t\t}\n\t]\n}'),
  "JSON with CRLF": json('{\r\n    "agents": [\r\n        {\r\n            "name": "P",\r\n            "id": "pilot"\r\n        }\r\n    ]\r\n}\r\n'),
  "JSON with a bracket beside the brace": json('{\n  "agents": [{\n    "id": "pilot",\n    "model": {"provider": "anthropic"}\n  }, {\n    "id": "b"\n  }]\n}\n'),
  "JSON with long strings and unicode": json(`{\n  "agents": [\n    {\n      "prompt": "${'Länge ✈ \\u2708 \\" \\n, } ]'.repeat(500)}",\n      "id": "pilot",\n      "name": "🧑‍✈️"\n    }\n  ]\n}\n`),
  "JSON with other keys in auth": json('{"agents": [{"id": "pilot", "auth": {"note": {"x":1},   "y": 2}, "z": 3}]}'),
  "JSON of a claude agent's neighbour": json('{\n  "agents": [\n    {"id": "c", "sdk": "claude", "model": {"base_url": "http://127.0.0.1:1",  "auth_token": "$env:TOKEN"}},\n    {"id": "pilot", "model": {"auth_token": "$env:TOKEN"}}\n  ]\n}\n'),
  "YAML with comments": yaml("# the pilot\nid: pilot # here\n\nmodel:   # which\n    provider: anthropic\n    # the end\n\n# after all\n"),
  "YAML without a last line break": yaml("id: pilot\nmodel:\n  provider: anthropic"),
  "YAML with CRLF": yaml("id: pilot\r\nmodel:\r\n  provider: anthropic\r\n"),
  "YAML with CRLF and no last line break": yaml("id: pilot\r\ntools: [read,   bash]"),
  "YAML in one line of braces": yaml('{"id": "pilot", "model": {"provider": "anthropic"}}\n'),
  "YAML in several lines of braces": yaml("{\n  id: pilot,\n  model: {provider: anthropic}\n}\n"),
  "YAML with a block of text at its end": yaml("id: pilot\nprompt: |\n  Fly.\n\n  Land.\n"),
  "YAML with a folded, kept block at its end": yaml("id: pilot\nprompt: >+\n  Fly.\n\n\n"),
  "YAML with a block of text and no last line break": yaml("id: pilot\nprompt: |\n  Fly."),
  "YAML with anchors, quotes and unicode": yaml("base: &b {provider: anthropic}\nid: 'pilot'\nname: \"Pilot ✈\"\nmodel:\n  <<: *b\n  model: x\n"),
  "YAML with a document mark": yaml("---\nid: pilot\nname: P\n"),
  "YAML with other keys in auth": yaml("id: pilot\nauth:\n    # why\n    note: {x:   1}   # kept\nname: P\n"),
  "YAML with other keys in a flow auth": yaml("id: pilot\nauth: {note:   1}\nname: P\n"),
};

function json(text: string) {
  return { file: "/home/aihub.json", text };
}
function yaml(text: string) {
  return { file: "/home/agents/pilot/agent.yaml", text };
}

const wanted: AgentAuth = { mode: "oauth", profileId: "anthropic:work@example.com" };

describe("setting and unsetting auth", () => {
  for (const [what, { file, text }] of Object.entries(files)) {
    describe(`of ${what}`, () => {
      const set = (before: string, auth: AgentAuth) => withAgentAuth(agentInText(file, before, "pilot"), before, auth);

      it("gives back the file byte for byte, whatever the way", () => {
        const both = set(text, wanted);
        assert.notEqual(both, text);
        assert.equal(set(both, {}), text);
        const profile = set(set(text, { mode: "oauth" }), wanted);
        assert.equal(set(set(profile, { profileId: wanted.profileId }), {}), text);
      });

      it("moves nothing else: what is added is one piece", () => {
        const edit = smallestEdit(text, set(text, wanted));
        assert.equal(edit?.length, 0);
        assert.match(edit?.text ?? "", /oauth/);
        assert.equal(edit?.text.includes("\r\n") || !/\n/.test(edit?.text ?? ""), text.includes("\r\n") || !/\n/.test(edit?.text ?? ""));
      });

      it("changes one value where the block stands already", () => {
        const both = set(text, wanted);
        const edit = smallestEdit(both, set(both, { mode: "oauth", profileId: "anthropic:home@example.com" }));
        assert.ok(edit && edit.length <= 4 && edit.text.length <= 4, JSON.stringify(edit));
      });
    });
  }

  it("keeps the quotes and the comment beside a value", () => {
    const { file } = yaml("");
    const text = "id: pilot\nauth:\n  profileId: anthropic:a   # mine\n  mode: oauth # paid\nname: P\n";
    const next = withAgentAuth(agentInText(file, text, "pilot"), text, { mode: "api_key", profileId: "anthropic:b" });
    assert.equal(next, text.replace("anthropic:a", "anthropic:b").replace("mode: oauth", "mode: api_key"));
  });

  it("refuses a key that stands twice", () => {
    const text = '{"agents": [{"id": "pilot", "auth": {"mode": "oauth"}, "auth": {"mode": "proxy"}}]}';
    assert.throws(() => withAgentAuth(agentInText("/home/aihub.json", text, "pilot"), text, wanted), { code: "config_invalid" });
  });
});

describe("setting and unsetting the only member of an object", () => {
  for (const [what, text] of [
    ["a comment on a line of its own", '{\n  "providers": {\n    // none yet\n  }\n}\n'],
    ["comments with CRLF and tabs", '{\r\n\t"providers": { // none yet\r\n\t\t/* really */\r\n\t}\r\n}\r\n'],
    ["a comment in the midst of a line", '{"x": 1, "providers": { /* none yet */ }}'],
    ["a comment that ends with its line", '{"x": 1, "providers": { // none yet\n}}'],
    ["nothing", '{\n  "providers": {}\n}\n'],
  ] as const) {
    it(`gives back what holds ${what}, byte for byte`, () => {
      const edit = (before: string, value: unknown) => setInJson(before, parseTree(before)!, ["providers", "x"], value);
      const set = edit(text, { a: [1] });
      const errors: ParseError[] = [];
      assert.deepEqual([(parse(set, errors) as { providers: unknown }).providers, errors], [{ x: { a: [1] } }, []]);
      assert.equal(edit(set, undefined), text);
    });
  }

  it("takes a comma behind it away too, and leaves a comment that was put beside it", () => {
    const text = '{\n  "providers": {\n    "x": 1, // mine\n  }\n}\n';
    assert.equal(setInJson(text, parseTree(text)!, ["providers", "x"], undefined), '{\n  "providers": { // mine\n  }\n}\n');
  });
});

describe("the smallest edit", () => {
  for (const [what, before, after, edit] of [
    ["of equal texts is none", "same", "same", undefined],
    ["inserts", "ad", "abcd", { offset: 1, length: 0, text: "bc" }],
    ["removes", "abcd", "ad", { offset: 1, length: 2, text: "" }],
    ["parts no line end", "a\r\nb", "a\nb", { offset: 1, length: 2, text: "\n" }],
    ["parts no character", "x🧑y", "x🧒y", { offset: 1, length: 2, text: "🧒" }],
    ["does not overlap itself", "aa", "aaa", { offset: 2, length: 0, text: "a" }],
  ] as const) {
    it(what, () => {
      assert.deepEqual(smallestEdit(before, after), edit);
    });
  }
});
