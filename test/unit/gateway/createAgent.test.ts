import assert from "node:assert/strict";
import { readFile, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { readAgents } from "../../../src/gateway/config";
import { createAgent, type NewAgent } from "../../../src/gateway/createAgent";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

describe("a new agent", () => {
  let home: TemporaryHome;
  let pilot: NewAgent;
  beforeEach(async () => {
    home = await createTemporaryHome();
    pilot = { id: "pilot", name: "Pilot ✈", workspace: home.path, model: { provider: "anthropic", model: "claude-sonnet-4-5" } };
  });
  afterEach(() => home.remove());

  const place = (path: string, text: string) => home.place(path, text);
  const read = (path: string) => readFile(join(home.aihub, path), "utf8");
  const ids = async () => (await readAgents(home.aihub)).agents.map(({ id }) => id);
  const mode = async (path: string) => ((await stat(join(home.aihub, path))).mode & 0o777).toString(8);

  it("is the first one, for people who have no config", async () => {
    const agent = await createAgent(home.aihub, { ...pilot, auth: { mode: "oauth", profileId: "anthropic:default" } });
    assert.deepEqual([agent.id, agent.name, agent.auth], ["pilot", "Pilot ✈", { mode: "oauth", profileId: "anthropic:default" }]);
    assert.equal(await read("aihub.json"), '{\n  "version": 3,\n  "agents": "./agents/*"\n}\n');
    assert.equal(
      await read("agents/pilot/agent.yaml"),
      `id: pilot\nname: Pilot ✈\nworkspace: ${home.path}\nmodel:\n  provider: anthropic\n  model: claude-sonnet-4-5\nauth:\n  mode: oauth\n  profileId: anthropic:default\n`,
    );
    assert.deepEqual([await mode("."), await mode("aihub.json"), await mode("agents/pilot"), await mode("agents/pilot/agent.yaml")], ["700", "600", "700", "600"]);
  });

  const entry = () => ({ ...pilot });
  for (const [what, before, after] of [
    ["an empty object", "{}", (agent: string) => `{"agents": [${agent}]}`],
    ["a list on one line", '{"agents":[{"id":"a"}],"gateway":{"port":4000}}', (agent: string) => `{"agents":[{"id":"a"},${agent}],"gateway":{"port":4000}}`],
  ] as const) {
    it(`goes into ${what} on the same line`, async () => {
      await place("aihub.json", before);
      await createAgent(home.aihub, pilot);
      const text = await read("aihub.json");
      assert.deepEqual((JSON.parse(text) as { agents: unknown[] }).agents.at(-1), entry());
      const added = /\{"id": ?"pilot".*?\}\}/.exec(text)?.[0] ?? "";
      assert.equal(text, after(added));
    });
  }

  for (const [what, style] of [
    ["tabs", (text: string) => text.replaceAll("  ", "\t")],
    ["CRLF line ends", (text: string) => text.replaceAll("\n", "\r\n")],
  ] as const) {
    it(`goes to the end of agents in a file with ${what}, and nothing else moves`, async () => {
      const before = style('{\n  "agents": [\n    {\n      "id": "a",   "workspace": "/x"\n    }\n  ],\n  "other": [1,2]\n}\n');
      await place("aihub.json", before);
      await createAgent(home.aihub, pilot);
      const added = JSON.stringify(entry(), null, 2).replaceAll("\n", "\n    ");
      assert.equal(await read("aihub.json"), before.replace(style("    }\n  ]"), style(`    },\n    ${added}\n  ]`)));
      assert.deepEqual(await ids(), ["a", "pilot"]);
    });
  }

  it("goes into a file that has no agents yet", async () => {
    await place("aihub.json", '{\n  "gateway": {"port": 4000},\n  "agents": []\n}\n');
    await createAgent(home.aihub, pilot);
    assert.deepEqual(JSON.parse(await read("aihub.json")), { gateway: { port: 4000 }, agents: [entry()] });
    assert.match(await read("aihub.json"), /^\{\n {2}"gateway": \{"port": 4000\},\n {2}"agents": \[\n {4}\{\n {6}"id": "pilot",/);
  });

  it("gets a folder where the config's pattern looks, and the config is touched for the gateway", async () => {
    const config = '{"version": 3, "agents": ["./one", "./team/ace-*", "./team/p*"]}';
    await place("aihub.json", config);
    await place("one/agent.yaml", "id: one\n");
    await utimes(join(home.aihub, "aihub.json"), new Date(0), new Date(0));
    await createAgent(home.aihub, pilot);
    assert.equal(await read("aihub.json"), config);
    assert.ok((await stat(join(home.aihub, "aihub.json"))).mtimeMs > 0);
    assert.match(await read("team/pilot/agent.yaml"), /^id: pilot\n/);
    assert.deepEqual(await ids(), ["one", "pilot"]);
  });

  for (const [what, before, after] of [
    ["a list", '{"version": 3, "agents": ["./one"]}', '{"version": 3, "agents": ["./one", "./agents/pilot"]}'],
    ["one pattern", '{"version": 3, "agents": "./one"}', '{"version": 3, "agents": ["./one", "./agents/pilot"]}'],
  ] as const) {
    it(`is added to ${what} that would not find it`, async () => {
      await place("aihub.json", before);
      await place("one/agent.yaml", "id: one\n");
      await createAgent(home.aihub, pilot);
      assert.equal(await read("aihub.json"), after);
      assert.deepEqual(await ids(), ["one", "pilot"]);
    });
  }

  for (const id of ["", ".hidden", "../up", "a/b", "a b", "-a", "x".repeat(65)]) {
    it(`cannot be called “${id}”`, async () => {
      await assert.rejects(createAgent(home.aihub, { ...pilot, id }), { code: "invalid_agent_id" });
      await assert.rejects(stat(home.aihub), { code: "ENOENT" });
    });
  }

  it("does not take the place of another, in either shape", async () => {
    for (const config of ['{"agents": [{"id": "pilot"}]}', '{"version": 3, "agents": "./agents/*"}']) {
      await place("aihub.json", config);
      await place("agents/pilot/agent.yaml", "id: [broken\n");
      await assert.rejects(createAgent(home.aihub, pilot), { code: "agent_exists" });
      assert.equal(await read("aihub.json"), config);
      assert.equal(await read("agents/pilot/agent.yaml"), "id: [broken\n");
    }
  });

  it("needs a workspace that exists", async () => {
    await assert.rejects(createAgent(home.aihub, { ...pilot, workspace: join(home.path, "nowhere") }), { code: "workspace_missing" });
  });

  it("does not touch a file that does not parse", async () => {
    await place("aihub.json", '{"agents": [,]}');
    await assert.rejects(createAgent(home.aihub, pilot), { code: "config_invalid" });
    assert.equal(await read("aihub.json"), '{"agents": [,]}');
  });

  it("finds its place beside others that are made at the same moment", async () => {
    const names = ["a", "b", "c", "d", "e"];
    await place("aihub.json", '{"agents": []}');
    await Promise.all(names.map((id) => createAgent(home.aihub, { ...pilot, id })));
    assert.deepEqual((await ids()).sort(), names);
  });
});
