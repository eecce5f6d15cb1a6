import { orderProfiles } from "../auth/orderProfiles";
import { listProfiles } from "../auth/profiles";
import { providerById } from "../providers/registry";
import { openStore } from "./context";
import { profileStatus } from "./profileStatus";

/** `aihub auth profiles`: every profile, in the order in which its provider's agents take them. */
export async function authProfiles({ json }: { json?: boolean }): Promise<void> {
  const snapshot = await (await openStore()).read();
  const profiles = listProfiles(snapshot);
  if (json) {
    console.log(JSON.stringify({ profiles, order: snapshot.index.order ?? {} }, null, 2));
    return;
  }
  if (profiles.length === 0) console.log("There are no profiles. Run 'aihub auth login' to make one.");
  for (const profile of profiles) console.log([profile.id, profile.type, profile.label, profileStatus(profile)].join(" · "));
}

/** `aihub auth profiles order <provider> <profile…>`: `work`, or the whole id `anthropic:work`. */
export async function authProfilesOrder(provider: string, names: string[]): Promise<void> {
  const { id } = providerById(provider);
  const order = names.map((name) => (name.includes(":") ? name : `${id}:${name}`));
  const profiles = await orderProfiles(await openStore(), id, order);
  for (const profile of profiles) console.log(profile);
}
