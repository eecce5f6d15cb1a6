import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { placeAgents } from "../../support/agentsFile";
import { runCli } from "../../support/cli";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

const cli = resolve(__dirname, "../../../dist/cli.mjs");
const tab = "\t";
const has = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/** How each shell is started bare and interactive, and told of the completion. */
const shells = [
  { name: "bash", args: ["--norc", "--noprofile", "-i"], load: "source <(aihub completion bash)" },
  { name: "zsh", args: ["-f", "-i"], load: "autoload -Uz compinit && compinit -u && source <(aihub completion zsh)" },
  { name: "fish", args: ["--no-config", "-i"], load: "aihub completion fish | source" },
] as const;

describe("completion", () => {
  let home: TemporaryHome;
  let env: Record<string, string>;
  before(async () => {
    home = await createTemporaryHome();
    await placeAgents(home, [{ id: "pilot", model: { provider: "anthropic", model: "claude-sonnet-4-5" } }, { id: "coder" }]);
    await mkdir(join(home.aihub, "agent"), { recursive: true });
    const profiles = { "anthropic:default": { provider: "anthropic", type: "oauth", label: "ada@example.com" }, "anthropic:work": { provider: "anthropic", type: "oauth" } };
    await writeFile(join(home.aihub, "agent", "auth-profiles.json"), JSON.stringify({ version: 1, profiles }), { mode: 0o600 });
    await mkdir(join(home.path, "bin"));
    await writeFile(join(home.path, "bin", "aihub"), `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`, { mode: 0o755 });
    env = { HOME: home.path, PATH: `${join(home.path, "bin")}:${process.env.PATH ?? ""}`, TERM: "dumb" };
  });
  after(() => home.remove());

  for (const [line, expected] of [
    ["", ["auth", "agent", "send", "run", "exec", "completion", "help"]],
    ["auth ", ["login", "status", "logout", "token", "profiles", "import", "help"]],
    ["auth login ", ["anthropic", "openai-codex", "github-copilot"]],
    ["auth login anthropic ", []],
    ["auth login --flow ", ["loopback", "device", "paste"]],
    ["auth token ", ["anthropic", "openai-codex", "github-copilot", "anthropic:default", "anthropic:work"]],
    ["auth profiles order anthropic ", ["anthropic:default", "anthropic:work"]],
    ["auth profiles order anthropic anthropic:work ", ["anthropic:default", "anthropic:work"]],
    ["auth import --from ", ["claude-code", "codex", "gateway", "pi", "cli-proxy-api", "opencode"]],
    ["auth status -", ["--json", "--help"]],
    ["agent show ", ["pilot", "coder"]],
    ["agent set-auth pilot --mode ", ["oauth", "api_key", "proxy", "none"]],
    ["agent set-auth pilot --profile ", ["anthropic:default", "anthropic:work"]],
    ["run ", ["pilot", "coder"]],
    ["send -a ", ["pilot", "coder"]],
    ["send -m ", []],
    ["send --agent=p", ["--agent=pilot", "--agent=coder"]],
    ["agent set-auth pilot --profile=anthropic:", ["--profile=anthropic:default", "--profile=anthropic:work"]],
    ["agent create x --workspace=", [":files"]],
    ["help ", ["auth", "agent", "send", "run", "exec", "completion"]],
    ["auth help ", ["login", "status", "logout", "token", "profiles", "import"]],
    ["help auth ", []],
    ["exec -a pilot -- ", [":files"]],
    ["exec -a pilot cat ", [":files"]],
    ["agent create x --workspace ", [":files"]],
    ["completion ", ["bash", "zsh", "fish"]],
  ] as const) {
    it(`knows what follows “aihub ${line}”`, async () => {
      const { code, stdout, stderr } = await runCli(["__complete", "--", ...line.split(" ")], env);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.deepEqual(stdout.split("\n").filter(Boolean).map((each) => each.split(tab)[0]), expected);
    });
  }

  it("stays silent where the files cannot be read", async () => {
    const broken = await createTemporaryHome();
    await mkdir(broken.aihub, { recursive: true });
    await writeFile(join(broken.aihub, "aihub.json"), "{ broken");
    assert.deepEqual(await runCli(["__complete", "--", "run", ""], { HOME: broken.path }), { code: 0, stdout: "", stderr: "" });
    await broken.remove();
  });

  for (const { name, args, load } of shells) {
    describe(`in ${name}`, () => {
      before(function () {
        // Not every machine has every shell, nor `script`, which gives them a terminal.
        if (!has(name) || !has("script")) this.skip();
      });

      it("completes commands, options, agents and profiles", async () => {
        const said = await typeInto([name, ...args], load, [
          `aihub age${tab}sh${tab}pil${tab}--js${tab}\n`,
          `aihub agent set-auth pilot --mode oauth --profile anthropic:w${tab}\n`,
          `aihub agent set-auth pil${tab}--mode=api${tab} --profile=none\n`,
        ]);
        assert.match(said, /"id": "pilot"/);
        // The profile is in the index alone: which one was asked for is what counts here.
        assert.match(said, /^pilot · anthropic\/claude-sonnet-4-5 · oauth anthropic:work$/m);
        assert.match(said, /^pilot · anthropic\/claude-sonnet-4-5 · api_key$/m);
      });
    });
  }

  /** Types lines into an interactive shell on a terminal of its own, each when the one before is done; gives what it showed. */
  async function typeInto(command: readonly string[], load: string, lines: readonly string[]): Promise<string> {
    const child = spawn("script", ["-qec", command.join(" "), "/dev/null"], { env, cwd: home.path });
    let said = "";
    const listeners = new Set<() => void>();
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += stripVTControlCharacters(text).replaceAll("\r", "");
      for (const listener of listeners) listener();
    });
    const shown = (words: string) =>
      new Promise<void>((found, failed) => {
        const look = () => {
          if (said.includes(words)) found();
        };
        listeners.add(look);
        child.once("close", () => failed(new Error(`${command[0]} ended before it showed “${words}”: ${said}`)));
        look();
      });
    const closed = new Promise((done) => child.once("close", done));
    try {
      // What is echoed as typed has the quotes: the mark itself appears only when it is done.
      for (const [number, line] of [`${load}\n`, ...lines].entries()) {
        child.stdin.write(line);
        child.stdin.write(`echo 'step'"-${number}-done"\n`);
        await shown(`step-${number}-done`);
      }
      child.stdin.end("exit\n");
      await closed;
      return said;
    } finally {
      child.kill("SIGKILL");
    }
  }
});
