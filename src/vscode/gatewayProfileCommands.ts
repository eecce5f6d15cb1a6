import * as vscode from "vscode";
import { profileById } from "../auth/profiles";
import { AIHubError } from "../common/errors";
import { agentName, agentProvider, type Agent } from "../gateway/agent";
import { aliasesFor, aliasOf, needsAlias } from "../gateway/alias";
import { readAgents } from "../gateway/config";
import { goneAgents, leaveGatewayProfile, useGatewayProfile as use } from "../gateway/gatewayProfile";
import { isSwitchedOff, profileInUse } from "../gateway/mirrorPlan";
import { modelsFile } from "../gateway/paths";
import { chooseAgent } from "./agentPicker";
import { gatewayOf } from "./gatewayConnection";
import { checkSaved } from "./openDocuments";
import type { Services } from "./services";

/** “AIHub: Use Profile on Gateway” */
export async function useGatewayProfile(services: Services, named?: unknown): Promise<void> {
  const snapshot = await services.store.read();
  if (isSwitchedOff(snapshot)) throw new AIHubError("gateway_copy_off");
  // One that has a profile already may have got another model since.
  const agent = await chooseAgent(services, "AIHub: Use Profile on Gateway", named, (each) => needsAlias(each, snapshot) || aliasOf(each, snapshot) !== undefined);
  if (!agent) return;
  await checkSaved(agent.file, modelsFile(services.home));
  const name = await use(services.home, services.store, agent.id);
  const profile = (await services.store.read()).index.mirror?.aliases?.[name]?.profile;
  void vscode.window.showInformationMessage(
    `On the gateway, ${agentName(agent)} now runs on ${profile}: as the provider ${name} of models.json, with a key that AIHub keeps fresh. “AIHub: Undo Gateway Profile” takes it back.`,
  );
}

/** “AIHub: Undo Gateway Profile” */
export async function undoGatewayProfile(services: Services, named?: unknown): Promise<void> {
  const snapshot = await services.store.read();
  const gone = (await goneAgents(services.home, snapshot)).map(({ id, profile }): Agent => ({ id, name: `${id} (gone)`, auth: { profileId: profile }, file: "", path: [] }));
  const agent = await chooseAgent(services, "AIHub: Undo Gateway Profile", named, ({ id }) => aliasesFor(id, snapshot).length > 0, gone);
  if (!agent) return;
  await checkSaved(agent.file, modelsFile(services.home));
  await leaveGatewayProfile(services.home, services.store, agent.id);
  void vscode.window.showInformationMessage(gone.includes(agent) ? `${agent.id} has nothing left on the gateway.` : `${agentName(agent)} is as it was before.`);
}

/** Explains, where a gateway runs, that it would not use the profile that an agent was just given; and what can be done. */
export async function offerGatewayProfile(services: Services, agent: Agent): Promise<void> {
  const snapshot = await services.store.read();
  const inUse = profileInUse(agentProvider(agent) ?? "", snapshot)?.[0];
  if (!inUse || !needsAlias(agent, snapshot) || !(await gatewayOf(services).ready())) return;
  const name = agentName(agent);
  const yes = "Use Profile on Gateway";
  const action = await vscode.window.showInformationMessage(
    `The gateway knows one account of a provider, and would run ${name} on ${profileById(inUse, snapshot).label}. AIHub can give ${agent.auth?.profileId} a provider's name of its own in models.json, and switch ${name} to it.`,
    yes,
  );
  if (action === yes) await useGatewayProfile(services, agent);
}

/**
 * Takes an agent's alias away: what is set anew must not stand beside one.
 *
 * @throws AIHubError `config_unsaved`, and as `leaveGatewayProfile`
 */
export async function endAlias({ home, store }: Services, { file, id }: Agent): Promise<void> {
  if (aliasesFor(id, await store.read()).length === 0) return;
  // A file that the gateway does not read may hold an agent of the same id.
  if ((await readAgents(home)).agents.some((each) => each.id === id && each.file !== file)) return;
  await checkSaved(file, modelsFile(home));
  await leaveGatewayProfile(home, store, id);
}
