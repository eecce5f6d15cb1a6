import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { hasTerminals, runCli, startCli, startCliInTerminal, type CliRun } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { signInsUnderWay, storedCredentials, storedIndex } from "../../support/storedCredential";
import { moveHome, useSandbox } from "../../support/useSandbox";

const keys = { down: "\x1b[B", enter: "\r", escape: "\x1b", interrupt: "\x03" };
const marks = { on: `${keys.escape}[?2004h`, off: `${keys.escape}[?2004l` };
const colour = new RegExp(`${keys.escape}\\[[34]\\dm`);
const asPasted = (text: string) => `\x1b[200~${text}\x1b[201~`;

describe("aihub auth login in a terminal", () => {
  const scene = useSandbox();
  before(function () {
    if (hasTerminals()) return;
    console.log("    skipped: there is no util-linux “script” to make a terminal with");
    this.skip();
  });
  beforeEach(() => moveHome(scene));

  const start = (args: string[] = [], env: Record<string, string> = {}) => startCliInTerminal(["auth", "login", ...args, "--no-browser"], { ...scene.env, ...env });
  const addressOf = async (run: CliRun) => (await run.output(/(https:\/\/claude\.ai\S+)/))[1]!;
  /** The list is drawn with its last line. */
  const list = (run: CliRun) => run.output(/^.*Enter:.*confirm/s);
  /** The line to write on, of a terminal that marks what is pasted. */
  const line = (run: CliRun) => run.output(/\[\?2004h.*> /s);

  /** When all that was typed is shown, as a person sees it before they press Enter. */
  const shown = ({ child }: CliRun) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 150);
      child.stdout.on("data", () => timer.refresh());
    });

  /** The command's end: its text, its exit code, and the terminal as the shell finds it. */
  const endOf = async (run: CliRun) => {
    const { stdout } = await run.result;
    const [text = "", left = ""] = stdout.split("ended with ");
    assert.match(left, /\bisig icanon iexten echo /, "the terminal was not given back as it was");
    assert.ok(stdout.lastIndexOf(marks.on) <= stdout.lastIndexOf(marks.off), "the terminal still marks what is pasted");
    return { text: stripVTControlCharacters(text), code: Number(/^\d+/.exec(left)?.[0]) };
  };

  /** Past the notice, to where a code can be pasted. */
  const startAnthropic = async (env: Record<string, string> = {}) => {
    const run = start(["anthropic"], env);
    await list(run);
    run.type(keys.enter);
    const address = await addressOf(run);
    await line(run);
    return { run, address };
  };

  /** Past the notice, to where another sign-in is told of. */
  const startBeside = async () => {
    const run = start(["anthropic"]);
    await list(run);
    run.type(keys.enter);
    await run.output(/Sign in here as well.*Enter:.*confirm/s);
    return run;
  };

  it("chooses a provider with the arrow keys and Enter", async () => {
    const run = start();
    const [drawn] = await list(run);
    assert.match(drawn, /Sign in to which provider\?/);
    const entries = stripVTControlCharacters(drawn).match(/[●○] .*(?=\r)/g);
    assert.deepEqual(entries, ["● Anthropic (Claude Pro/Max) · Not connected", "○ OpenAI (ChatGPT Plus/Pro) · Not connected", "○ GitHub Copilot · Not connected"]);
    run.type(keys.down);
    run.type(keys.down);
    run.type(keys.enter);
    const [, page = ""] = await run.output(/(https:\/\/github\.com\/login\/device)/);
    const [, userCode = ""] = await run.output(/^ {2}([A-Z\d]{4}-[A-Z\d]{4})\r$/m);
    await scene.person.enterDeviceCode(page, userCode);
    const { text, code } = await endOf(run);
    assert.equal(code, 0);
    assert.match(text, /Logged in to GitHub Copilot as linus-example/);
  });

  it("chooses by number where the terminal has no width to draw in", async () => {
    const run = startCliInTerminal(["auth", "login", "--no-browser"], scene.env, 0);
    await run.output(/3\) GitHub Copilot · Not connected\r\n.*> /s);
    run.type(`1${keys.enter}`);
    await run.output(/2\) Use an API key instead.*> /s);
    run.type(`2${keys.enter}`);
    const { text, code } = await endOf(run);
    assert.equal(code, 0);
    assert.match(text, /Added anthropic:api-key/);
  });

  it("draws nothing in a terminal that obeys no escape sequences", async () => {
    const run = start([], { TERM: "dumb" });
    await run.output(/3\) GitHub Copilot · Not connected\r\n.*> /s);
    run.type(`1${keys.enter}`);
    await run.output(/2\) Use an API key instead.*> /s);
    run.type(`1${keys.enter}`);
    const address = await addressOf(run);
    await run.output(/paste its address here.*> /s);
    run.type(`${await scene.person.consentWithoutRedirect(address)}${keys.enter}`);
    const { text, code } = await endOf(run);
    assert.equal(code, 0);
    assert.match(text, /Logged in to Anthropic/);
    assert.ok(!(await run.result).stdout.includes(keys.escape));
  });

  for (const [name, key] of [["Escape", keys.escape], ["Ctrl-C", keys.interrupt]] as const) {
    it(`cancels with ${name} in the list of providers, and at the notice`, async () => {
      for (const args of [[], ["anthropic"]]) {
        const run = start(args);
        await list(run);
        run.type(key);
        const { text, code } = await endOf(run);
        assert.equal(code, 130);
        assert.match(text, /Cancelled\.\s*$/);
      }
      await assert.rejects(storedCredentials(scene.home.aihub), { code: "ENOENT" });
      assert.deepEqual((await storedIndex(scene.home.aihub)).notices, undefined);
    });
  }

  it("cancels with Ctrl-C while it waits for the browser", async () => {
    const { run } = await startAnthropic();
    run.type(keys.interrupt);
    const { text, code } = await endOf(run);
    assert.equal(code, 130);
    assert.match(text, /Cancelled\.\s*$/);
  });

  it("cancels with Ctrl-C in order also where a signal to oneself ends a process at once, as on Windows", async () => {
    const { run } = await startAnthropic({ NODE_OPTIONS: '--import "data:text/javascript,process.kill=()=>process.reallyExit(1)"' });
    run.type(keys.interrupt);
    const { text, code } = await endOf(run);
    assert.equal(code, 130);
    assert.match(text, /Cancelled\.\s*$/);
    assert.deepEqual(await signInsUnderWay(scene.home.aihub), []);
  });

  it("gives the terminal back when it is asked to end", async () => {
    const { run } = await startAnthropic();
    const pid = Object.values((await storedIndex(scene.home.aihub)).signingIn ?? {})[0]?.pid;
    process.kill(pid!, "SIGTERM");
    assert.equal((await endOf(run)).code, 143);
    assert.deepEqual(await signInsUnderWay(scene.home.aihub), []);
  });

  it("says what Anthropic's terms mean until the person has answered, once on a machine", async () => {
    assert.equal((await signIn(scene, "anthropic")).code, 0);
    const notice = /may refuse .* bill it as\s+│?\s+extra usage/s;
    for (const isFirst of [true, false]) {
      const run = start(["anthropic"]);
      if (isFirst) {
        await list(run);
        run.type(keys.enter);
      }
      await scene.person.consent(await addressOf(run));
      const { text, code } = await endOf(run);
      assert.equal(code, 0);
      assert.equal(notice.test(text), isFirst);
      assert.deepEqual(Object.keys((await storedIndex(scene.home.aihub)).notices ?? {}), ["anthropic"]);
    }
  });

  it("offers an API key instead, which stays in its variable", async () => {
    const run = start(["anthropic"]);
    await list(run);
    run.type(keys.down);
    run.type(keys.enter);
    const { text, code } = await endOf(run);
    assert.equal(code, 0);
    assert.match(text, /bill it as\s+│?\s+extra usage\..*Sign in with the subscription.*Use an API key instead/s);
    assert.match(text, /Added anthropic:api-key \(API key in ANTHROPIC_API_KEY\)/);
    const { profiles } = await storedIndex(scene.home.aihub);
    assert.deepEqual(profiles?.["anthropic:api-key"], { provider: "anthropic", type: "api_key", label: "API key in ANTHROPIC_API_KEY", key: "$env:ANTHROPIC_API_KEY" });
    assert.match((await runCli(["auth", "status"], scene.env)).stdout, /anthropic:api-key .*API key in ANTHROPIC_API_KEY/);
  });

  it("goes on by itself when the browser comes back", async () => {
    const { run, address } = await startAnthropic();
    await scene.person.consent(address);
    const { text, code } = await endOf(run);
    assert.equal(code, 0);
    assert.match(text, /Logged in to Anthropic \(Claude Pro\/Max\) as ada@example\.com/);
  });

  describe("takes a pasted address of 6,000 characters", () => {
    /** What counts stands at the end, after more than a terminal's own line holds. */
    const longAddress = async (address: string) => {
      const [start, query] = (await scene.person.consentWithoutRedirect(address)).split("?");
      return `${start}?session=${"x".repeat(6_000)}&${query}`;
    };
    const half = (text: string) => [text.slice(0, 5_000), text.slice(5_000)] as const;
    const broken = (text: string) => [text.slice(0, -20), text.slice(-20)] as const;

    for (const [how, paste] of [
      ["whole", (text) => [asPasted(text)]],
      ["by a terminal that does not mark it", (text) => [text]],
      ["in two lines", (text) => [asPasted(half(text).join("\r"))]],
      ["in two lines, the last of them with a break", (text) => [asPasted(`${broken(text).join("\n")}\r`)]],
      ["in two lines by a terminal that does not mark it", (text) => [broken(text).join("\r")]],
      ["over a line so slow that it comes in pieces", (text) => asPasted(broken(text).join("\r ")).split(" ")],
    ] as [string, (text: string) => string[]][]) {
      it(how, async () => {
        const { run, address } = await startAnthropic();
        for (const typed of paste(await longAddress(address))) {
          run.type(typed);
          await shown(run);
        }
        run.type(keys.enter);
        const { text, code } = await endOf(run);
        assert.equal(code, 0, text.slice(-300));
        assert.match(text, /Logged in to Anthropic \(Claude Pro\/Max\) as ada@example\.com/);
      });
    }
  });

  it("says in the list who is signing in already, and takes over the result", async () => {
    const first = startCli(["auth", "login", "anthropic", "--no-browser"], scene.env);
    const address = await addressOf(first);
    const second = await startBeside();
    await scene.person.consent(address);
    assert.equal((await first.result).code, 0);
    const { text, code } = await endOf(second);
    assert.equal(code, 0);
    assert.match(text, new RegExp(`a terminal \\(process ${first.child.pid}\\) is signing in to Anthropic`));
    assert.match(text, /Logged in to Anthropic \(Claude Pro\/Max\) as ada@example\.com \(anthropic:default\)/);
  });

  it("signs in beside the other one when that is chosen in the list", async () => {
    const first = startCli(["auth", "login", "anthropic", "--no-browser"], scene.env);
    const other = await addressOf(first);
    const second = await startBeside();
    second.type(keys.enter);
    await scene.person.consent(await addressOf(second));
    assert.equal((await endOf(second)).code, 0);
    await scene.person.consent(other);
    assert.equal((await first.result).code, 0);
  });

  it("uses no colours with NO_COLOR", async () => {
    for (const [env, hasColours] of [[{}, true], [{ NO_COLOR: "1" }, false]] as const) {
      const run = start([], env);
      await list(run);
      run.type(keys.escape);
      await endOf(run);
      assert.equal(colour.test((await run.result).stdout), hasColours);
    }
  });
});
