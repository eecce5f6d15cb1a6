import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runCli } from "../../support/cli";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

describe("one broken agent among others (version 3)", () => {
  let home: TemporaryHome;
  beforeEach(async () => {
    home = await createTemporaryHome();
    await place("aihub.json", '{"version": 3, "agents": "./agents/*"}');
    await place("agents/ace/agent.yaml", "id: ace\nmodel: {provider: anthropic, model: claude-sonnet-4-5}\n");
    await place("agents/zoe/agent.yaml", "id: zoe\nmodel: {provider: openai-codex, model: gpt-5.4}\n");
  });
  afterEach(() => home.remove());

  const place = (path: string, text: string) => home.place(path, text);
  const read = (path: string) => readFile(join(home.aihub, path), "utf8");
  const aihub = (...args: string[]) => runCli(["agent", ...args], { HOME: home.path });

  for (const [what, text, place_] of [
    ["no YAML", "id: bad\nname: [a\n", /agents\/bad\/agent\.yaml:[23]:\d+ cannot be used/],
    ["a wrong type", "id: bad\nauth:\n  mode: magic\n", /agents\/bad\/agent\.yaml:3:9 cannot be used: auth\.mode should be one of oauth, api_key, proxy/],
    ["an alias to nothing", "id: bad\nmodel: *shared\n", /agents\/bad\/agent\.yaml:2:8 cannot be used: Unresolved alias .*: shared/],
    ["aliases that stand for too much", `id: bad\nx: &x [1]\ny: &y [${"*x, ".repeat(20)}]\nz: [${"*y, ".repeat(20)}]\n`, /agents\/bad\/agent\.yaml:4:81 cannot be used: Excessive alias count/],
    ["no id", "name: Bad\n", /agents\/bad\/agent\.yaml:1:1 cannot be used: id /],
  ] as const) {
    describe(`with ${what}`, () => {
      beforeEach(() => place("agents/bad/agent.yaml", text));

      it("the others are listed, and what is wrong is said beside the list", async () => {
        const { code, stdout, stderr } = await aihub("list");
        assert.equal(code, 0, stderr);
        assert.equal(stdout, "ace · anthropic/claude-sonnet-4-5 · auth not set\nzoe · openai-codex/gpt-5.4 · auth not set\n");
        assert.match(stderr, place_);
      });

      it("the list for programs stays JSON", async () => {
        const { code, stdout, stderr } = await aihub("list", "--json");
        assert.equal(code, 0, stderr);
        assert.deepEqual((JSON.parse(stdout) as { agents: { id: string }[] }).agents.map(({ id }) => id), ["ace", "zoe"]);
        assert.match(stderr, place_);
      });

      it("a good agent can be changed", async () => {
        const { code, stdout, stderr } = await aihub("set-auth", "zoe", "--mode", "oauth");
        assert.equal(code, 0, stderr);
        assert.equal(stdout, "zoe · openai-codex/gpt-5.4 · oauth\n");
        assert.match(await read("agents/zoe/agent.yaml"), /auth:\n {2}mode: "?oauth"?\n$/);
        assert.equal(await read("agents/bad/agent.yaml"), text);
      });

      it("the bad one cannot, and it is said where it is wrong", async () => {
        const { code, stdout, stderr } = await aihub("set-auth", "bad", "--mode", "oauth");
        assert.deepEqual([code, stdout], [1, ""]);
        assert.match(stderr, place_);
        assert.equal(await read("agents/bad/agent.yaml"), text);
      });
    });
  }

  it("is dropped like in the gateway where it is a copied folder with the id of the first", async () => {
    await place("agents/zoe copy/agent.yaml", "# a copy\nid: zoe\nmodel: {provider: anthropic, model: claude-sonnet-4-5}\n");
    const { stdout, stderr } = await aihub("list");
    assert.equal(stdout, "ace · anthropic/claude-sonnet-4-5 · auth not set\nzoe · openai-codex/gpt-5.4 · auth not set\n");
    assert.match(stderr, /agents\/zoe copy\/agent\.yaml:2:5 cannot be used: id should be “zoe copy”, the name of its folder/);
    assert.equal((await aihub("set-auth", "zoe", "--mode", "oauth")).code, 0);
    assert.match(await read("agents/zoe/agent.yaml"), /mode: "?oauth"?\n$/);
  });

  it("is found by its id too, where its folder has another name", async () => {
    await place("agents/folder/agent.yaml", "id: named\nauth:\n  mode: magic\n");
    const { code, stderr } = await aihub("set-auth", "named", "--mode", "oauth");
    assert.equal(code, 1);
    assert.match(stderr, /agents\/folder\/agent\.yaml:3:9 cannot be used: auth\.mode/);
  });
});
