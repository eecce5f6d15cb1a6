import assert from "node:assert/strict";
import { readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setAgentAuth } from "../../../src/gateway/agentAuth";
import { readAgent, readAgents } from "../../../src/gateway/config";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

describe("the gateway's config", () => {
  let home: TemporaryHome;
  beforeEach(async () => {
    home = await createTemporaryHome();
  });
  afterEach(() => home.remove());

  const place = (path: string, text: string) => home.place(path, text);
  const config = () => readFile(join(home.aihub, "aihub.json"), "utf8");

  describe("with agents in aihub.json", () => {
    const tabs = '{\n\t"agents": [\n\t\t{"id": "one", "model": {"model": "anthropic/claude-sonnet-4-5"}},\n\t\t{\n\t\t\t"id": "pilot",\n\t\t\t"name": "Pilot ✈",\n\t\t\t"model": {\n\t\t\t\t"provider": "anthropic",\n\t\t\t\t"auth_token": "$env:TOKEN"\n\t\t\t}\n\t\t}\n\t],\n\t"gateway": {"port": 4000}\n}\n';

    it("reads them, the provider also from the model's name", async () => {
      await place("aihub.json", tabs);
      const { agents } = await readAgents(home.aihub);
      assert.deepEqual(agents.map(({ id, name }) => [id, name]), [["one", undefined], ["pilot", "Pilot ✈"]]);
    });

    for (const [what, text] of [
      ["tabs", tabs],
      ["four spaces", tabs.replaceAll("\t", "    ")],
      ["CRLF line ends", tabs.replaceAll("\n", "\r\n")],
    ] as const) {
      it(`sets auth with ${what}, and nothing else moves`, async () => {
        await place("aihub.json", text);
        await setAgentAuth(home.aihub, "pilot", { mode: "oauth", profileId: "anthropic:work" });
        const after = await config();
        const { agents } = JSON.parse(after) as { agents: Record<string, unknown>[] };
        assert.deepEqual(agents[1]?.auth, { mode: "oauth", profileId: "anthropic:work" });
        assert.equal(after.replace(/,\s*"auth": \{[^}]*\}/, ""), text);
        assert.equal(after.includes("\r\n"), text.includes("\r\n"));

        await setAgentAuth(home.aihub, "pilot", {});
        assert.equal(await config(), text);
      });
    }

    it("keeps what it does not know inside auth", async () => {
      await place("aihub.json", '{"agents": [{"id": "a", "auth": {"mode": "proxy", "note": {"x": 1}}}]}');
      await setAgentAuth(home.aihub, "a", { mode: "oauth" });
      assert.deepEqual((JSON.parse(await config()) as { agents: unknown[] }).agents[0], { id: "a", auth: { mode: "oauth", note: { x: 1 } } });
    });

    for (const [what, text, place_] of [
      ["a missing comma", '{\n  "agents": [\n    {"id": "a"}\n    {"id": "b"}\n  ]\n}', "4:5"],
      ["a comment, which the gateway does not take", '{\n  // mine\n  "agents": []\n}', "2:3"],
      ["a wrong type", '{\n  "agents": [\n    {"id": 7}\n  ]\n}', "3:12"],
      ["an unknown mode", '{"agents": [\n  {"id": "a", "auth": {"mode": "magic"}}\n]}', "2:32"],
      ["an empty file", "", "1:1"],
    ] as const) {
      it(`says where ${what} is, and changes nothing`, async () => {
        await place("aihub.json", text);
        await assert.rejects(setAgentAuth(home.aihub, "a", { mode: "oauth" }), (error: Error) => {
          assert.ok(error.message.includes(`aihub.json:${place_} `), error.message);
          assert.match(error.message, /Nothing was changed/);
          return true;
        });
        assert.equal(await config(), text);
      });
    }

    it("mends an auth with nothing in it, which no other command takes", async () => {
      await place("aihub.json", '{"agents": [{"id": "a", "auth": null}, {"id": "b", "auth": null}]}');
      await assert.rejects(readAgents(home.aihub), /agents\.0\.auth should be of type object/);
      for (const id of ["a", "b"]) assert.deepEqual((await setAgentAuth(home.aihub, id, { mode: "oauth" })).auth, { mode: "oauth" });
      assert.equal(await config(), '{"agents": [{"id": "a", "auth": {"mode": "oauth"}}, {"id": "b", "auth": {"mode": "oauth"}}]}');
    });

    it("says where an id stands a second time, and changes neither agent; the last one is read", async () => {
      const twice = '{\n  "agents": [\n    {"id": "a", "name": "First"},\n    {"id": "b"},\n    {"id": "a", "name": "Last"}\n  ]\n}\n';
      await place("aihub.json", twice);
      await assert.rejects(setAgentAuth(home.aihub, "a", { mode: "oauth" }), { code: "agent_id_twice", message: /“a” stands twice: again in .*aihub\.json:5:12\. The gateway knows only the last/ });
      assert.equal(await config(), twice);
      assert.equal((await readAgent(home.aihub, "a")).name, "Last");
      assert.equal((await readAgents(home.aihub)).agents.length, 3);
      assert.deepEqual((await setAgentAuth(home.aihub, "b", { mode: "oauth" })).auth, { mode: "oauth" });
    });

    it("names the agents there are when one is unknown", async () => {
      await place("aihub.json", tabs);
      await assert.rejects(setAgentAuth(home.aihub, "pilto", {}), /no agent “pilto”.*Known: one, pilot/);
    });

    it("says how to begin when there is no config", async () => {
      await assert.rejects(readAgents(home.aihub), { code: "config_missing" });
    });
  });

  describe("with a folder for each agent (version 3)", () => {
    const yaml = "# the pilot\nid: pilot\nname: Pilot   # with a name\nmodel:\n    provider: anthropic\n    model: claude-sonnet-4-5\n    auth_token: $env:TOKEN\ntools: [read,   bash]\n";

    beforeEach(async () => {
      await place("aihub.json", '{"version": 3, "agents": "./agents/*"}');
      await place("agents/pilot/agent.yaml", yaml);
      await place("agents/other/agent.yaml", "id: other\n");
      await place("agents/notes.txt", "no agent");
    });
    const pilot = () => readFile(join(home.aihub, "agents", "pilot", "agent.yaml"), "utf8");

    it("reads them", async () => {
      assert.deepEqual((await readAgents(home.aihub)).agents.map(({ id }) => id), ["other", "pilot"]);
    });

    it("sets and removes auth, and nothing else moves", async () => {
      await setAgentAuth(home.aihub, "pilot", { mode: "oauth", profileId: "anthropic:work" });
      assert.equal(await pilot(), `${yaml}auth:\n    mode: oauth\n    profileId: anthropic:work\n`);
      await setAgentAuth(home.aihub, "pilot", { mode: "api_key" });
      assert.equal(await pilot(), `${yaml}auth:\n    mode: api_key\n`);
      await setAgentAuth(home.aihub, "pilot", {});
      assert.equal(await pilot(), yaml);
    });

    it("touches the config, which is what the gateway looks at, and only when something changed", async () => {
      const file = join(home.aihub, "aihub.json");
      await utimes(file, new Date(0), new Date(0));
      await setAgentAuth(home.aihub, "pilot", {});
      assert.equal((await stat(file)).mtimeMs, 0);
      await setAgentAuth(home.aihub, "pilot", { mode: "oauth" });
      assert.ok((await stat(file)).mtimeMs > 0);
      assert.equal(await config(), '{"version": 3, "agents": "./agents/*"}');
    });

    it("replaces a block in the middle of the file", async () => {
      await place("agents/pilot/agent.yaml", "id: pilot\nauth:\n  mode: proxy\n# about the model\nmodel: {provider: anthropic}\n");
      await setAgentAuth(home.aihub, "pilot", { mode: "oauth" });
      assert.equal(await pilot(), 'id: pilot\nauth:\n  mode: oauth\n# about the model\nmodel: {provider: anthropic}\n');
    });

    it("says where a file has another encoding, and leaves every byte of it", async () => {
      const bytes = Buffer.from("# the pilot\n# nach M\u00fcnchen\nid: pilot\n", "latin1");
      await writeFile(join(home.aihub, "agents", "pilot", "agent.yaml"), bytes);
      await assert.rejects(setAgentAuth(home.aihub, "pilot", { mode: "oauth" }), /pilot\/agent\.yaml:2:1 cannot be used: a character in this line is not UTF-8/);
      assert.deepEqual(await readFile(join(home.aihub, "agents", "pilot", "agent.yaml")), bytes);
      assert.deepEqual((await readAgents(home.aihub)).agents.map(({ id }) => id), ["other"]);
    });

    it("says where a broken file is broken", async () => {
      await place("agents/pilot/agent.yaml", "id: pilot\nname: [a\n");
      const place_ = /pilot\/agent\.yaml:[23]:\d+ cannot be used/;
      await assert.rejects(setAgentAuth(home.aihub, "pilot", { mode: "oauth" }), place_);
      const { agents, problems } = await readAgents(home.aihub);
      assert.deepEqual(agents.map(({ id }) => id), ["other"]);
      assert.match(problems[0]?.error.message ?? "", place_);
    });
  });
});
