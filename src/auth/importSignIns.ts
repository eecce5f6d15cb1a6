import { isAIHubError, type AIHubError } from "../common/errors";
import { plainLine } from "../common/plainLine";
import { findNeighbour, neighbours, type Neighbour, type NeighbourSignIn } from "../providers/neighbours";
import type { CredentialStore, Draft, Snapshot } from "../store/credentialStore";
import { defaultName, profileId, providerOf, type ProfileId } from "../store/profileId";
import { readNeighbourFile } from "./borrowed";
import { connect, isUnknown } from "./chooseProfile";

/** `known`: the same account is signed in here by itself. `taken_over`: this very sign-in is followed already. */
export type FoundState = "new" | "known" | "taken_over";

export interface FoundSignIn extends NeighbourSignIn {
  from: Neighbour;
  file: string;
  label: string;
  state: FoundState;
  /** The profile that it has here. */
  profile?: ProfileId;
}

export interface Found {
  signIns: FoundSignIn[];
  /** Files that are there and cannot be read. */
  problems: AIHubError[];
}

/**
 * Looks for the sign-ins that other programs keep. Nothing is changed, neither here nor there.
 *
 * @param only the id of the one program to look at
 * @throws AIHubError `unknown_neighbour`
 */
export async function findSignIns(snapshot: Snapshot, aihubHome: string, only?: string): Promise<Found> {
  const found: Found = { signIns: [], problems: [] };
  for (const neighbour of only === undefined ? neighbours : [findNeighbour(only)]) {
    const seen = new Set<string>();
    for (const file of await neighbour.files(aihubHome)) {
      try {
        const signIns = (await readNeighbourFile(file)).filter(({ provider }) => neighbour.isFileAnAccount || !seen.has(provider.id));
        for (const { provider } of signIns) seen.add(provider.id);
        found.signIns.push(...signIns.map((signIn) => describe(neighbour, file, signIn, snapshot)));
      } catch (error) {
        if (!isAIHubError(error, "neighbour_unreadable")) throw error;
        found.problems.push(error);
      }
    }
  }
  return found;
}

/**
 * Takes sign-ins of other programs over, all or none. Where refresh tokens rotate, that program stays the owner: we follow
 * what it renews and never renew ourselves, because two owners would log each other out. Nothing that is here is replaced.
 *
 * @returns those that are here now, each with its new profile; without those whose account was here by now.
 */
export async function takeOver(store: CredentialStore, signIns: readonly FoundSignIn[]): Promise<(FoundSignIn & { profile: ProfileId })[]> {
  if (signIns.length === 0) return [];
  return store.update((draft) =>
    signIns.flatMap((signIn) => {
      const { from, file, provider, credential, label } = signIn;
      if (stateOf(signIn, file, draft).state !== "new") return [];
      const profile = freeProfile(draft, provider.id, from.id);
      const rotates = provider.exchange === undefined;
      connect(draft, profile, rotates ? { ...credential, borrowedFrom: file } : credential, label);
      return [{ ...signIn, profile }];
    }),
  );
}

function describe(from: Neighbour, file: string, signIn: NeighbourSignIn, snapshot: Snapshot): FoundSignIn {
  const { provider, credential } = signIn;
  return { ...signIn, from, file, label: plainLine(credential.email ?? `${provider.name} (from ${from.name})`), ...stateOf(signIn, file, snapshot) };
}

function stateOf({ provider, credential }: NeighbourSignIn, file: string, { credentials }: Snapshot): Pick<FoundSignIn, "state" | "profile"> {
  const ours = Object.entries(credentials).filter(([id]) => providerOf(id) === provider.id);
  const followed = ours.find(([, each]) => each.borrowedFrom === file);
  if (followed) return { state: "taken_over", profile: followed[0] };
  const { refresh, email, accountId } = credential;
  const known = ours.find(([, each]) => each.refresh === refresh || (email !== undefined && each.email === email) || (email === undefined && accountId !== undefined && each.accountId === accountId));
  return known ? { state: "known", profile: known[0] } : { state: "new" };
}

function freeProfile(draft: Draft, provider: string, name: string): ProfileId {
  for (let number = 0; ; number++) {
    const id = profileId(provider, number === 0 ? defaultName : number === 1 ? name : `${name}-${number}`);
    if (!draft.credentials[id] && !draft.index.profiles[id] && !isUnknown(draft, id)) return id;
  }
}
