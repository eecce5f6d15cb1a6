import { dereference } from "../common/environmentReference";
import { AIHubError } from "../common/errors";
import type { Logger } from "../common/logger";
import { environmentVariables, findProvider, noSignIn, providerName } from "../providers/registry";
import type { CredentialStore } from "../store/credentialStore";
import type { ProfileId } from "../store/profileId";
import { firstProfile } from "./firstProfile";
import { profileById, type Profile } from "./profiles";
import { freshCredential } from "./refresh";

export type AuthMode = "oauth" | "api_key" | "proxy";

/** The part of an agent's configuration that says how it authenticates. */
export interface AuthConfig {
  mode?: AuthMode;
  profileId?: ProfileId;
  /** For `proxy`: where requests go, and with what. `$env:NAME` is a reference. */
  baseUrl?: string;
  authToken?: string;
}

/** A key for one request, and where it came from. Ask anew before every request. */
export interface ResolvedKey {
  key: string;
  source: KeySource;
}

export type KeySource =
  | { kind: "profile"; profile: Profile; enterpriseUrl?: string }
  | { kind: "environment"; variable: string; pays: "subscription" | "api_key" }
  | { kind: "proxy"; baseUrl: string };

export interface ResolveOptions {
  store: CredentialStore;
  provider: string;
  config?: AuthConfig;
  /** Outranks the one in `config`. */
  profileId?: ProfileId;
  env?: NodeJS.ProcessEnv;
  /** For messages. */
  agent?: string;
  /** A sign-in's token that the vendor refused: it is renewed, not handed out again. */
  refused?: string;
  signal?: AbortSignal;
  logger?: Logger;
}

/**
 * The key for a provider's next request. Fails closed: a mode never falls through to another's keys.
 *
 * @throws AIHubError `not_signed_in`, `no_sign_in`, `sign_in_again`, `no_api_key`, `no_key_at_all`, `no_proxy_token`,
 *   `unknown_profile`, `profile_of_other_provider`, `profile_does_not_fit_mode`, `profile_unreadable`, `unknown_auth_mode`,
 *   `environment_variable_missing`
 */
export async function resolveApiKeyForProvider(options: ResolveOptions): Promise<ResolvedKey> {
  return keyFrom(await chooseKeySource(options), options);
}

/**
 * Where the key of a provider's next request comes from, without asking for it: nothing is renewed, no vendor is called.
 *
 * @throws AIHubError as `resolveApiKeyForProvider`, as far as it can be said without the key itself
 */
export async function chooseKeySource(options: ResolveOptions): Promise<KeySource> {
  const { config = {} } = options;
  const profile = options.profileId ?? config.profileId;
  switch (config.mode ?? (profile ? "oauth" : undefined)) {
    case "oauth":
      return fromSignIn(options, profile);
    case "api_key":
      return fromApiKey(options, profile);
    case "proxy":
      return fromProxy(options, profile);
    case undefined:
      return fromWhatIsThere(options);
    default:
      // What a caller hands on from a file is not always what its type says.
      throw new AIHubError("unknown_auth_mode", { reason: String(config.mode) });
  }
}

/** @throws AIHubError as `resolveApiKeyForProvider` */
export async function resolveApiKeyForProfile(options: Omit<ResolveOptions, "provider" | "config"> & { profileId: ProfileId }): Promise<ResolvedKey> {
  return keyOf(profileById(options.profileId, await options.store.read()), options);
}

async function fromSignIn(options: ResolveOptions, id: ProfileId | undefined): Promise<KeySource> {
  const profile = id ? await fittingProfile(options, id, "oauth") : firstProfile(options.provider, "oauth", await options.store.read());
  if (profile) return { kind: "profile", profile };
  const provider = findProvider(options.provider);
  throw provider ? new AIHubError("not_signed_in", { provider: provider.name, signIn: provider.id }) : noSignIn(options.provider);
}

async function fromApiKey(options: ResolveOptions, id: ProfileId | undefined): Promise<KeySource> {
  const profile = id ? await fittingProfile(options, id, "api_key") : firstProfile(options.provider, "api_key", await options.store.read());
  if (profile) return { kind: "profile", profile };
  const { key } = environmentVariables(options.provider);
  return fromEnvironment(options, key, "api_key") ?? fail("no_api_key", options, key);
}

async function fromProxy(options: ResolveOptions, id: ProfileId | undefined): Promise<KeySource> {
  const { config = {}, agent, env } = options;
  // No profile's key goes to somebody else's server: to name one is to mean another mode.
  if (id) await fittingProfile(options, id, "proxy");
  if (!config.baseUrl) throw new AIHubError("no_proxy_url", { agent });
  // Without a token of its own a proxy must not be sent anybody's: it is somebody else's server.
  if (!config.authToken) throw new AIHubError("no_proxy_token", { agent });
  return { kind: "proxy", baseUrl: dereference(config.baseUrl, env) };
}

/** No mode was set: OAuth-token variable, stored sign-in, API-key variable. */
async function fromWhatIsThere(options: ResolveOptions): Promise<KeySource> {
  const { token, key } = environmentVariables(options.provider);
  const fromToken = fromEnvironment(options, token, "subscription");
  if (fromToken) return fromToken;
  const profile = firstProfile(options.provider, "oauth", await options.store.read());
  if (profile) return { kind: "profile", profile };
  return fromEnvironment(options, key, "api_key") ?? fail("no_key_at_all", options, [...token, ...key]);
}

async function keyFrom(source: KeySource, options: ResolveOptions): Promise<ResolvedKey> {
  const { env = process.env, config } = options;
  switch (source.kind) {
    case "profile":
      return keyOf(source.profile, options);
    case "environment":
      return { key: env[source.variable] ?? "", source };
    case "proxy":
      return { key: dereference(config?.authToken ?? "", env), source };
  }
}

async function keyOf(profile: Profile, { store, env, refused, signal, logger }: Pick<ResolveOptions, "store" | "env" | "refused" | "signal" | "logger">): Promise<ResolvedKey> {
  if (profile.type === "api_key") {
    const reference = (await store.read()).index.profiles[profile.id]?.key;
    if (!reference) throw new AIHubError("profile_without_key", { profile: profile.id });
    return { key: dereference(reference, env), source: { kind: "profile", profile } };
  }
  const { access, enterpriseUrl } = await freshCredential({ store, profile: profile.id, refused, signal, logger });
  return { key: access, source: { kind: "profile", profile, ...(enterpriseUrl ? { enterpriseUrl } : {}) } };
}

async function fittingProfile({ store, provider }: ResolveOptions, id: ProfileId, mode: AuthMode): Promise<Profile> {
  const profile = profileById(id, await store.read());
  if (profile.provider !== provider) throw new AIHubError("profile_of_other_provider", { profile: id, provider: providerName(provider) });
  if (profile.type !== mode) throw new AIHubError("profile_does_not_fit_mode", { profile: id, reason: mode });
  return profile;
}

function fromEnvironment({ env = process.env }: ResolveOptions, variables: readonly string[], pays: "subscription" | "api_key"): KeySource | undefined {
  const variable = variables.find((name) => env[name]);
  return variable ? { kind: "environment", variable, pays } : undefined;
}

function fail(code: "no_api_key" | "no_key_at_all", { provider }: ResolveOptions, known: readonly string[]): never {
  throw new AIHubError(code, { provider: providerName(provider), known, signIn: findProvider(provider)?.id });
}
