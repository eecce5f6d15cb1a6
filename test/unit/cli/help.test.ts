import assert from "node:assert/strict";
import type { Command } from "commander";
import { buildProgram } from "../../../src/cli/program";
import { runCli } from "../../support/cli";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

/** Every command by its words, `auth login` for example. */
function commandsOf(command: Command, words: string[] = []): string[][] {
  return [words, ...command.commands.filter((each) => !each.name().startsWith("__")).flatMap((each) => commandsOf(each, [...words, each.name()]))];
}

describe("the help of aihub", () => {
  let home: TemporaryHome;
  before(async () => void (home = await createTemporaryHome()));
  after(() => home.remove());
  const aihub = (...args: string[]) => runCli(args, { HOME: home.path });

  const program = buildProgram();
  for (const words of commandsOf(program)) {
    it(`of ${["aihub", ...words].join(" ")} says how it is used, with examples`, async () => {
      const { code, stdout, stderr } = await aihub(...words, "--help");
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, new RegExp(`^Usage: ${["aihub", ...words].join(" ")} `));
      const command = words.reduce<Command | undefined>((each, word) => each?.commands.find((sub) => sub.name() === word), program);
      const isGroup = (command?.commands.length ?? 0) > 0 && words.length > 0;
      if (!isGroup) assert.match(stdout, /\nExamples:\n {2}\$ \S/);
      for (const line of stdout.split("\n").filter((each) => each.startsWith("  $ "))) assert.match(line, /\baihub\b/);
    });
  }

  it("offers what is known of a command's values", async () => {
    const { stdout } = await aihub("agent", "set-auth", "--help");
    assert.match(stdout, /choices: "oauth", "api_key",\s+"proxy", "none"/);
  });

  it("says what each exit code means", async () => {
    assert.match((await aihub("--help")).stdout, /Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted/);
  });

  for (const args of [["nonsense"], ["auth", "nonsense"], ["auth", "status", "--nonsense"], ["send", "-a", "x"], ["exec", "-a", "x"], ["agent", "create", "x"], ["completion", "tcsh"], ["run"]]) {
    it(`is pointed to by wrong usage: aihub ${args.join(" ")}`, async () => {
      const { code, stdout, stderr } = await aihub(...args);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /^error: .*\nRun with --help to see how it is used\.\n$/s);
    });
  }

  it("knows its version", async () => {
    assert.match((await aihub("--version")).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  it("has no colours where NO_COLOR is set", async () => {
    for (const args of [["--help"], ["auth", "status"], ["nonsense"]]) {
      const { stdout, stderr } = await runCli(args, { HOME: home.path, NO_COLOR: "1" });
      assert.ok(!(stdout + stderr).includes("\u001b"), args.join(" "));
    }
  });
});
