import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { agentProcess } from "../../../src/agent/launch";
import { arrival } from "../../support/arrival";
import { startProgram, type CliRun } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { skipBecause } from "../../support/skipBecause";
import { expireStored, storedCredentials } from "../../support/storedCredential";
import { useSandbox } from "../../support/useSandbox";

const distribution = resolve(__dirname, "../../../dist");

describe("an agent that has to end in the midst of a renewal", () => {
  const scene = useSandbox();
  before(async () => {
    await signIn(scene, "anthropic");
    const workspace = join(scene.home.path, "work");
    await mkdir(workspace);
    const agents = [{ id: "pilot", workspace, model: { provider: "anthropic", model: "claude-sonnet-4-5" } }];
    await writeFile(join(scene.home.aihub, "aihub.json"), JSON.stringify({ agents }));
  });

  const refreshToken = async () => (await storedCredentials(scene.home.aihub)).anthropic!.refresh;
  /** Makes the token due and the vendor slow. */
  const makeDue = async () => {
    await expireStored(scene.home.aihub, "anthropic");
    scene.sandbox.addFault({ host: "platform.claude.com", kind: "latency", ms: 1000 });
    const before = scene.sandbox.requests().length;
    return { spent: await refreshToken(), asked: () => arrival(scene.sandbox, "/v1/oauth/token", before) };
  };

  for (const [signal, expected] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    it(`stores the new tokens before it follows ${signal}`, async () => {
      const { spent, asked } = await makeDue();
      const { executable, args, env } = agentProcess(distribution, scene.home.aihub, "pilot", "print", { json: true });
      const agent = startProgram(executable, args, { ...scene.env, ...env });
      agent.child.stdin.end("Hello");
      await asked();
      agent.child.kill(signal);
      // A terminal that closes says so more than once.
      if (signal === "SIGHUP") agent.child.kill(signal);
      const { code, stdout, stderr } = await agent.result;
      // A process that crashed has said why there.
      assert.equal(code, expected, `ended by ${agent.child.signalCode ?? code}: ${stderr}`);
      assert.deepEqual(JSON.parse(stdout), { type: "error", code: "cancelled", message: "The request was aborted." });
      assert.ok((await refreshToken()) !== spent, "the new tokens are lost");
      assert.equal(scene.sandbox.requests().filter(({ model }) => model !== undefined).length, 0);
    });
  }

  describe("in a terminal", () => {
    before(function () {
      const { stdout } = spawnSync("script", ["--version"], { encoding: "utf8" });
      if (/util-linux/.test(stdout)) return;
      skipBecause(this, "there is no util-linux script here, which opens a terminal");
    });

    for (const [what, leave] of [
      ["is closed", (terminal: CliRun) => void terminal.child.kill("SIGKILL")],
      ["gets Ctrl-C twice", (terminal: CliRun) => terminal.type("\u0003\u0003")],
    ] as const) {
      it(`stores the new tokens when that ${what}`, async () => {
        const { executable, args, env } = agentProcess(distribution, scene.home.aihub, "pilot", "interactive");
        const command = `echo "process $$;"; exec ${[executable, ...args].map((part) => `'${part}'`).join(" ")}`;
        const terminal = startProgram("script", ["-qfc", command, "/dev/null"], { ...scene.env, ...env, SHELL: "/bin/sh", TERM: "xterm" });
        const [, pid = ""] = await terminal.output(/process (\d+);/);
        // The editor's line, drawn when it takes keys.
        await terminal.output(/escape.*interrupt/s);
        const { spent, asked } = await makeDue();
        terminal.type("What is going on?");
        await terminal.output(/What is going on\?/);
        terminal.type("\r");
        await asked();
        leave(terminal);
        while (!(await hasEnded(pid))) await pause(20);
        assert.ok((await refreshToken()) !== spent, "the new tokens are lost");
      });
    }
  });
});

/** Whether a process that may be nobody's child any more has ended. */
async function hasEnded(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat === "" || /\) [ZX] /.test(stat);
}
