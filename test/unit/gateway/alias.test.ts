import assert from "node:assert/strict";
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "../../../src/common/logger";
import { agentAccount } from "../../../src/gateway/agentAccount";
import { agentModelPath } from "../../../src/gateway/agent";
import { unaliased } from "../../../src/gateway/alias";
import { readAgent } from "../../../src/gateway/config";
import { leaveGatewayProfile, useGatewayProfile } from "../../../src/gateway/gatewayProfile";
import { createMirroredStore, type MirroredStore } from "../../../src/gateway/mirroredStore";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

const twin = { id: "twin", model: { provider: "anthropic", model: "claude-sonnet-4-5" }, auth: { mode: "oauth", profileId: "anthropic:work" } };
const short = { id: "short", model: { model: "anthropic/claude-sonnet-4-5" }, auth: { profileId: "anthropic:work" } };
const text = `${JSON.stringify({ agents: [twin, short] }, null, 2)}\n`;

type AgentText = { id: string; model: { provider?: string; model?: string }; auth: { mode?: string; profileId?: string } };

describe("the alias of a second account, in the gateway's files", () => {
  let home: TemporaryHome;
  let store: MirroredStore;
  beforeEach(async () => {
    home = await createTemporaryHome();
    await home.place("aihub.json", text);
    store = createMirroredStore(home.aihub, silentLogger);
    await store.update(({ credentials, index }) => {
      for (const name of ["default", "work", "spare"]) {
        credentials[`anthropic:${name}`] = { type: "oauth", access: `not-a-token-${name}`, refresh: `not-a-refresh-token-${name}`, expires: Date.now() + 8 * 3_600_000 };
        index.profiles[`anthropic:${name}`] = { provider: "anthropic", type: "oauth", label: `${name}@example.com` };
      }
    });
    await store.sync();
  });
  afterEach(async () => {
    await store.sync();
    await home.remove();
  });

  const use = (agent = "twin") => useGatewayProfile(home.aihub, store, agent);
  const undo = (agent = "twin") => leaveGatewayProfile(home.aihub, store, agent);
  const read = (file: string) => readFile(join(home.aihub, file), "utf8");
  const authEntries = async () => JSON.parse(await read("auth.json")) as Record<string, { type: string; key?: string }>;
  const setAuthEntry = async (name: string, entry: unknown) => home.place("auth.json", JSON.stringify({ ...(await authEntries()), [name]: entry }));
  const agentsIn = (config: string) => (JSON.parse(config) as { agents: AgentText[] }).agents;
  const edit = async (id: string, change: (agent: AgentText) => void) => {
    const agents = agentsIn(await read("aihub.json"));
    change(agents.find((agent) => agent.id === id)!);
    await home.place("aihub.json", `${JSON.stringify({ agents }, null, 2)}\n`);
  };
  const agentText = async (id: string) => agentsIn(await read("aihub.json")).find((agent) => agent.id === id)!;
  const nothingMade = async () => {
    assert.equal(await read("aihub.json"), text);
    assert.deepEqual((await store.read()).index.mirror?.aliases ?? {}, {});
    assert.ok(!(await readdir(home.aihub)).includes("models.json"));
  };

  describe("is refused, and the agent keeps what it has,", () => {
    it("while the gateway gets none of the accounts", async () => {
      await store.setMirrorMode("off");
      await assert.rejects(use(), { code: "gateway_copy_off" });
      await nothingMade();
    });

    it("while auth.json is broken", async () => {
      await home.place("auth.json", "{broken");
      await assert.rejects(use(), { code: "store_invalid" });
      await nothingMade();
    });

    it("where its name has come to stand for somebody's sign-in", async () => {
      await use();
      const before = await read("aihub.json");
      await setAuthEntry("anthropic-work", { type: "oauth", access: "a", refresh: "r", expires: 1 });
      await assert.rejects(use("short"), { code: "alias_without_key", message: /anthropic:work could not be written to .*auth\.json, so that nothing was changed/ });
      assert.equal(await read("aihub.json"), before);
      assert.deepEqual(Object.keys((await store.read()).index.mirror?.aliases?.["anthropic-work"]?.agents ?? {}), ["twin"]);
    });
  });

  for (const [type, entry] of [["an API key", { type: "api_key", key: "an-api-key-of-a-person" }], ["a sign-in", { type: "oauth", access: "a", refresh: "r", expires: 1 }]] as const) {
    it(`gets another name where a person has ${type} of that name, which stays`, async () => {
      await setAuthEntry("anthropic-work", entry);
      assert.equal(await use(), "anthropic-work-2");
      assert.deepEqual(await authEntries().then((all) => [all["anthropic-work"], all["anthropic-work-2"]]), [entry, { type: "api_key", key: "not-a-token-work" }]);
      await undo();
      assert.deepEqual((await authEntries())["anthropic-work"], entry);
      await nothingMade();
    });
  }

  it("gets another name than that of another account, though models.json was lost", async () => {
    await store.update(({ credentials }) => {
      for (const name of ["w+ork", "w@ork"]) credentials[`anthropic:${name}`] = { ...credentials["anthropic:work"]!, access: `not-a-token-${name}` };
    });
    await edit("twin", ({ auth }) => void (auth.profileId = "anthropic:w+ork"));
    await edit("short", ({ auth }) => void (auth.profileId = "anthropic:w@ork"));
    const name = await use();
    await rm(join(home.aihub, "models.json"));
    assert.notEqual(await use("short"), name);
    assert.equal((await authEntries())[name]?.key, "not-a-token-w+ork");
  });

  describe("of an agent that a person edits meanwhile", () => {
    const meant = async (id: string) => {
      const snapshot = await store.read();
      const agent = await readAgent(home.aihub, id);
      return [agentModelPath(unaliased(agent, snapshot)), agentAccount(agent, snapshot).text];
    };

    for (const [id, model] of [["twin", "claude-opus-4-5"], ["short", "anthropic/claude-opus-4-5"]] as const) {
      it(`(${id}): another model is the one that is meant, and stays when it is undone`, async () => {
        await use(id);
        assert.deepEqual(await meant(id), ["anthropic/claude-sonnet-4-5", "work@example.com"]);
        await edit(id, (agent) => void (agent.model.model = "claude-opus-4-5"));
        assert.deepEqual(await meant(id), ["anthropic/claude-opus-4-5", "work@example.com"]);
        await use(id);
        const { providers } = JSON.parse(await read("models.json")) as { providers: Record<string, { models: { id: string }[] }> };
        assert.deepEqual(providers["anthropic-work"]?.models, [{ id: "claude-sonnet-4-5" }, { id: "claude-opus-4-5" }]);
        await undo(id);
        const before = id === "twin" ? twin : short;
        assert.deepEqual(await agentText(id), { ...before, model: { ...before.model, model } });
      });
    }

    it("another profile takes it off, so that its file counts, and stays when it is undone", async () => {
      await use();
      await edit("twin", ({ auth }) => void (auth.profileId = "anthropic:spare"));
      assert.deepEqual(await meant("twin"), ["anthropic-work/claude-sonnet-4-5", "spare@example.com"]);
      await undo();
      assert.deepEqual(await agentText("twin"), { ...twin, auth: { mode: "oauth", profileId: "anthropic:spare" } });
    });

    it("another mode takes it off, and stays when it is undone", async () => {
      await use();
      await edit("twin", ({ auth }) => void (auth.mode = "proxy"));
      assert.deepEqual(await meant("twin"), ["anthropic-work/claude-sonnet-4-5", "Proxy"]);
      await undo();
      assert.deepEqual(await agentText("twin"), { ...twin, auth: { mode: "proxy", profileId: "anthropic:work" } });
    });
  });

  describe("in models.json", () => {
    for (const [what, own] of [
      ["nothing", "{}"],
      ["nothing but a comment", "{\n  // none yet\n}\n"],
      ["no provider", '{\n  "providers": {}\n}\n'],
      ["no provider, on one line", '{"providers":{}}'],
      ["other keys", '{\n\t"version": 1\n}\n'],
    ] as const) {
      it(`leaves no trace in a person's own with ${what}`, async () => {
        await home.place("models.json", own);
        await use();
        await use("short");
        await undo();
        assert.match(await read("models.json"), /"anthropic-work"/);
        await undo("short");
        assert.equal(await read("models.json"), own);
      });
    }

    it("is taken out of a file that was made for it, and leaves what somebody has added", async () => {
      await use();
      const made = await read("models.json");
      await writeFile(join(home.aihub, "models.json"), made.replace('"providers": {', '"providers": { // mine'));
      await undo();
      assert.equal(await read("models.json"), '{\n  "providers": { // mine\n  }\n}\n');
    });

    it("keeps what somebody has added to it when another agent uses it", async () => {
      await use();
      const edited = (await read("models.json")).replace('"apiKey"', '"headers": { "x": "y" },\n      "apiKey"').replace(/\{\s+"id": "claude-sonnet-4-5"\s+\}/, '{ "id": "claude-sonnet-4-5" }');
      await home.place("models.json", edited);
      await use("short");
      assert.equal(await read("models.json"), edited);
    });

    for (const [what, own, place] of [
      ["a list", "[]", "1:1 cannot be used: it should be of type object"],
      ["null", "null", "1:1 cannot be used: it should be of type object"],
      ["null for its providers", '{\n  "providers": null\n}', "2:16 cannot be used: providers should be of type object"],
      ["a list for its providers", '{"providers": []}', "1:15 cannot be used: providers should be of type object"],
      ["providers twice", '{"providers": {}, "providers": {}}', "cannot be used: providers.anthropic-work cannot be edited in place"],
      ["a fault behind a comment", '{\n  // mine\n  "providers": {,}\n}', "3:17 cannot be used: a value was expected"],
      ["nothing at all", "", "1:1 cannot be used: it is empty"],
    ] as const) {
      it(`is refused by name where a person's own holds ${what}, which stays`, async () => {
        await home.place("models.json", own);
        await assert.rejects(use(), (error: Error) => {
          assert.ok(error.message.includes("models.json") && error.message.includes(place), error.message);
          return true;
        });
        assert.deepEqual([await read("models.json"), await read("aihub.json")], [own, text]);
        assert.deepEqual((await store.read()).index.mirror?.aliases ?? {}, {});
      });
    }
  });
});
