import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createAgentReader, type AgentReader } from "../../../src/gateway/agentReader";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

describe("whoever asks for the agents often", () => {
  let home: TemporaryHome;
  let reader: AgentReader;
  beforeEach(async () => {
    home = await createTemporaryHome();
    await place("aihub.json", '{"version": 3, "agents": "./agents/*"}');
    await place("agents/ace/agent.yaml", "id: ace\n");
    reader = createAgentReader(home.aihub);
    await reader.refresh();
  });
  afterEach(() => home.remove());

  const place = (path: string, text: string) => home.place(path, text);
  const names = async () => {
    await reader.refresh();
    return (await reader.agents()).agents.map(({ id, name }) => name ?? id);
  };

  it("gets what was read before as long as the files are the same", async () => {
    const before = await reader.agents();
    await reader.refresh();
    assert.equal(await reader.agents(), before);
  });

  it("sees an agent that came, changed, broke and went", async () => {
    await place("agents/zoe/agent.yaml", "id: zoe\n");
    assert.deepEqual(await names(), ["ace", "zoe"]);
    await place("agents/zoe/agent.yaml", "id: zoe\nname: Zoe\n");
    assert.deepEqual(await names(), ["ace", "Zoe"]);
    await place("agents/zoe/agent.yaml", "id: [zoe\n");
    assert.deepEqual(await names(), ["ace"]);
    assert.equal((await reader.agents()).problems.length, 1);
    await rm(join(home.aihub, "agents", "zoe"), { recursive: true });
    assert.deepEqual(await names(), ["ace"]);
    assert.equal((await reader.agents()).problems.length, 0);
  });

  it("sees a config that breaks, goes, and comes back in another shape", async () => {
    await place("aihub.json", "{");
    await assert.rejects(names(), { code: "config_invalid" });
    await rm(join(home.aihub, "aihub.json"));
    await assert.rejects(names(), { code: "config_missing" });
    await place("aihub.json", '{"agents": [{"id": "inline"}]}');
    assert.deepEqual(await names(), ["inline"]);
  });
});
