import assert from "node:assert/strict";
import { chmod, lstat, readFile, readdir, rename, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { setAgentAuth } from "../../../src/gateway/agentAuth";
import { runCli } from "../../support/cli";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

const long = "You are a pilot. ".repeat(2000);

/** Files as people have them. Each holds the agent `pilot`, without an auth block. */
const jsonFiles: Record<string, string> = {
  "two spaces": '{\n  "agents": [\n    {\n      "id": "pilot",\n      "name": "Pilot"\n    }\n  ]\n}\n',
  "four spaces": '{\n    "agents": [\n        {\n            "id": "pilot"\n        }\n    ]\n}\n',
  "eight spaces": '{\n        "agents": [\n                {\n                        "id": "pilot"\n                }\n        ]\n}\n',
  tabs: '{\n\t"agents": [\n\t\t{\n\t\t\t"id": "pilot",\n\t\t\t"model": {\n\t\t\t\t"auth_token": "$env:TOKEN"\n\t\t\t}\n\t\t}\n\t]\n}\n',
  "CRLF line ends": '{\r\n  "agents": [\r\n    {\r\n      "id": "pilot"\r\n    }\r\n  ]\r\n}\r\n',
  "no line end at the end": '{\n  "agents": [\n    {\n      "id": "pilot"\n    }\n  ]\n}',
  "one line without spaces": '{"agents":[{"id":"other"},{"id":"pilot","model":{"provider":"anthropic"}},{"id":"last"}]}',
  "one line with spaces": '{ "agents": [ { "id": "pilot", "name": "P" } ], "gateway": { "port": 4000 } }\n',
  "an agent in one line": '{\n  "agents": [\n    { "id": "one" },\n    { "id": "pilot", "model": { "provider": "anthropic" } },\n    { "id": "two" }\n  ]\n}\n',
  "commas first": '{\n  "agents": [\n    { "id" : "pilot"\n    , "name" : "Pilot"\n    }\n  ]\n}\n',
  "space here and there": '{"agents":[\n\n  {\n    "id":    "pilot"   ,\n\n    "name":"Pilot"\n\n  }   ,   {"id":"b"}]   }\n\n\n',
  "an unusual order": '{\n  "gateway": { "port": 1 },\n  "zeta": null,\n  "agents": [\n    {\n      "workspace": "~/w",\n      "model": { "model": "anthropic/claude-sonnet-4-5" },\n      "id": "pilot"\n    }\n  ],\n  "alpha": [1e3, 1.50, -0]\n}\n',
  unicode: '{\n  "agents": [\n    {\n      "id": "pilot",\n      "name": "Pilot ✈ 👩‍✈️ \\u00e9 é e\u0301 \u2028"\n    }\n  ]\n}\n',
  "long strings": `{\n  "agents": [\n    {\n      "id": "pilot",\n      "system": ${JSON.stringify(long)}\n    }\n  ]\n}\n`,
};

const yamlFiles: Record<string, string> = {
  "two spaces": "id: pilot\nmodel:\n  provider: anthropic\n",
  "four spaces": "id: pilot\nmodel:\n    provider: anthropic\n",
  "eight spaces": "id: pilot\nmodel:\n        provider: anthropic\n",
  "CRLF line ends": "id: pilot\r\n# why\r\nmodel:\r\n  provider: anthropic\r\n",
  "no line end at the end": "id: pilot\nname: Pilot",
  "comments everywhere": "# the pilot\n\nid: pilot   # its id\n# before\nmodel: # of models\n  # inside\n  provider: anthropic # whose\n  # at the end of model\n# at the end\n",
  "anchors and aliases": "id: pilot\nbase: &base {provider: anthropic}\nmodel: *base\ntools: &t [read, bash]\nmore: *t\n",
  "one flow map": "{id: pilot, model: {provider: anthropic, model: 'x, y'}}\n",
  "a flow map in lines": "{\n  id: pilot,\n  name: Pilot # why\n}\n",
  "a prompt at the end": "id: pilot\nsystem: |\n  You are a pilot.\n    Fly.\n",
  "a prompt at the end without a line end": "id: pilot\nsystem: |\n  You are a pilot.",
  "a prompt that keeps its blank lines": "id: pilot\nsystem: |+\n  You are a pilot.\n\n\n",
  "a folded prompt": "id: pilot\nsystem: >-\n  You are\n  a pilot.\n\n# end\n",
  "a byte order mark": "\uFEFFid: pilot\nname: Pilot\n",
  "document marks": "%YAML 1.2\n---\nid: pilot\nname: Pilot\n...\n",
  "everything indented": "  id: pilot\n  model:\n    provider: anthropic\n",
  "quoted keys and strings": "\"id\": 'pilot'\n'name': \"Pilot: \\u2708\"\n",
  "a list at the end": "id: pilot\ntools:\n- read\n-   bash\n- name: x\n  with: y\n\n\n",
  unicode: "id: pilot\nname: Pilot ✈ 👩‍✈️ é\n",
  "long strings": `id: pilot\nsystem: ${JSON.stringify(long)}\nother: ${"word ".repeat(3000)}\n`,
};

describe("files as people have them, edited", () => {
  let home: TemporaryHome;
  beforeEach(async () => {
    home = await createTemporaryHome();
  });
  afterEach(() => home.remove());

  const place = (path: string, text: string) => home.place(path, text);

  /** Sets auth in four steps and takes it away again; says what stood there after each. */
  const journey = async (file: string) => {
    const steps = [{ mode: "oauth" }, { mode: "oauth", profileId: "anthropic:work" }, { mode: "api_key" }, { profileId: "anthropic:me@example.com" }] as const;
    const texts: string[] = [];
    for (const step of steps) {
      const agent = await setAgentAuth(home.aihub, "pilot", step);
      assert.deepEqual(agent.auth, step);
      texts.push(await readFile(file, "utf8"));
    }
    await setAgentAuth(home.aihub, "pilot", {});
    return { texts, last: await readFile(file, "utf8") };
  };

  describe("aihub.json with", () => {
    for (const [what, text] of Object.entries(jsonFiles)) {
      it(`${what} is the same to the byte when auth was set and removed`, async () => {
        const file = await place("aihub.json", text);
        const { texts, last } = await journey(file);
        for (const each of texts) {
          // Only what stands in the new block is new: without it, the old text is there.
          assert.equal(each.replace(/,\s*"auth"\s*:\s*\{[^}]*\}/, ""), text);
          assert.equal(each.replaceAll("\r\n", "").includes("\n"), text.replaceAll("\r\n", "").includes("\n"));
        }
        assert.equal(last, text);
      });
    }
  });

  describe("agent.yaml with", () => {
    for (const [what, text] of Object.entries(yamlFiles)) {
      it(`${what} is the same to the byte when auth was set and removed`, async () => {
        await place("aihub.json", '{"version": 3, "agents": "./agents/*"}');
        const file = await place("agents/pilot/agent.yaml", text);
        const { texts, last } = await journey(file);
        const { auth: _none, ...others } = parse(text) as Record<string, unknown>;
        for (const each of texts) {
          const { auth, ...rest } = parse(each) as Record<string, unknown>;
          assert.ok(auth);
          assert.deepEqual(rest, others);
          assert.equal(each.includes("\r\n"), text.includes("\r\n"));
        }
        assert.equal(last, text);
      });
    }
  });

  describe("what stands in auth already", () => {
    it("keeps its form where only the mode changes", async () => {
      await place("aihub.json", '{"version": 3, "agents": "./agents/*"}');
      const text = "id: pilot\nauth:\n  # by the proxy\n  mode: proxy   # for now\n  profileId: 'anthropic:work' # mine\n  note: [1,  2]\nname: Pilot\n";
      const file = await place("agents/pilot/agent.yaml", text);
      await setAgentAuth(home.aihub, "pilot", { mode: "oauth", profileId: "anthropic:work" });
      assert.equal(await readFile(file, "utf8"), text.replace("mode: proxy", "mode: oauth"));
      await setAgentAuth(home.aihub, "pilot", {});
      assert.equal(await readFile(file, "utf8"), "id: pilot\nauth:\n  # by the proxy\n  note: [1,  2]\nname: Pilot\n");
    });

    it("keeps its form in JSON too", async () => {
      const text = '{"agents": [{"id": "pilot", "auth": {"note" : {"x":1},   "mode":"proxy"}}]}';
      const file = await place("aihub.json", text);
      await setAgentAuth(home.aihub, "pilot", { mode: "oauth" });
      assert.equal(await readFile(file, "utf8"), text.replace("proxy", "oauth"));
    });

    it("is written over where it is empty or stands for another place", async () => {
      await place("aihub.json", '{"version": 3, "agents": "./agents/*"}');
      for (const [before, after] of [
        ["id: pilot\nauth: {}\n", "id: pilot\nauth: {mode: oauth}\n"],
        ["id: pilot\nauth:\n", "id: pilot\nauth: {mode: oauth}\n"],
        ["id: pilot\nauth:\n  # mode: proxy\nname: P\n", "id: pilot\nauth: {mode: oauth}\n  # mode: proxy\nname: P\n"],
        ["id: pilot\nauth: ~ # none\n", "id: pilot\nauth: {mode: oauth} # none\n"],
        ["id: pilot\nshared: &a {mode: proxy}\nauth: *a\n", "id: pilot\nshared: &a {mode: proxy}\nauth: {mode: oauth}\n"],
      ] as const) {
        const file = await place("agents/pilot/agent.yaml", before);
        await setAgentAuth(home.aihub, "pilot", { mode: "oauth" });
        assert.equal(await readFile(file, "utf8"), after);
      }
    });

    it("is refused where a change would change another place too", async () => {
      await place("aihub.json", '{"version": 3, "agents": "./agents/*"}');
      const text = "id: pilot\nauth: &a {mode: proxy}\nother: *a\n";
      const file = await place("agents/pilot/agent.yaml", text);
      await assert.rejects(setAgentAuth(home.aihub, "pilot", { mode: "oauth" }), /agent\.yaml:2:\d+ cannot be used: auth is shared with another place.*Nothing was changed/);
      assert.equal(await readFile(file, "utf8"), text);
    });
  });

  it("are not blamed for an edit that does not know their form", async () => {
    await place("aihub.json", '{"version": 3, "agents": "./agents/*"}');
    for (const text of ["? id\n: pilot\n? name\n: P\n", "id: pilot\nauth:\n  mode: >-\n    proxy\n  note: x\n"]) {
      const file = await place("agents/pilot/agent.yaml", text);
      await assert.rejects(setAgentAuth(home.aihub, "pilot", { mode: "oauth" }), /cannot be edited in place; change it by hand/);
      assert.equal(await readFile(file, "utf8"), text);
    }
  });

  describe("on the disk", () => {
    const config = '{"agents": [{"id": "pilot"}, {"id": "coder"}]}';

    it("it is replaced whole, with its permissions, and nothing is left beside it", async () => {
      const file = await place("aihub.json", config);
      await chmod(file, 0o640);
      const before = await stat(file);
      await setAgentAuth(home.aihub, "pilot", { mode: "oauth" });
      const after = await stat(file);
      assert.equal(after.mode & 0o777, 0o640);
      assert.notEqual(after.ino, before.ino);
      assert.deepEqual(await readdir(home.aihub), ["aihub.json"]);
    });

    it("a link stays one", async () => {
      const file = await place("dotfiles/aihub.json", config);
      await symlink(file, join(home.aihub, "aihub.json"));
      await setAgentAuth(home.aihub, "pilot", { mode: "oauth" });
      assert.ok((await lstat(join(home.aihub, "aihub.json"))).isSymbolicLink());
      assert.match(await readFile(file, "utf8"), /"mode": "oauth"/);
    });

    it("two writers at once lose nothing of each other", async () => {
      const file = await place("aihub.json", config);
      const set = (agent: string, mode: string) => runCli(["agent", "set-auth", agent, "--mode", mode], { HOME: home.path });
      const runs = await Promise.all([set("pilot", "oauth"), set("coder", "api_key"), set("pilot", "oauth"), set("coder", "api_key")]);
      assert.deepEqual(runs.map(({ code, stderr }) => `${code}${stderr}`), ["0", "0", "0", "0"]);
      const { agents } = JSON.parse(await readFile(file, "utf8")) as { agents: { auth: unknown }[] };
      assert.deepEqual(agents.map(({ auth }) => auth), [{ mode: "oauth" }, { mode: "api_key" }]);
    });

    it("the gateway is woken to look at an agent's file again (version 3)", async () => {
      const file = await place("aihub.json", '{"version": 3, "agents": ["./agents/pilot"]}');
      await place("agents/pilot/agent.yaml", "id: pilot\n");
      const old = join(home.aihub, "old.json");
      await writeFile(old, await readFile(file, "utf8"));
      await rename(old, file);
      const before = (await stat(file, { bigint: true })).mtimeNs;
      await setAgentAuth(home.aihub, "pilot", { mode: "oauth" });
      assert.ok((await stat(file, { bigint: true })).mtimeNs > before);
      assert.equal(await readFile(file, "utf8"), '{"version": 3, "agents": ["./agents/pilot"]}');
    });
  });
});
