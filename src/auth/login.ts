import { AIHubError, isAIHubError } from "../common/errors";
import { soon } from "../common/soon";
import type { Flow, FlowKind, Provider, TokenReply } from "../providers/provider";
import { profileId, profileIdOfKey, providerOf, type ProfileId } from "../store/profileId";
import { chooseProfile, connect, nameForUnknown } from "./chooseProfile";
import { credentialOfSignIn } from "./credential";
import type { Attempt } from "./flows/attempt";
import { chosenFirst } from "./flows/chosenFirst";
import { signInByDeviceCode } from "./flows/deviceFlow";
import { atEnterprise } from "./flows/enterpriseDomain";
import { signInByLoopback, signInByPaste } from "./flows/redirectFlow";
import { flowName, selectFlows } from "./flows/selectFlows";
import { acknowledgeNotice } from "./notice";
import { profileById, type Profile } from "./profiles";
import { inTurn } from "./signInTurn";
import type { SignInRequest } from "./signInRequest";

/** How long the editor is waited for when it tells where the person is, in ms. */
const environmentLimit = 5_000;

export interface LoginOptions extends SignInRequest {
  /** The only way to sign in that is tried. */
  flow?: FlowKind;
  /** The way that is tried first, where the provider has it. */
  preferredFlow?: FlowKind;
  /** The domain of an enterprise, for a provider that can be on one. */
  domain?: string;
}

/**
 * Signs in, by the first of the provider's ways that works from here, and stores the credential. When somebody else
 * on this machine is signing in to the provider, that is waited for and its result taken over.
 *
 * @returns the profile that is connected now, or the API-key profile that the person chose instead.
 * @throws AIHubError `invalid_profile_name`, `profile_of_other_provider`, `store_not_writable`, `cancelled`, `login_timed_out`, `access_denied`, `flow_not_available`, … ; nothing is stored then.
 */
export async function login(asked: LoginOptions): Promise<Profile> {
  const options = { ...asked, profile: await wantedProfile(asked) };
  const flows = await waysToSignIn(options);
  return (await acknowledgeNotice(options)) ?? inTurn(options, () => loginByFirst(flows, options));
}

/** The profile as the store knows it. `oauth.json` calls the default one by its provider alone, and so may those who ask. */
async function wantedProfile({ provider, store, profile }: LoginOptions): Promise<ProfileId | undefined> {
  if (profile === undefined) return undefined;
  const wanted = profileIdOfKey(profile);
  if (providerOf(wanted) !== provider.id) throw new AIHubError("profile_of_other_provider", { profile, provider: provider.name });
  const { credentials, index } = await store.read();
  const exists = wanted in credentials || wanted in index.profiles;
  return exists ? wanted : profileId(provider.id, wanted.slice(provider.id.length + 1));
}

/** @throws AIHubError `flow_not_available`, `domain_not_taken` */
async function waysToSignIn(options: LoginOptions): Promise<Flow[]> {
  const { provider, ui, signal, flow, preferredFlow, domain } = options;
  if (domain !== undefined && !provider.atDomain) throw new AIHubError("domain_not_taken", { provider: provider.name });
  const wish = { only: flow, preferred: preferredFlow, onDomain: (domain ?? (await enterpriseOf(options))) !== undefined };
  // Where the editor does not say it, the ways that need no port of this machine.
  const environment = (await soon(ui.environment(), environmentLimit, signal)) ?? { uiKind: "web" };
  const flows = selectFlows(provider.flows, environment, wish);
  if (flows.length === 0) {
    const known = [...new Set(provider.flows.map(({ kind }) => kind))];
    throw new AIHubError("flow_not_available", { provider: provider.name, reason: flow, known });
  }
  return flows;
}

/** Tries one way after the other; whoever has trouble with one is offered the next, round and round. */
async function loginByFirst(flows: readonly Flow[], options: LoginOptions): Promise<Profile> {
  const { provider, ui, signal } = options;
  const left = [...(await chosenFirst(flows, options))];
  let obstacle = new AIHubError("no_flow", { provider: provider.name });
  for (let flow = left.shift(); flow && !signal.aborted; flow = left.shift()) {
    const leave = new AbortController();
    const next = left[0];
    const anotherWay = next && { label: `Having trouble? Try another way: ${flowName(next)}`, run: () => leave.abort() };
    try {
      const profile = await loginBy(flow, options, { anotherWay, left: leave.signal });
      if (profile) return profile;
    } catch (error) {
      if (leave.signal.aborted && !signal.aborted && isAIHubError(error, "cancelled")) left.push(flow);
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

async function loginBy(flow: Flow, options: LoginOptions, way: Pick<Attempt, "anotherWay" | "left">): Promise<Profile | undefined> {
  const { provider, ui, signal, timeLimit, preferredFlow } = options;
  const attempt: Attempt = { provider, ui, signal, timeLimit, ...way };
  const complete = (reply: TokenReply, sendBack: () => Promise<void>) => storeSignIn(options, reply, sendBack);
  switch (flow.kind) {
    case "loopback":
      return signInByLoopback(flow, { ...attempt, complete }, preferredFlow === "loopback");
    case "paste":
      return signInByPaste(flow, { ...attempt, complete });
    case "device": {
      const signInAt = async (place: Provider) => storeSignIn({ ...options, provider: place }, await signInByDeviceCode(flow, { ...attempt, provider: place }));
      return flow.onDomain ? atEnterprise(attempt, options.domain ?? (await enterpriseOf(options)), signInAt) : signInAt(provider);
    }
  }
}

/** A sign-in again goes to where the account is. */
async function enterpriseOf({ store, profile }: LoginOptions): Promise<string | undefined> {
  return profile && (await store.read()).credentials[profile]?.enterpriseUrl;
}

async function storeSignIn(options: LoginOptions, reply: TokenReply, beforeAsking?: () => Promise<void>): Promise<Profile> {
  const { provider, store, signal, profile } = options;
  const { credential, account } = await credentialOfSignIn(provider, reply, signal);
  const name = await nameForUnknown(account, { ...options, beforeAsking });
  return store.update((draft) => {
    const chosen = chooseProfile(draft, provider, account, profile, name);
    connect(draft, chosen, credential, account.label ?? name, account.organization?.name);
    return profileById(chosen, draft);
  });
}
