import { AIHubError, isAIHubError } from "../common/errors";
import type { Flow, FlowKind, Provider, TokenReply } from "../providers/provider";
import type { CredentialStore } from "../store/credentialStore";
import type { ProfileId } from "../store/profileId";
import { chooseProfile, connect, nameForUnknown } from "./chooseProfile";
import { credentialOfSignIn } from "./credential";
import { signInByDeviceCode } from "./flows/deviceFlow";
import { atEnterprise } from "./flows/enterpriseDomain";
import { signInByLoopback, signInByPaste } from "./flows/redirectFlow";
import { flowName, selectFlows } from "./flows/selectFlows";
import type { Action, LoginUi } from "./loginUi";
import { acknowledgeNotice } from "./notice";
import { profileById, type Profile } from "./profiles";
import { takeTurn } from "./signInTurn";

export interface LoginOptions {
  provider: Provider;
  store: CredentialStore;
  ui: LoginUi;
  signal: AbortSignal;
  /** Sign in on this profile, unless it turns out to be another account's. Without it, the account chooses. */
  profile?: ProfileId;
  /** The only way to sign in that is tried. */
  flow?: FlowKind;
  /** The way that is tried first, where the provider has it. */
  preferredFlow?: FlowKind;
  /** The domain of an enterprise, for a provider that can be on one. */
  domain?: string;
  /** How long the person has for each way, in ms: 5 minutes, and 15 for a device code. */
  timeLimit?: number;
}

/**
 * Signs in, by the first of the provider's ways that works from here, and stores the credential. When somebody else
 * on this machine is signing in to the provider, that is waited for and its result taken over.
 *
 * @returns the profile that is connected now, or the API-key profile that the person chose instead.
 * @throws AIHubError `store_not_writable`, `cancelled`, `login_timed_out`, `access_denied`, `flow_not_available`, … ; nothing is stored then.
 */
export async function login(options: LoginOptions): Promise<Profile> {
  const { provider, store, ui, signal } = options;
  const flows = await waysToSignIn(options);
  const instead = await acknowledgeNotice(provider, store, ui, signal);
  if (instead) return instead;
  const turn = await takeTurn(provider, store, ui, signal, options.profile);
  if (!("end" in turn)) return turn;
  try {
    return await loginByFirst(flows, options);
  } finally {
    await turn.end();
  }
}

/** @throws AIHubError `flow_not_available`, `domain_not_taken` */
async function waysToSignIn(options: LoginOptions): Promise<Flow[]> {
  const { provider, ui, flow, preferredFlow, domain } = options;
  if (domain !== undefined && !provider.atDomain) throw new AIHubError("domain_not_taken", { provider: provider.name });
  const wish = { only: flow, preferred: preferredFlow, onDomain: (domain ?? (await enterpriseOf(options))) !== undefined };
  const flows = selectFlows(provider.flows, await ui.environment(), wish);
  if (flows.length === 0) {
    const known = [...new Set(provider.flows.map(({ kind }) => kind))];
    throw new AIHubError("flow_not_available", { provider: provider.name, reason: flow, known });
  }
  return flows;
}

/** Tries one way after the other; whoever has trouble with one is offered the next, round and round. */
async function loginByFirst(flows: readonly Flow[], options: LoginOptions): Promise<Profile> {
  const { provider, ui, signal } = options;
  const left = [...flows];
  let obstacle = new AIHubError("no_flow", { provider: provider.name });
  for (let flow = left.shift(); flow && !signal.aborted; flow = left.shift()) {
    const leave = new AbortController();
    const next = left[0];
    const anotherWay = next && { label: `Having trouble? Try another way: ${flowName(next)}`, run: () => leave.abort() };
    try {
      const profile = await loginBy(flow, { ...options, signal: AbortSignal.any([signal, leave.signal]) }, anotherWay);
      if (profile) return profile;
    } catch (error) {
      if (leave.signal.aborted && !signal.aborted) left.push(flow);
      else if (isObstacle(error)) {
        obstacle = error;
        if (next) ui.inform(`${error.message} Going on ${flowName(next)}.`);
      } else throw error;
    }
  }
  if (signal.aborted) throw new AIHubError("cancelled");
  throw obstacle;
}

/** What closes one way only. What the person or the vendor decided ends the sign-in. */
function isObstacle(error: unknown): error is AIHubError {
  return isAIHubError(error, "ports_in_use", "device_code_disabled");
}

async function loginBy(flow: Flow, options: LoginOptions, anotherWay?: Action): Promise<Profile | undefined> {
  const { provider, ui, signal, timeLimit } = options;
  const signIn = { provider, ui, signal, timeLimit, anotherWay, complete: (reply: TokenReply) => storeSignIn(options, reply) };
  switch (flow.kind) {
    case "loopback":
      return signInByLoopback(flow, signIn);
    case "paste":
      return signInByPaste(flow, signIn);
    case "device": {
      const bound = flow.onDomain ? await atEnterprise(provider, options.domain ?? (await enterpriseOf(options)), ui, signal) : provider;
      return storeSignIn({ ...options, provider: bound }, await signInByDeviceCode(flow, { ...signIn, provider: bound }));
    }
  }
}

/** A sign-in again goes to where the account is. */
async function enterpriseOf({ store, profile }: LoginOptions): Promise<string | undefined> {
  return profile && (await store.read()).credentials[profile]?.enterpriseUrl;
}

async function storeSignIn({ provider, store, ui, signal, profile }: LoginOptions, reply: TokenReply): Promise<Profile> {
  const { credential, account } = await credentialOfSignIn(provider, reply, signal);
  const name = account.label === undefined && profile === undefined ? await nameForUnknown(provider, store, ui, signal) : undefined;
  const id = await store.update((draft) => {
    const chosen = chooseProfile(draft, provider, account, profile, name);
    connect(draft, chosen, credential, account.label ?? name);
    return chosen;
  });
  return profileById(id, await store.read());
}
