import { homedir } from "node:os";
import { basename, sep } from "node:path";
import * as vscode from "vscode";
import { profilesOf } from "../auth/profiles";
import { AIHubError, isAIHubError, messageOf } from "../common/errors";
import type { Agent, AgentAuth } from "../gateway/agent";
import { locateAgents } from "../gateway/agentLocations";
import { readAgents } from "../gateway/config";
import { configFile } from "../gateway/paths";
import { checkAgentId, createAgent as writeAgent } from "../gateway/createAgent";
import { suggestedModels } from "../providers/models";
import { environmentVariables, findProvider, keyOnlyProviders, providers } from "../providers/registry";
import type { Snapshot } from "../store/credentialStore";
import { openAgentTerminal } from "./agentTerminal";
import { anyProfile, pickAgentProfile } from "./authPickers";
import { checkSaved } from "./openDocuments";
import type { Services } from "./services";
import { agentName } from "../gateway/agent";

const title = "AIHub: Create Agent";

/** “AIHub: Create Agent”: the questions, the file, and what one does next. */
export async function createAgent(services: Services): Promise<void> {
  const { home } = services;
  const config = configFile(home);
  await checkSaved(config);
  const taken = await takenIds(home);

  const name = await ask("Its name", "Pilot", (text) => (text.trim() === "" ? "Give it a name." : undefined));
  if (!name) return;
  const id = await ask("Its id: names its folder, and is what commands take", "pilot", (text) => problemOfId(text, taken, config), suggestedId(name, taken));
  if (!id) return;
  const provider = await pickModelProvider(await services.store.read());
  if (!provider) return;
  const auth = await pickAuth(services, provider);
  if (!auth) return;
  const model = await pickModel(provider);
  if (!model) return;
  const workspace = await pickWorkspace();
  if (!workspace) return;

  const agent = await writeAgent(home, { id, name, workspace, model: { provider, model }, auth });
  services.log.info(`Created agent ${agent.id} in ${agent.file}`);
  await show(agent);
  const launch = "Launch";
  const action = await vscode.window.showInformationMessage(`Created ${agentName(agent)} in ${basename(agent.file)}.`, launch);
  if (action === launch) await openAgentTerminal(services, agent);
}

async function takenIds(home: string): Promise<string[]> {
  try {
    const { agents, problems } = await readAgents(home);
    return [...agents.map(({ id }) => id), ...problems.flatMap(({ ids }) => ids)];
  } catch (error) {
    // The first agent is made with its config.
    if (isAIHubError(error, "config_missing")) return [];
    throw error;
  }
}

async function ask(prompt: string, placeHolder: string, problemOf: (text: string) => string | undefined, value = ""): Promise<string | undefined> {
  const answer = await vscode.window.showInputBox({ title, prompt, placeHolder, value, ignoreFocusOut: true, validateInput: problemOf });
  return answer?.trim();
}

function problemOfId(text: string, taken: readonly string[], file: string): string | undefined {
  const id = text.trim();
  if (taken.includes(id)) return new AIHubError("agent_exists", { agent: id, file }).message;
  try {
    checkAgentId(id);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** The name in the letters of an id, with a number where it is taken. */
function suggestedId(name: string, taken: readonly string[]): string {
  const plain = name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "agent";
  let id = plain;
  for (let number = 2; taken.includes(id); number++) id = `${plain}-${number}`;
  return id;
}

/** @returns the provider's id */
async function pickModelProvider(snapshot: Snapshot): Promise<string | undefined> {
  const signIns = providers.map(({ id, label }) => {
    const accounts = profilesOf(id, snapshot).filter(({ type, status }) => type === "oauth" && status !== "not-connected");
    return { label, description: accounts.length > 0 ? accounts.map((account) => account.label).join(", ") : "not signed in yet", id };
  });
  const keys = keyOnlyProviders.map((id) => ({ label: id, description: `API key in ${environmentVariables(id).key.join(" or ")}`, id }));
  const heading = { label: "With an API key", kind: vscode.QuickPickItemKind.Separator, id: "" };
  const picked = await vscode.window.showQuickPick([...signIns, heading, ...keys], { title, placeHolder: "Whose models does it use?", ignoreFocusOut: true });
  return picked?.id;
}

/** A provider with a sign-in is asked which account; another takes an API key. */
async function pickAuth(services: Services, provider: string): Promise<AgentAuth | undefined> {
  if (!findProvider(provider)) return { mode: "api_key" };
  const profile = await pickAgentProfile(services, { model: { provider } }, ["oauth"], title);
  if (!profile) return undefined;
  return profile === anyProfile ? { mode: "oauth" } : { mode: "oauth", profileId: profile.id };
}

async function pickModel(provider: string): Promise<string | undefined> {
  const other = { label: "$(edit) Other…", model: undefined };
  const items = [...suggestedModels(provider).map((model) => ({ label: model, model })), other];
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: "Model", ignoreFocusOut: true });
  if (!picked) return undefined;
  return picked.model ?? ask("The model, as its provider names it", "", (text) => (text.trim() === "" ? "Name a model." : undefined));
}

async function pickWorkspace(): Promise<string | undefined> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
  const other = { label: "$(folder-opened) Another folder…", folder: undefined };
  const items = [...folders.map(({ name, uri }) => ({ label: name, description: uri.fsPath, folder: uri.fsPath })), other];
  const picked = folders.length === 0 ? other : await vscode.window.showQuickPick(items, { title, placeHolder: "The folder it works in", ignoreFocusOut: true });
  if (!picked) return undefined;
  const folder = picked.folder ?? (await vscode.window.showOpenDialog({ title: "The folder it works in", canSelectFolders: true, canSelectFiles: false }))?.[0]?.fsPath;
  return folder && withTilde(folder);
}

/** A config that is shared between machines finds the folder under each one's home. */
function withTilde(folder: string): string {
  const home = homedir();
  return folder.startsWith(home + sep) ? `~${folder.slice(home.length)}` : folder;
}

/** Opens the file at the new agent. */
async function show(agent: Agent): Promise<void> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(agent.file));
  const place = locateAgents(agent.file, document.getText()).find((each) => each.agent.id === agent.id);
  const position = document.positionAt(place?.offset ?? 0);
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(position, position) });
}
