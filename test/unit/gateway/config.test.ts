import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { agentProvider } from "../../../src/gateway/agent";
import { readAgents } from "../../../src/gateway/config";
import { runCli } from "../../support/cli";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

describe("the agents of the gateway's config", () => {
  let home: TemporaryHome;
  beforeEach(async () => {
    home = await createTemporaryHome();
  });
  afterEach(() => home.remove());

  const place = async (path: string, text: string) => {
    const file = join(home.path, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  const placeAgent = (folder: string, id: string) => place(`${folder}/agent.yaml`, `id: ${id}\n`);
  const ids = async () => (await readAgents(home.aihub)).agents.map(({ id }) => id);

  describe("in folders (version 3)", () => {
    beforeEach(async () => {
      await placeAgent(".aihub/agents/a", "a");
      await placeAgent(".aihub/agents/b", "b");
      await placeAgent(".aihub/teams/red/agents/c", "c");
      await placeAgent(".aihub/teams/blue/agents/d", "d");
      await placeAgent("elsewhere/e", "e");
      await place(".aihub/agents/no-agent/notes.txt", "");
      await placeAgent(".aihub/agents/.hidden", "hidden");
    });

    for (const [what, agents, wanted] of [
      ["by a glob", "./agents/*", ["a", "b"]],
      ["by a glob without a dot", "agents/*", ["a", "b"]],
      ["by part of a name", "./agents/*a*", ["a"]],
      ["by a glob in the middle", "./teams/*/agents/*", ["d", "c"]],
      ["by a list", ["./agents/b", "./agents/a"], ["b", "a"]],
      ["by a list with globs, each agent once", ["./agents/b", "./agents/*", "./teams/red/agents/c"], ["b", "a", "c"]],
      ["where there is no such folder", "./nowhere/*", []],
    ] as const) {
      it(`are found ${what}`, async () => {
        await place(".aihub/aihub.json", JSON.stringify({ version: 3, agents }));
        assert.deepEqual(await ids(), wanted);
      });
    }

    it("are found by an absolute path and one above the home", async () => {
      await place(".aihub/aihub.json", JSON.stringify({ version: 3, agents: [join(home.path, "elsewhere", "*"), "../.aihub/agents/a"] }));
      assert.deepEqual(await ids(), ["e", "a"]);
    });

    it("are found under ~, AIHUB_HOME and AIHUB_CONFIG", async () => {
      await place(".aihub/aihub.json", '{"version": 3, "agents": "~/elsewhere/*"}');
      await place("other/aihub.json", '{"version": 3, "agents": "./mine/*"}');
      await placeAgent("other/mine/f", "f");
      const list = async (env: Record<string, string>) => {
        const { stdout, stderr } = await runCli(["agent", "list", "--json"], { HOME: home.path, ...env });
        assert.equal(stderr, "");
        return (JSON.parse(stdout) as { agents: { id: string }[] }).agents.map(({ id }) => id);
      };
      assert.deepEqual(await list({}), ["e"]);
      assert.deepEqual(await list({ AIHUB_HOME: join(home.path, "other") }), ["f"]);
      assert.deepEqual(await list({ AIHUB_HOME: "~/other" }), ["f"]);
      assert.deepEqual(await list({ AIHUB_CONFIG: join(home.path, "other", "aihub.json") }), ["f"]);
    });
  });

  it("keep what this project does not know, and references as they are", async () => {
    const agent = { id: "a", model: { base_url: "$env:URL", auth_token: "$env:TOKEN", model: "anthropic/claude-sonnet-4-5", extra: 1 }, tools: ["x"], auth: { mode: "proxy", later: true } };
    await place(".aihub/aihub.json", JSON.stringify({ agents: [agent], gateway: { port: 4000 }, more: null }));
    const [read] = (await readAgents(home.aihub)).agents;
    const { file, path, ...rest } = read!;
    assert.deepEqual(rest, agent);
    assert.deepEqual([relative(home.aihub, file), path], ["aihub.json", ["agents", 0]]);
    assert.equal(agentProvider(read!), "anthropic");
  });

  describe("that are wrong", () => {
    for (const [what, text, message] of [
      ["agents of no kind", '{\n  "agents": 7\n}', /:2:13 cannot be used: agents should be of type array/],
      ["objects under version 3", '{"version": 3,\n "agents": [\n  "./agents/a",\n  {"id": "b"}\n]}', /:4:3 cannot be used: agents\.1 should be of type string/],
      ["no agents under version 3", '{"version": 3}', /:1:1 cannot be used: agents should be of type string, or should be of type array/],
      ["an agent without an id", '{"agents": [\n  {"id": "a"},\n  {"name": "b"}\n]}', /:3:3 cannot be used: agents\.1\.id should be of type string/],
      ["an empty id", '{"agents": [\n  {"id": ""}\n]}', /:2:10 cannot be used: agents\.0\.id should not be empty/],
      ["a model that is a text", '{"agents": [\n  {"id": "a", "model": "claude"}\n]}', /:2:24 cannot be used: agents\.0\.model should be of type object/],
      ["an unknown SDK", '{"agents": [{"id": "a",\n"sdk": "gpt"}]}', /:2:8 cannot be used: agents\.0\.sdk should be one of pi, claude, openclaw/],
      ["a trailing comma", '{\n  "agents": [\n    {"id": "a"},\n  ]\n}', /:4:3 cannot be used: a value was expected/],
      ["an unfinished string", '{\n  "agents": "x\n}', /:2:13 cannot be used: the string has no end/],
      ["a comment", '{\n  "agents": [] // none\n}', /:2:16 cannot be used: a comment is not allowed/],
      ["a byte order mark", '\uFEFF{"agents": []}', /:1:1 cannot be used: it begins with a byte order mark/],
    ] as const) {
      it(`are told by file, line, column and what was expected: ${what}`, async () => {
        await place(".aihub/aihub.json", text);
        await assert.rejects(readAgents(home.aihub), message);
      });
    }

    for (const [what, text, message] of [
      ["a wrong type deep inside", "id: a\nmodel:\n  provider: anthropic\n  model: [x]\n", /agent\.yaml:4:10 cannot be used: model\.model should be of type string/],
      ["a tab as indentation", "id: a\nmodel:\n\tprovider: x\n", /agent\.yaml:3:1 cannot be used: Tabs are not allowed as indentation/],
      ["the same key twice", "id: a\nid: b\n", /agent\.yaml:2:1 cannot be used: Map keys must be unique/],
      ["a text instead of an agent", "just words\n", /agent\.yaml:1:1 cannot be used: it should be of type object/],
    ] as const) {
      it(`are told in a folder of their own: ${what}`, async () => {
        await place(".aihub/aihub.json", '{"version": 3, "agents": "./agents/*"}');
        await place(".aihub/agents/a/agent.yaml", text);
        const { agents, problems } = await readAgents(home.aihub);
        assert.deepEqual(agents, []);
        assert.match(problems[0]?.error.message ?? "", message);
      });
    }
  });

  it("are read a thousand at a time while other work goes on", async () => {
    await place(".aihub/aihub.json", '{"version": 3, "agents": "./agents/*"}');
    await Promise.all(Array.from({ length: 1000 }, (_, number) => placeAgent(`.aihub/agents/agent-${number}`, `agent-${number}`)));
    let turns = 0;
    let isReading = true;
    const turn = () => {
      turns++;
      if (isReading) setImmediate(turn);
    };
    setImmediate(turn);
    const { agents } = await readAgents(home.aihub);
    isReading = false;
    assert.equal(agents.length, 1000);
    assert.ok(turns >= 20, `only ${turns} turns of the event loop`);
  });
});
