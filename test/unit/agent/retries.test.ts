import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { placeAgents } from "../../support/agentsFile";
import { hasTerminals, runCli, startCli, startCliInTerminal } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { skipBecause } from "../../support/skipBecause";
import { useSandbox } from "../../support/useSandbox";

interface Event {
  type: string;
  text?: string;
  code?: string;
  [member: string]: unknown;
}

describe("a request that is made once more", () => {
  const scene = useSandbox();
  const overloaded = { host: "api.anthropic.com", kind: "error_event", error: "overloaded_error", message: "Overloaded" } as const;

  before(async () => {
    await placeAgents(scene.home, [{ id: "pilot", model: { provider: "anthropic", model: "claude-sonnet-4-5" }, auth: { mode: "oauth" } }]);
    await signIn(scene, "anthropic");
    // As a person can have it: Pi's own pauses take seconds.
    await writeFile(join(scene.home.aihub, "agent", "settings.json"), JSON.stringify({ retry: { baseDelayMs: 10 } }));
  });

  const events = (stdout: string) => stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Event);
  const textOf = (told: readonly Event[]) => told.flatMap(({ type, text }) => (type === "text" ? [text] : [])).join("");

  it("tells programs what no longer counts, and why", async () => {
    scene.sandbox.addFault(overloaded);
    const { code, stdout, stderr } = await runCli(["send", "-a", "pilot", "--json", "-m", "Hello"], scene.env);
    assert.deepEqual([code, stderr], [0, ""]);
    const told = events(stdout);
    const at = told.findIndex(({ type }) => type === "retry");
    assert.deepEqual(told[at], {
      type: "retry", attempt: 1, maxAttempts: 3, delay: 10, code: "vendor_fault",
      message: "Anthropic has a problem right now (HTTP 529): a server error of its own. Try again in a moment.",
    });
    assert.match(textOf(told.slice(0, at)), /^Hello/);
    const { type, text } = told.at(-1)!;
    assert.deepEqual([type, text], ["done", textOf(told.slice(at))]);
    assert.match(text ?? "", /^Hello from claude-sonnet-4-5, ada@example\.com\. You said: Hello$/);
  });

  it("leaves what was said before a tool ran", async () => {
    const question = "say:Let me look. tool:until test -e go; do sleep 0.05; done; echo found";
    const run = startCli(["send", "-a", "pilot", "--json", "-m", question], scene.env);
    await run.output(/"tool_start"/);
    scene.sandbox.addFault(overloaded);
    await writeFile(join(scene.home.path, "work", "go"), "");
    const { code, stdout } = await run.result;
    assert.equal(code, 0);
    const told = events(stdout);
    const at = told.findIndex(({ type }) => type === "retry");
    const ran = told.findLastIndex(({ type }) => type === "tool_end");
    assert.ok(ran < at);
    assert.match(textOf(told.slice(ran, at)), /^\n\nThe tool said/);
    assert.equal(told.at(-1)?.text, "Let me look.\n\nThe tool said: found\n");
    assert.equal(told.at(-1)?.text, textOf([...told.slice(0, ran), ...told.slice(at)]));
  });

  it("is told on standard error where half of an answer was printed", async () => {
    scene.sandbox.addFault(overloaded);
    const { code, stdout, stderr } = await runCli(["send", "-a", "pilot", "-m", "Hello"], scene.env);
    assert.deepEqual([code, stderr], [0, "The answer broke off. It begins anew in 0 s (1 of 3).\n"]);
    assert.match(stdout, /^Hello.*\n\nHello from claude-sonnet-4-5, ada@example\.com\. You said: Hello\n$/s);
  });

  it("says nothing to a file where nothing was printed yet", async () => {
    scene.sandbox.addFault({ ...overloaded, after: 1 });
    const { code, stdout, stderr } = await runCli(["send", "-a", "pilot", "-m", "Hello"], scene.env);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^Hello from [^\n]*\n$/);
  });

  it("is told in a terminal while one waits", async function () {
    if (!hasTerminals()) skipBecause(this, "there is no util-linux script here, which opens a terminal");
    // The vendor's library tries three times by itself.
    scene.sandbox.addFault({ host: "api.anthropic.com", kind: "status", status: 529, times: 3 });
    const terminal = startCliInTerminal(["send", "-a", "pilot", "-m", "Hello"], { ...scene.env, NO_COLOR: "1" });
    await terminal.output(/^Anthropic did not answer \(HTTP 529\)\. Trying again in 0 s \(1 of 3\)\.\r\n/m);
    const [shown] = await terminal.output(/^Hello from claude[^]*ended with 0/m);
    assert.ok(!shown.includes("\u001b"));
  });
});
