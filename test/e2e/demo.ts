import { execFileSync } from "node:child_process";
import { relative, resolve } from "node:path";
import { checkAccountsMenu, checkDisk, checkStatusBar, runAgent, setAgentAuth, signIn, travellers } from "./journey";
import { openStage, pictures, placeAgents } from "./stage";

/**
 * `npm start`: plays the main journey in a real editor against vendors that are played locally, says of each step
 * what it proved, and in a terminal leaves the editor open.
 */
async function main(): Promise<void> {
  const root = resolve(__dirname, "../..");
  await step("Build the extension, the command and the agent", () => {
    execFileSync(process.execPath, ["esbuild.mjs"], { cwd: root, stdio: "inherit" });
    return "dist/extension.js, dist/cli.mjs, dist/agent/main.mjs";
  });
  const stage = await step("Start the vendors and a real VS Code (fetched from npm the first time)", () => openStage({ flavour: "desktop" }), () => "everything on 127.0.0.1");
  try {
    await stage.workbench.statusBar.waitForText("aihub.status", "AIHub: not signed in", { timeout: 60_000 });
    const configFile = await placeAgents(stage);
    for (const traveller of travellers) {
      const { name, account, agent, provider, label } = traveller;
      console.log(`\n${label}`);
      await step("AIHub: Login, consent in the browser", () => signIn(stage, traveller), () => `signed in as ${account}`);
      await step("The files", () => checkDisk(stage, traveller), () => `credentials/oauth.json (0600) has ${provider}, agent/auth-profiles.json has ${provider}:default`);
      await step("The Accounts menu", () => checkAccountsMenu(stage, traveller), () => `${account} (${label}), with Sign Out`);
      await step("The status bar", () => checkStatusBar(stage, traveller), (text) => `“${text}”`);
      await step("AIHub: Set Agent Auth", () => setAgentAuth(stage, traveller, configFile), () => `aihub.json: ${agent.id} has auth.mode oauth, auth.profileId ${provider}:default`);
      await step("AIHub: Launch Agent in Terminal", () => runAgent(stage, traveller), () => `${name} received three requests, each with ${account}'s token; a tool ran`);
    }
    console.log(`\nAll of it worked. Pictures: ${relative(process.cwd(), pictures) || "."}`);
    if (process.stdout.isTTY && process.stdin.isTTY) {
      console.log(`\nThe editor stays open for you: ${stage.editor.url}  (Ctrl-C ends it)`);
      console.log("To sign in there too, start your browser with these, or its consent pages are the vendors' real ones:");
      console.log(`  --proxy-server=${stage.sandbox.proxyUrl} --ignore-certificate-errors --user-data-dir=<a new folder>`);
      await new Promise<void>((stop) => process.once("SIGINT", () => stop()));
    }
  } finally {
    await stage.close();
  }
}

async function step<T>(what: string, act: () => T | Promise<T>, proved: (result: T) => string = String): Promise<T> {
  process.stdout.write(`  ${what} … `);
  const started = Date.now();
  try {
    const result = await act();
    console.log(`${proved(result)}  (${((Date.now() - started) / 1000).toFixed(1)} s)`);
    return result;
  } catch (error) {
    console.log("failed");
    throw error;
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
