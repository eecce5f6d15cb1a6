import assert from "node:assert/strict";
import { linkSync, symlinkSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { storedCredentials } from "../../support/storedCredential";
import { useSandbox } from "../../support/useSandbox";

describe("an agent that is told to read the sign-ins", () => {
  const scene = useSandbox();
  let work: string;

  before(async () => {
    work = join(scene.home.path, "work");
    await mkdir(work);
    await mkdir(scene.home.aihub, { recursive: true, mode: 0o700 });
    const agent = { id: "pilot", workspace: work, model: { provider: "anthropic", model: "claude-sonnet-4-5" }, auth: { mode: "oauth" } };
    await writeFile(join(scene.home.aihub, "aihub.json"), JSON.stringify({ agents: [agent] }));
    for (const provider of ["anthropic", "github-copilot"]) await signIn(scene, provider);
    symlinkSync(join(scene.home.aihub, "credentials"), join(work, "notes"));
    linkSync(join(scene.home.aihub, "credentials", "oauth.json"), join(work, "settings.json"));
    await writeFile(join(work, "collect.sh"), "cd ~/.aihub && cat credentials/*\n");
    await mkdir(join(scene.home.path, ".codex"));
    await writeFile(join(scene.home.path, ".codex", "auth.json"), JSON.stringify({ tokens: { refresh_token: "not-a-token-but-secret-enough" } }));
  });

  const ask = (message: string, env: Record<string, string> = {}) => runCli(["send", "-a", "pilot", "-m", message], { ...scene.env, ...env });
  const call = (tool: string, input: Record<string, unknown>) => `call:${tool} ${JSON.stringify(input)}`;

  /** What the vendor was sent as the tool's result stands in its model's answer. */
  async function assertNothingTold(stdout: string): Promise<void> {
    const { access, refresh } = (await storedCredentials(scene.home.aihub)).anthropic!;
    const folder = join(scene.home.aihub, "agent", "sessions", "pilot");
    const sessions = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")));
    const told = [stdout, ...sessions].join("\n");
    for (const secret of [access, refresh, "not-a-token-but-secret-enough"]) {
      // Parts of it, too: a line of a dump holds sixteen bytes.
      for (let at = 24; at + 16 <= secret.length; at += 4) assert.ok(!told.includes(secret.slice(at, at + 16)), "a token was told");
    }
  }

  for (const [how, message] of [
    ["the read tool, by the home's sign", call("read", { path: "~/.aihub/credentials/oauth.json" })],
    ["the read tool, by a relative path", call("read", { path: "../.aihub/credentials/oauth.json" })],
    ["the read tool, by a link of a folder", call("read", { path: "notes/oauth.json" })],
    ["the read tool, by a hard link", call("read", { path: "settings.json" })],
    ["the read tool, through /proc", call("read", { path: "/proc/self/root<home>/.aihub/credentials/oauth.json" })],
    ["the read tool, out of a link", call("read", { path: "<home>/work/notes/../credentials/oauth.json" })],
    ["the read tool, a neighbour's file", call("read", { path: "~/.codex/auth.json" })],
    ["the write tool", call("write", { path: "~/.aihub/credentials/oauth.json", content: "{}" })],
    ["the edit tool", call("edit", { path: "../.aihub/agent/auth-profiles.json", edits: [{ oldText: "anthropic", newText: "x" }] })],
    ["cat", "tool:cat ~/.aihub/credentials/oauth.json"],
    ["a variable", "tool:d=$HOME/.aihub; cat $d/credentials/oauth.json"],
    ["cd and a pattern", "tool:cd ~/.aihub && cat cred*/*"],
    ["base64", "tool:base64 ~/.aihub/credentials/oauth.json"],
    ["xxd", "tool:xxd < ~/.aihub/credentials/oauth.json"],
    ["find -exec", "tool:find ~ -name 'oauth*' -exec cat {} +"],
    ["an archive", "tool:tar c .. | base64"],
    ["a script that lay there", "tool:sh collect.sh"],
    ["an interpreter", `tool:node -e "console.log(require('fs').readFileSync(process.env.HOME + '/.ai' + 'hub/credentials/oauth.json', 'utf8'))"`],
    ["a coded command", `tool:echo ${Buffer.from("cat ~/.aihub/credentials/oauth.json").toString("base64")} | base64 -d | sh`],
    ["the command line of AIHub", "tool:aihub auth token anthropic"],
  ] as const) {
    it(`is refused with an explanation: ${how}`, async () => {
      const stored = JSON.stringify(await storedCredentials(scene.home.aihub));
      const { code, stdout } = await ask(message.replace("<home>", scene.home.path));
      assert.equal(code, 0);
      assert.match(stdout, /The tool said: Refused: this names a place where the person's sign-ins are kept/);
      assert.equal(JSON.stringify(await storedCredentials(scene.home.aihub)), stored);
      await assertNothingTold(stdout);
    });
  }

  // No text tells where these lead: what they print is held back.
  for (const [how, command] of [
    ["as it stands", "cat $(ls -d ~/.a*b)/c*s/o*n"],
    ["in base64", "base64 -w 60 $(ls -d ~/.a*b)/c*s/o*n"],
    ["as a dump", "od -An -tx1 $(ls -d ~/.a*b)/c*s/o*n"],
    ["backwards", "rev $(ls -d ~/.a*b)/c*s/o*n"],
  ] as const) {
    it(`is not given what a command printed after all, ${how}`, async () => {
      const { stdout } = await ask(`tool:${command}`);
      assert.match(stdout, /The tool said: (?:Withheld: the result held a token|Refused)/);
      await assertNothingTold(stdout);
    });
  }

  it("is not given the keys that were taken out of its environment", async () => {
    const key = scene.sandbox.createApiKey("anthropic");
    const { stdout } = await ask("tool:p=pro; tr '\\0' '\\n' < /${p}c/$PPID/env''iron", { ANTHROPIC_API_KEY: key });
    assert.match(stdout, /The tool said: (?:Withheld|Refused)/);
    assert.ok(!stdout.includes(key.slice(16)));
  });

  it("reads and runs everything else", async () => {
    await writeFile(join(work, "auth.json"), '{"mine": "of the project"}');
    assert.match((await ask(call("read", { path: "auth.json" }))).stdout, /of the project/);
    assert.match((await ask("tool:cat auth.json; ls -d ~")).stdout, /of the project/);
  });

  it("reads code that has a word in common with a Copilot token", async () => {
    await writeFile(join(work, "store.ts"), "store.subscribe(render); // waits for approval of an external preview_feature\n");
    assert.match((await ask(call("read", { path: "store.ts" }))).stdout, /The tool said: store\.subscribe/);
  });
});
