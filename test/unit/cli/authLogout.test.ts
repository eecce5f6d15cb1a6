import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { hasTerminals, startCliInTerminal } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { storedCredentials } from "../../support/storedCredential";
import { useSandbox } from "../../support/useSandbox";

describe("aihub auth logout in a terminal", () => {
  const scene = useSandbox();
  before(async function () {
    if (!hasTerminals()) {
      console.log("    skipped: there is no util-linux “script” to make a terminal with");
      this.skip();
    }
    await signIn(scene, "anthropic");
  });

  /** The text after the question, the exit code, and who is signed in then. */
  async function answer(keys: string) {
    const run = startCliInTerminal(["auth", "logout", "anthropic"], scene.env);
    await run.output(/Sign out of ada@example\.com \(anthropic:default\)\? \[y\/N\] /);
    run.type(keys);
    const [text = "", left = ""] = stripVTControlCharacters((await run.result).stdout).replaceAll("\r", "").split("ended with ");
    return { text: text.slice(text.lastIndexOf("] ") + 2), code: Number(/^\d+/.exec(left)?.[0]), accounts: Object.keys(await storedCredentials(scene.home.aihub)) };
  }

  for (const [name, key] of [["Ctrl-C", "\x03"], ["Ctrl-D", "\x04"]] as const) {
    it(`is cancelled with ${name} at the question`, async () => {
      assert.deepEqual(await answer(key), { text: "\nCancelled.\n", code: 130, accounts: ["anthropic"] });
    });
  }

  it("stays signed in without a yes", async () => {
    const { code, accounts } = await answer("\r");
    assert.deepEqual([code, accounts], [0, ["anthropic"]]);
  });

  it("signs out with a yes", async () => {
    const { text, code, accounts } = await answer("y\r");
    assert.match(text, /Logged out from anthropic\n$/);
    assert.deepEqual([code, accounts], [0, []]);
  });
});
