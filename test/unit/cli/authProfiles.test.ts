import assert from "node:assert/strict";
import { placeAgents } from "../../support/agentsFile";
import { runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { useSandbox } from "../../support/useSandbox";

describe("aihub auth profiles", () => {
  const scene = useSandbox();
  const aihub = (...args: string[]) => runCli(args, scene.env);
  const profiles = async () => JSON.parse((await aihub("auth", "profiles", "--json")).stdout) as { profiles: Record<string, unknown>[]; order: Record<string, string[]> };

  before(async () => {
    assert.equal((await aihub("auth", "profiles")).stdout, "There are no profiles. Run 'aihub auth login' to make one.\n");
    assert.deepEqual(await profiles(), { profiles: [], order: {} });
    await signIn(scene, "anthropic");
    scene.sandbox.signIn("anthropic", { email: "grace@example.com" });
    await signIn(scene, "anthropic");
    await signIn(scene, "github-copilot");
    await placeAgents(scene.home, [{ id: "pilot", model: { provider: "anthropic", model: "claude-sonnet-4-5" } }]);
  });

  it("are listed for people and for programs", async () => {
    const { code, stdout } = await aihub("auth", "profiles");
    assert.equal(code, 0);
    assert.match(stdout, /^anthropic:default · oauth · ada@example\.com · Connected\nanthropic:grace@example\.com · oauth · grace@example\.com · Connected\ngithub-copilot:default · /);
    const [first] = (await profiles()).profiles;
    assert.deepEqual(Object.keys(first ?? {}), ["id", "provider", "type", "label", "status", "expires", "takenOverFrom"]);
  });

  it("come in the order that is set, for agents that name none", async () => {
    const account = async () => (JSON.parse((await aihub("agent", "show", "pilot", "--json")).stdout) as { uses: { account: string } }).uses.account;
    assert.equal(await account(), "ada@example.com");
    const { code, stdout } = await aihub("auth", "profiles", "order", "anthropic", "anthropic:grace@example.com");
    assert.deepEqual([code, stdout], [0, "anthropic:grace@example.com\nanthropic:default\n"]);
    assert.equal(await account(), "grace@example.com");
    assert.deepEqual((await profiles()).order, { anthropic: ["anthropic:grace@example.com", "anthropic:default"] });
  });

  it("are named in short, too, as where one signs in", async () => {
    const { code, stdout } = await aihub("auth", "profiles", "order", "anthropic", "default", "anthropic:grace@example.com");
    assert.deepEqual([code, stdout], [0, "anthropic:default\nanthropic:grace@example.com\n"]);
    assert.match((await aihub("auth", "profiles", "order", "anthropic", "gone")).stderr, /no profile “anthropic:gone”/);
  });

  for (const [args, words] of [
    [["anthropic", "anthropic:gone"], /no profile “anthropic:gone”/],
    [["anthropic", "github-copilot:default"], /github-copilot:default does not belong to anthropic/],
    [["gemini", "anthropic:default"], /no provider “gemini”/],
  ] as const) {
    it(`refuse the order ${args.join(" ")} and keep their own`, async () => {
      const before = await profiles();
      const { code, stderr } = await aihub("auth", "profiles", "order", ...args);
      assert.equal(code, 1);
      assert.match(stderr, words);
      assert.deepEqual(await profiles(), before);
    });
  }
});
