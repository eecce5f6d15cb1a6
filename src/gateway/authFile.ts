import { setTimeout as pause } from "node:timers/promises";
import { AIHubError, isAIHubError } from "../common/errors";
import { isRecord } from "../common/record";
import { withLock, type LockOptions } from "../store/lock";
import { readSecretFile, replaceSecretFile } from "../store/secretFile";
import { gatewayAuthFile } from "./paths";

/** The gateway's credentials by the name that it knows each by, in Pi's shape. */
export type AuthEntries = Readonly<Record<string, unknown>>;

/**
 * The gateway holds its lock across a whole refresh and renews it every 15 s only, as Pi's `AuthStorage` does, so a lock
 * counts as a dead process's after 30 s; we wait a little longer than that.
 */
const authFileLock: LockOptions = { patience: 40_000, stale: 30_000 };

/** Long enough for the gateway, which writes in place, to finish, in ms. */
const halfWrittenTime = 20;

/** @throws AIHubError `store_invalid` for a file that is broken, `store_not_secure` */
export async function readAuthFile(home: string): Promise<AuthEntries> {
  try {
    return await readOnce(home);
  } catch (error) {
    if (!isAIHubError(error, "store_invalid")) throw error;
    await pause(halfWrittenTime);
    return readOnce(home);
  }
}

/**
 * Changes the gateway's credentials under its own lock. The gateway's runs wait for that no longer than about 180 ms, and
 * then fail: `change` must take milliseconds. What it does not name stays as it is.
 *
 * @param change `undefined` when there is nothing to write after all
 * @throws AIHubError `store_invalid` (a broken file is never written over), `store_not_secure`, `store_busy`, `store_not_writable`
 */
export async function changeAuthFile(home: string, change: (entries: AuthEntries) => Promise<AuthEntries | undefined>): Promise<void> {
  const file = gatewayAuthFile(home);
  await withLock(file, authFileLock, async (ensureHeld) => {
    const next = await change(await readOnce(home));
    // It is a copy: what it was made of is safe on the disk already, and the lock must not wait for the disk.
    if (next) await replaceSecretFile(file, JSON.stringify(next, null, 2), { fsync: false, ensureHeld });
  });
}

async function readOnce(home: string): Promise<AuthEntries> {
  const file = gatewayAuthFile(home);
  const text = await readSecretFile(file);
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Falls through: the parser's own message quotes the text around the fault, which may be a token.
  }
  throw new AIHubError("store_invalid", { file, reason: "it is not valid JSON" });
}
