import type { CredentialStore, Snapshot } from "../store/credentialStore";
import { providerOf, type ProfileId } from "../store/profileId";

/** How long a profile rests after its first, second, … failure in a row, in ms. */
const cooldowns = [1, 5, 25, 60].map((minutes) => minutes * 60_000);

/** A profile that just worked is not written down again within this time, in ms: agents ask often. */
const writeInterval = 60_000;

/**
 * Notes that a model answered: the profile rests no more, and is the provider's last good one. Not so one that the agent
 * names: who pays for the agents that name none is not for another to change.
 */
export async function recordSuccess(store: CredentialStore, profile: ProfileId, { isNamed = false } = {}): Promise<void> {
  const now = Date.now();
  const { usageStats, lastGood } = (await store.read()).index;
  const stats = usageStats?.[profile];
  const isKnown = (isNamed || lastGood?.[providerOf(profile)] === profile) && !stats?.errorCount && now - (stats?.lastUsed ?? 0) < writeInterval;
  if (isKnown) return;
  await store.update(({ index }) => {
    if (!isNamed) index.lastGood = { ...index.lastGood, [providerOf(profile)]: profile };
    index.usageStats = { ...index.usageStats, [profile]: { ...index.usageStats?.[profile], lastUsed: now, errorCount: 0, cooldownUntil: 0 } };
  });
}

/**
 * Notes that the vendor refused the account for now (a limit was reached): others of the provider come first for a
 * while. What is refused while it rests, of the same prompt tried again or of another agent, is the same failure.
 */
export async function recordFailure(store: CredentialStore, profile: ProfileId, now = Date.now()): Promise<void> {
  await store.update((draft) => {
    if (restsUntil(draft, profile, now)) return;
    const { index } = draft;
    const stats = index.usageStats?.[profile];
    const errorCount = (stats?.errorCount ?? 0) + 1;
    const cooldown = cooldowns[Math.min(errorCount, cooldowns.length) - 1] ?? 0;
    index.usageStats = { ...index.usageStats, [profile]: { ...stats, lastUsed: now, errorCount, cooldownUntil: now + cooldown } };
  });
}

/** Until when a profile rests (ms since the epoch); 0 when it does not. */
export function restsUntil({ index }: Pick<Snapshot, "index">, profile: ProfileId, now = Date.now()): number {
  const until = index.usageStats?.[profile]?.cooldownUntil ?? 0;
  // What is far in the future was written by a clock that was wrong.
  return until > now && until <= now + (cooldowns.at(-1) ?? 0) ? until : 0;
}
