import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { until } from "../host/parts/waiting";
import type { Stage } from "./stage";

/** One provider's part in the journey: who signs in, and which agent runs on it. */
export interface Traveller {
  provider: string;
  /** As VS Code's menus and the list of providers name it. */
  label: string;
  name: string;
  account: string;
  agent: { id: string; name: string; model: string };
  payer: string;
}

export const anthropic: Traveller = {
  provider: "anthropic",
  label: "Anthropic (Claude Pro/Max)",
  name: "Anthropic",
  account: "ada@example.com",
  agent: { id: "pilot", name: "Pilot", model: "claude-sonnet-4-5" },
  payer: "your Claude subscription",
};

export const openai: Traveller = {
  provider: "openai-codex",
  label: "OpenAI (ChatGPT Plus/Pro)",
  name: "OpenAI",
  account: "grace@example.com",
  agent: { id: "coder", name: "Coder", model: "gpt-5.4" },
  payer: "your ChatGPT subscription",
};

export const copilot: Traveller = {
  provider: "github-copilot",
  label: "GitHub Copilot",
  name: "GitHub Copilot",
  account: "linus-example",
  agent: { id: "helper", name: "Helper", model: "gpt-4o" },
  payer: "your GitHub Copilot plan",
};

export const travellers: readonly Traveller[] = [anthropic, openai, copilot];

const statusItem = "aihub.status";

/** Starts “AIHub: Login” and gives the page that the editor opens in the browser. */
export async function openSignInPage(stage: Stage, traveller: Traveller, workbench = stage.workbench): Promise<Page> {
  return workbench.dialogs.openExternalAndGetPage(() => startSignIn(stage, traveller, workbench));
}

/** Starts “AIHub: Login”, and reads what is to be read before the first sign-in to Anthropic on a machine. */
export async function startSignIn(stage: Stage, { label, provider }: Traveller, workbench = stage.workbench): Promise<void> {
  const isFirst = provider === "anthropic" && !(await hasReadNotice(stage));
  await workbench.runCommand("AIHub: Login");
  await workbench.quickInput.pick(label);
  if (isFirst) await readNotice(stage, workbench);
}

/** Reads what is to be read before the first sign-in to Anthropic, and goes on. */
export async function readNotice(stage: Stage, workbench = stage.workbench): Promise<void> {
  await workbench.quickInput.waitFor("may refuse the use of a subscription");
  await stage.picture("notice", workbench.page);
  await workbench.quickInput.pick("Sign in with the subscription");
}

async function hasReadNotice({ home }: Stage): Promise<boolean> {
  const index = await readFile(join(home.aihub, "agent", "auth-profiles.json"), "utf8").catch(() => "{}");
  return "anthropic" in ((JSON.parse(index) as { notices?: object }).notices ?? {});
}

/** Signs in with “AIHub: Login”: by the browser's redirect, or with a device code for GitHub. */
export async function signIn(stage: Stage, traveller: Traveller): Promise<void> {
  if (traveller.provider === "github-copilot") await signInByDeviceCode(stage, traveller);
  else await signInByRedirect(stage, traveller);
  await stage.workbench.notifications.waitFor(`Signed in to ${traveller.name} as ${traveller.account}.`);
}

async function signInByRedirect(stage: Stage, traveller: Traveller): Promise<void> {
  const page = await openSignInPage(stage, traveller);
  await page.locator("#authorize").waitFor();
  assert.match(await page.innerText("body"), new RegExp(traveller.account));
  await stage.picture(`${traveller.provider}-1-editor-waits`);
  await stage.picture(`${traveller.provider}-2-consent`, page);
  await page.click("#authorize");
  await page.getByRole("heading", { name: `Signed in to ${traveller.name}` }).waitFor();
  await stage.picture(`${traveller.provider}-3-redirected`, page);
  assert.equal(new URL(page.url()).hostname, "localhost");
  await page.close();
}

export async function signInByDeviceCode(stage: Stage, traveller: Traveller): Promise<void> {
  await startSignIn(stage, traveller);
  await enterDeviceCode(stage, traveller);
}

