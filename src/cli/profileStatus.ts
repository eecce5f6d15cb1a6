import { statusText, type Profile } from "../auth/profiles";

/** A profile's status, and who keeps it where another program does. */
export function profileStatus(profile: Profile): string {
  return [statusText(profile), ...(profile.takenOverFrom === null ? [] : [`kept by the owner of ${profile.takenOverFrom}`])].join(" · ");
}
