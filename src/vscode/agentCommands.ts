import * as vscode from "vscode";
import { profilesOf, type Profile } from "../auth/profiles";
import type { AuthMode } from "../auth/resolve";
import { agentProvider, type Agent, type AgentAuth } from "../gateway/agent";
import { checkAgentAuth, setAgentAuth as writeAgentAuth } from "../gateway/agentAuth";
import { findProvider } from "../providers/registry";
import { openAgentTerminal } from "./agentTerminal";
import { login } from "./accountCommands";
import { pickAgent } from "./agentPicker";
import { profileItem } from "./pickers";
import type { Services } from "./services";

interface ModeItem extends vscode.QuickPickItem {
  mode: AuthMode | undefined;
}

const modes: readonly ModeItem[] = [
  { label: "Sign-in", description: "oauth", detail: "Uses a sign-in of yours. Paid by that subscription, never by an API key.", mode: "oauth" },
  { label: "API key", description: "api_key", detail: "Uses an API key. Billed by use, never a subscription.", mode: "api_key" },
  { label: "Proxy", description: "proxy", detail: "Sends requests to model.base_url. Paid by whoever runs the proxy.", mode: "proxy" },
  { label: "Not set", detail: "A profile if one is named; else token variable, sign-in, API-key variable, in this order.", mode: undefined },
];

/** “AIHub: Set Agent Auth” */
export async function setAgentAuth(services: Services): Promise<void> {
  const agent = await pickAgent(services, "AIHub: Set Agent Auth");
  if (!agent) return;
  const title = `AIHub: Auth of ${agent.name ?? agent.id}`;
  const chosen = await vscode.window.showQuickPick(modes, { title, placeHolder: "How does it authenticate?", matchOnDescription: true });
  if (!chosen) return;
  const auth: AgentAuth = { mode: chosen.mode };
  if (chosen.mode === "oauth" || chosen.mode === "api_key") {
    const profile = await pickAgentProfile(services, agent, chosen.mode, title);
    if (profile === undefined) return;
    if (profile !== anyProfile) auth.profileId = profile.id;
  }
  checkAgentAuth(agent, auth, await services.store.read());
  await writeAgentAuth(services.home, agent.id, auth);
  services.log.info(`Set auth of agent ${agent.id}: ${auth.mode ?? "not set"} ${auth.profileId ?? ""}`);
  void vscode.window.showInformationMessage(`${agent.name ?? agent.id} now uses ${auth.profileId ?? chosen.label}.`);
}

/** “AIHub: Launch Agent in Terminal” */
export async function launchAgent(services: Services): Promise<void> {
  const agent = await pickAgent(services, "AIHub: Launch Agent in Terminal");
  if (agent) openAgentTerminal(services, agent);
}

const anyProfile = Symbol("whichever comes first");

/** A profile that fits, a new sign-in, or none in particular. `undefined` when the person picked nothing. */
async function pickAgentProfile(services: Services, agent: Agent, mode: "oauth" | "api_key", title: string): Promise<Profile | typeof anyProfile | undefined> {
  const providerId = agentProvider(agent) ?? "";
  const provider = findProvider(providerId);
  const fitting = profilesOf(providerId, await services.store.read()).filter(({ type }) => type === mode);
  const first = { label: mode === "oauth" ? "Whichever account comes first" : "The provider's environment variable", profile: anyProfile } as const;
  const another = { label: `$(add) Sign in to ${provider?.name ?? providerId}…`, profile: undefined };
  const items = [...fitting.map((profile) => profileItem(profile)), first, ...(mode === "oauth" && provider ? [another] : [])];
  const picked = await vscode.window.showQuickPick<vscode.QuickPickItem & { profile: Profile | typeof anyProfile | undefined }>(items, {
    title,
    placeHolder: "Account",
  });
  if (!picked) return undefined;
  return picked.profile ?? login(services, provider);
}