/** Enters the code that the editor shows on the vendor's page. */
export async function enterDeviceCode(stage: Stage, traveller: Traveller): Promise<void> {
  const { quickInput, dialogs } = stage.workbench;
  await quickInput.waitFor("Enter this code at");
  const [item] = await quickInput.items();
  await stage.picture(`${traveller.provider}-1-device-code`);
  const page = await dialogs.openExternalAndGetPage(() => quickInput.pick(item?.label ?? ""));
  // A page that came without TLS under a name has no clipboard to read.
  if (await stage.workbench.page.evaluate("isSecureContext")) assert.equal(await stage.workbench.clipboardText(), item?.label);
  await page.bringToFront();
  await page.fill("#user_code", item?.label ?? "");
  await page.click("#continue");
  await page.click("#authorize");
  await page.getByText("Your device is now connected.").waitFor();
  await page.close();
}

/** The tokens and the profile are on disk, for their owner alone. */
export async function checkDisk({ home }: Stage, { provider, account }: Traveller): Promise<void> {
  const file = join(home.aihub, "credentials", "oauth.json");
  const stored = JSON.parse(await readFile(file, "utf8")) as Record<string, Record<string, unknown>>;
  assert.equal(stored[provider]?.type, "oauth");
  assert.equal(stored[provider]?.email, account);
  assert.ok(Number(stored[provider]?.expires) > Date.now());
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const index = JSON.parse(await readFile(join(home.aihub, "agent", "auth-profiles.json"), "utf8")) as { profiles: Record<string, unknown> };
  assert.deepEqual(index.profiles[`${provider}:default`], { provider, type: "oauth", label: account });
}

/** The account stands in the Accounts menu, with a way out. */
export async function checkAccountsMenu({ workbench }: Stage, { label, account }: Traveller): Promise<void> {
  const entry = await until(workbench.page, `${account} in the Accounts menu`, async () =>
    (await workbench.accountsMenu.entries()).find((each) => each.label.startsWith(account)),
  );
  assert.equal(entry.label, `${account} (${label})`);
  assert.ok(entry.children.includes("Sign Out"), entry.children.join(", "));
}

/** The status bar says when the next renewal is; its tooltip says it for this account. */
export async function checkStatusBar(stage: Stage, { provider, name, account }: Traveller): Promise<string> {
  const { workbench } = stage;
  const text = await workbench.statusBar.waitForText(statusItem, /AIHub: renews in \d+ (min|h|days)/);
  const tooltip = (await workbench.statusBar.tooltip(statusItem)).replace(/\s+/g, " ");
  await stage.picture(`${provider}-4-status-bar`);
  assert.match(tooltip, new RegExp(`${name} · ${account} · Connected, renews (at|on) `));
  return text;
}

/** Sets an agent's auth to the sign-in, and finds it in the person's file. */
export async function setAgentAuth({ workbench }: Stage, { agent, account, provider }: Traveller, configFile: string): Promise<void> {
  const { quickInput } = workbench;
  await workbench.runCommand("AIHub: Set Agent Auth");
  await quickInput.pick(agent.name);
  await quickInput.pick("Sign-in");
  await quickInput.pick(account);
  await workbench.notifications.waitFor(`${agent.name} now uses ${provider}:default.`);
  const { agents } = JSON.parse(await readFile(configFile, "utf8")) as { agents: { id: string; auth?: unknown }[] };
  assert.deepEqual(agents.find(({ id }) => id === agent.id)?.auth, { mode: "oauth", profileId: `${provider}:default` });
}

/** Pi's interface is drawn with this line, and takes keys from then on: before, Enter would be part of the text. */
export const takesKeys = /escape interrupt/;

/** Launches the agent, asks it something that needs a tool, and finds whose token the vendor received. */
export async function runAgent(stage: Stage, { agent, account, provider, payer }: Traveller): Promise<void> {
  const { workbench, sandbox } = stage;
  const before = sandbox.requests().length;
  await workbench.runCommand("AIHub: Launch Agent in Terminal");
  await workbench.quickInput.pick(agent.name);
  await workbench.terminals.waitForText(`${agent.name} · ${provider}/${agent.model} · ${account} · paid by ${payer}`, { name: agent.name });
  await workbench.terminals.waitForText(takesKeys, { name: agent.name });
  await workbench.terminals.type("Hello from the terminal\n");
  await workbench.terminals.waitForText(`Hello from ${agent.model}, ${account}.`, { name: agent.name });
  await workbench.terminals.type("please tool:echo tool-ran-here\n");
  await workbench.terminals.waitForText("The tool said: tool-ran-here", { name: agent.name });
  await stage.picture(`${provider}-5-agent`);
  const asked = sandbox.requests().slice(before).filter(({ model }) => model !== undefined);
  assert.deepEqual(asked.map((request) => [request.account, request.status]), Array.from({ length: 3 }, () => [account, 200]));
}
