import { AIHubError } from "../common/errors";

/** `<provider>:<name>`, for example `anthropic:default`. */
export type ProfileId = string;

export const defaultName = "default";

/** @throws AIHubError `invalid_profile_name` */
export function profileId(provider: string, name: string): ProfileId {
  checkProfileName(name);
  return `${provider}:${name}`;
}

/** @throws AIHubError `invalid_profile_name` */
export function checkProfileName(name: string): void {
  if (!/^[\p{L}\p{N}._@+-]{1,100}$/u.test(name)) throw new AIHubError("invalid_profile_name", { profile: name });
}

export function providerOf(id: ProfileId): string {
  const colon = id.indexOf(":");
  return colon < 0 ? id : id.slice(0, colon);
}

/** The key in `oauth.json`: the provider's id for its default profile, the profile's id for any other. */
export function credentialKey(id: ProfileId): string {
  const provider = providerOf(id);
  return id === `${provider}:${defaultName}` ? provider : id;
}

export function profileIdOfKey(key: string): ProfileId {
  return key.includes(":") ? key : `${key}:${defaultName}`;
}
