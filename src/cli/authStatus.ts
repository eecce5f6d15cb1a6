import { listProfiles, type Profile } from "../auth/profiles";
import { openStore } from "./context";
import { profileStatus } from "./profileStatus";

/** `aihub auth status` */
export async function authStatus({ json }: { json?: boolean }): Promise<void> {
  const profiles = listProfiles(await (await openStore()).read());
  if (json) {
    const shown = profiles.map(({ id, provider, type, label, status, expires }) => ({ id, provider, type, label, status, expires }));
    console.log(JSON.stringify({ profiles: shown }, null, 2));
    return;
  }
  if (profiles.length === 0) {
    console.log("No providers authenticated. Run 'aihub auth login' to authenticate.");
    return;
  }
  console.log("Authenticated providers:");
  for (const profile of profiles) console.log(line(profile));
}

function line(profile: Profile): string {
  const { id, provider, type, label, expires } = profile;
  const name = id === `${provider}:default` ? provider : id;
  const until = expires === null ? "" : ` expires: ${new Date(expires).toISOString()}`;
  return `  - ${name} (${type})${until} · ${label} · ${profileStatus(profile)}`;
}
