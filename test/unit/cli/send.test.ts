import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { placeAgents } from "../../support/agentsFile";
import { runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { skipBecause } from "../../support/skipBecause";
import { useSandbox } from "../../support/useSandbox";

interface Event {
  type: string;
  [member: string]: unknown;
}

describe("aihub send, for programs and people", () => {
  const scene = useSandbox();
  before(async () => {
    await placeAgents(scene.home, [{ id: "pilot", model: { provider: "anthropic", model: "claude-sonnet-4-5" }, auth: { mode: "oauth" } }]);
    await signIn(scene, "anthropic");
  });
  const send = (...args: string[]) => runCli(["send", "-a", "pilot", ...args], scene.env);
  const events = (stdout: string) => stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Event);

  it("--json prints events, one object a line, the last one with the whole answer", async () => {
    const { code, stdout, stderr } = await send("--json", "-m", "please tool:echo from-the-tool");
    assert.deepEqual([code, stderr], [0, ""]);
    const said = events(stdout);
    assert.deepEqual(Object.keys(said[0] ?? {}), ["type", "id"]);
    assert.equal(said[0]?.type, "session");
    const kinds = new Set(said.map(({ type }) => type));
    assert.deepEqual([...kinds].filter((kind) => kind !== "thinking"), ["session", "tool_start", "tool_end", "text", "done"]);
    const [started, ended] = [said.find(({ type }) => type === "tool_start"), said.find(({ type }) => type === "tool_end")];
    assert.deepEqual(Object.keys(started ?? {}), ["type", "id", "name", "input"]);
    assert.deepEqual(Object.keys(ended ?? {}), ["type", "id", "name", "isError", "text"]);
    assert.match(String(ended?.text), /from-the-tool/);
    const streamed = said.flatMap(({ type, text: part }) => (type === "text" ? [String(part)] : [])).join("");
    const done = said.at(-1);
    assert.deepEqual(Object.keys(done ?? {}), ["type", "text", "usage"]);
    assert.equal(done?.text, streamed);
    assert.match(streamed, /The tool said: from-the-tool/);
  });

  it("--json ends with an error event and 1 when it failed", async () => {
    const { code, stdout, stderr } = await runCli(["send", "-a", "pilto", "--json", "-m", "Hi"], scene.env);
    assert.equal(code, 1);
    const last = events(stdout).at(-1);
    assert.deepEqual([last?.type, last?.code], ["error", "unknown_agent"]);
    assert.equal(stderr, `${String(last?.message)}\n`);
  });

  it("goes on with the last session, or with one that has a name", async () => {
    const messages = () => scene.sandbox.requests().filter(({ path }) => path === "/v1/messages").length;
    const session = async (...args: string[]) => events((await send("--json", ...args)).stdout)[0]?.id;
    const first = await session("-m", "Hello");
    assert.equal(await session("--continue", "-m", "And now?"), first);
    assert.notEqual(await session("-m", "Something else"), first);
    assert.equal(await session("-s", "travel", "-m", "Where to?"), "travel");
    assert.equal(await session("-s", "travel", "-m", "And back?"), "travel");
    assert.ok(messages() >= 5);
    const wrong = await send("-s", "../x", "-m", "Hi");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /is not a session name/);
  });

  it("streams: what is there is seen before the rest", async () => {
    const child = start(["-m", "please tool:sleep 3; echo late", "--json"]);
    const output = text(child.stdout);
    const [first] = (await once(child.stdout, "data")) as [Buffer];
    assert.doesNotMatch(first.toString(), /"done"/);
    await once(child, "close");
    assert.match(await output, /"done"/);
  });

  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    it(`${signal} ends the request and everything that it runs, with ${code}`, async () => {
      // The tool tells when it runs, and would go on for long.
      const child = start(["-m", "please tool:echo running; sleep 300", "--json"]);
      const errors = text(child.stderr);
      let said = "";
      await new Promise<void>((running) =>
        child.stdout.on("data", (data: Buffer) => {
          said += data.toString();
          if (said.includes('"tool_start"')) running();
        }),
      );
      child.kill(signal);
      const [exit, endedBy] = (await once(child, "close")) as [number | null, string | null];
      assert.deepEqual([exit, endedBy], [code, null]);
      const last = events(said).at(-1);
      assert.deepEqual([last?.type, last?.code], ["error", "cancelled"]);
      assert.match(await errors, /aborted/);
    });
  }

  it("tells programs of an end that came before the agent listened for it", async function () {
    if (process.platform !== "linux") skipBecause(this, "only Linux tells what a process listens to");
    const reading = start(["-m", "-", "--json"], true);
    await listening(reading.pid, "SIGINT");
    const starting = start(["-m", "Hello", "--json"]);
    let agent: number | undefined;
    while ((agent = childOf(starting.pid)) === undefined) await pause(1);
    for (const [child, told] of [[reading, reading.pid], [starting, agent]] as const) {
      const said = text(child.stdout);
      process.kill(told ?? 0, "SIGINT");
      await once(child, "close");
      const last = events(await said).at(-1);
      assert.deepEqual([last?.type, last?.code], ["error", "cancelled"]);
    }
  });

  /** In a session of its own, without a terminal whose Ctrl-C would reach the agent by itself. */
  function start(args: readonly string[], isTyping = false) {
    const cli = process.env.AIHUB_TEST_CLI ?? resolve(__dirname, "../../../dist/cli.mjs");
    const child = spawn(process.execPath, [cli, "send", "-a", "pilot", ...args], { env: { PATH: process.env.PATH ?? "", ...scene.env }, detached: true });
    if (!isTyping) child.stdin.end();
    return child;
  }

  /** Resolves when a process listens for a signal. */
  async function listening(pid: number | undefined, signal: NodeJS.Signals): Promise<void> {
    const caught = () => BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0"}`);
    while (!(caught() & (1n << BigInt(constants.signals[signal] - 1)))) await pause(5);
  }

  function childOf(pid: number | undefined): number | undefined {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    return child ? Number(child) : undefined;
  }
});
