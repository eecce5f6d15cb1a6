import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface Stored {
  type: "oauth";
  access: string;
  refresh: string;
  expires: number;
  [key: string]: unknown;
}

export const oauthFile = (aihubHome: string) => join(aihubHome, "credentials", "oauth.json");

export async function storedCredentials(aihubHome: string): Promise<Record<string, Stored>> {
  return JSON.parse(await readFile(oauthFile(aihubHome), "utf8")) as Record<string, Stored>;
}

/** Makes a stored credential due, as after hours of no use: `left` is what remains of it, in ms. */
export async function expireStored(aihubHome: string, key: string, left = -10 * 60_000): Promise<void> {
  const all = await storedCredentials(aihubHome);
  all[key]!.expires = Date.now() + left;
  await writeFile(oauthFile(aihubHome), JSON.stringify(all), { mode: 0o600 });
}

/** The index of profiles, which has no tokens. Empty where there is none yet. */
export async function storedIndex(aihubHome: string): Promise<{ profiles?: Record<string, { label?: string }>; signingIn?: Record<string, { pid?: number; connected?: string }>; notices?: object }> {
  const text = await readFile(join(aihubHome, "agent", "auth-profiles.json"), "utf8").catch(() => "{}");
  return JSON.parse(text) as object;
}

/** The providers to which a sign-in is recorded as under way. */
export async function signInsUnderWay(aihubHome: string): Promise<string[]> {
  const { signingIn = {} } = await storedIndex(aihubHome);
  return Object.keys(signingIn).filter((provider) => signingIn[provider]?.connected === undefined);
}
