import * as oauth from "oauth4webapi";
import { AIHubError, isAIHubError } from "../common/errors";
import { longHttpTimeout, statusError, timedFetch } from "../common/http";
import { membersOf } from "../common/record";
import type { DeviceAuthorization, DeviceGrant, Provider, TokenReply } from "../providers/provider";
import { withAnswer, type RewriteAnswer } from "../providers/wire";

/*
 * The OAuth mechanics are oauth4webapi's; this module binds it to a provider and turns its errors into ours.
 */

/** A lifetime that no vendor means seriously, in seconds. */
const absurdLifetime = 366 * 24 * 3600;

const client = (provider: Provider): oauth.Client => ({
  client_id: provider.clientId,
  // The ID token only names the account (it came over TLS); a wrong clock here must not stop a sign-in.
  [oauth.clockTolerance]: 24 * 3600,
});

const server = (provider: Provider): oauth.AuthorizationServer => ({
  issuer: provider.issuer,
  authorization_endpoint: provider.endpoints.authorization,
  token_endpoint: provider.endpoints.token,
  device_authorization_endpoint: provider.endpoints.deviceAuthorization,
});

const options = (provider: Provider, signal?: AbortSignal, limit?: number, rewrite: RewriteAnswer = tidy) => {
  const plain = timedFetch(signal, limit);
  return { [oauth.customFetch]: withAnswer(provider.wire?.(plain) ?? plain, rewrite) };
};

export interface Pkce {
  codeVerifier: string;
  codeChallenge: string;
  state: string;
}

export async function createPkce(): Promise<Pkce> {
  const codeVerifier = oauth.generateRandomCodeVerifier();
  return { codeVerifier, codeChallenge: await oauth.calculatePKCECodeChallenge(codeVerifier), state: oauth.generateRandomState() };
}

/** The address of the consent page (RFC 6749 4.1.1, RFC 7636 4.3). */
export function authorizationUrl(provider: Provider, redirectUri: string, pkce: Pkce): string {
  if (!provider.endpoints.authorization) throw new AIHubError("no_flow", { provider: provider.name });
  const url = new URL(provider.endpoints.authorization);
  const parameters = {
    ...provider.authorizationParameters,
    response_type: "code",
    client_id: provider.clientId,
    redirect_uri: redirectUri,
    scope: provider.scopes.join(" "),
    code_challenge: pkce.codeChallenge,
    code_challenge_method: "S256",
    state: pkce.state,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  // VS Code's `openExternal` would turn the `+` that stands for a space into a literal one.
  return url.href.replaceAll("+", "%20");
}

/**
 * Exchanges the parameters of a redirect for tokens.
 *
 * @throws AIHubError `access_denied`, `authorization_refused`, `state_mismatch`, `code_refused`, `sign_in_not_allowed`,
 *   `offline`, `rate_limited`, `vendor_fault`, `malformed_answer`
 */
export async function exchangeCode(
  provider: Provider,
  redirected: URLSearchParams,
  redirectUri: string,
  pkce: Pkce,
  signal?: AbortSignal,
): Promise<TokenReply> {
  const denial = redirected.get("error");
  if (denial) {
    const reason = plainWords(redirected.get("error_description") ?? denial);
    throw new AIHubError(denial === "access_denied" ? "access_denied" : "authorization_refused", { provider: provider.name, reason });
  }
  return translate(provider, "code_refused", () => {
    const code = oauth.validateAuthResponse(server(provider), client(provider), onlyCodeAndState(redirected), pkce.state);
    const additionalParameters = provider.tokenRequestCarriesState ? { state: pkce.state } : undefined;
    return redeem(provider, code, { redirectUri, codeVerifier: pkce.codeVerifier, additionalParameters }, signal);
  });
}

/**
 * Exchanges what a vendor's own device protocol ended in: a code that no redirect brought.
 * @throws AIHubError as `exchangeCode`
 */
export function exchangeGrant(provider: Provider, grant: DeviceGrant, signal?: AbortSignal): Promise<TokenReply> {
  return translate(provider, "code_refused", () => {
    const code = oauth.validateAuthResponse(server(provider), client(provider), new URLSearchParams({ code: grant.code }), oauth.expectNoState);
    return redeem(provider, code, grant, signal);
  });
}

interface Redemption extends Pick<DeviceGrant, "redirectUri" | "codeVerifier"> {
  additionalParameters?: Record<string, string>;
}

async function redeem(provider: Provider, code: URLSearchParams, { redirectUri, codeVerifier, additionalParameters }: Redemption, signal?: AbortSignal): Promise<TokenReply> {
  const response = await oauth.authorizationCodeGrantRequest(
    server(provider), client(provider), oauth.None(), code, redirectUri, codeVerifier, { ...options(provider, signal), additionalParameters },
  );
  // The code was not looked at: the account, or the country, may not sign in.
  if (response.status === 403) throw new AIHubError("sign_in_not_allowed", { provider: provider.name, status: 403 });
  if (await refusesCode(response)) throw new AIHubError("code_refused", { provider: provider.name });
  return oauth.processAuthorizationCodeResponse(server(provider), client(provider), response);
}

/**
 * Spends a refresh token. Nobody can call this off, and a slow vendor is listened to for long: once it has rotated
 * the token, its answer is all that is left of the sign-in.
 *
 * @throws AIHubError `sign_in_again` when the vendor answered `invalid_grant`, and as `exchangeCode`
 */
export function refreshGrant(provider: Provider, refreshToken: string): Promise<TokenReply> {
  return translate(provider, "sign_in_again", async () => {
    const response = await oauth.refreshTokenGrantRequest(
      server(provider), client(provider), oauth.None(), refreshToken, options(provider, undefined, longHttpTimeout, tokensAlone),
    );
    return oauth.processRefreshTokenResponse(server(provider), client(provider), response);
  });
}

/**
 * Starts a device authorization (RFC 8628 3.1).
 * @throws AIHubError `invalid_domain` when the enterprise's host has no such thing, and as `exchangeCode`
 */
export async function startDevice(provider: Provider, signal?: AbortSignal): Promise<DeviceAuthorization> {
  return translate(provider, "code_refused", async () => {
    const parameters = { scope: provider.scopes.join(" ") };
    const response = await oauth.deviceAuthorizationRequest(
      server(provider), client(provider), oauth.None(), parameters, options(provider, signal),
    );
    if (response.status === 404 && provider.enterpriseUrl) throw new AIHubError("invalid_domain", { host: provider.enterpriseUrl });
    const reply = await oauth.processDeviceAuthorizationResponse(server(provider), client(provider), response);
    return {
      deviceCode: reply.device_code,
      userCode: reply.user_code,
      verificationUri: reply.verification_uri,
      interval: reply.interval ?? 5,
      expiresAt: Date.now() + reply.expires_in * 1000,
    };
  });
}

/** One poll (RFC 8628 3.4): the tokens, or how to go on. */
export async function pollDevice(provider: Provider, device: DeviceAuthorization, signal?: AbortSignal): Promise<TokenReply | "pending" | "slow_down"> {
  return translate(provider, "code_refused", async () => {
    try {
      const response = await oauth.deviceCodeGrantRequest(
        server(provider), client(provider), oauth.None(), device.deviceCode, options(provider, signal),
      );
      return await oauth.processDeviceCodeResponse(server(provider), client(provider), response);
    } catch (error) {
      if (!(error instanceof oauth.ResponseBodyError)) throw error;
      if (error.error === "authorization_pending") return "pending";
      if (error.error === "slow_down") return "slow_down";
      if (error.error === "expired_token") throw new AIHubError("device_code_expired", { provider: provider.name });
      throw error;
    }
  });
}

/** Runs an exchange and gives its failures our codes. `refused` is what `invalid_grant` means here. */
async function translate<T>(provider: Provider, refused: "code_refused" | "sign_in_again", exchange: () => Promise<T>): Promise<T> {
  const name = provider.name;
  try {
    return await exchange();
  } catch (error) {
    if (isAIHubError(error)) throw error;
    if (error instanceof oauth.AuthorizationResponseError) throw new AIHubError("authorization_refused", { provider: name, reason: plainWords(error.error) });
    if (error instanceof oauth.ResponseBodyError) {
      if (error.error === "access_denied") throw new AIHubError("access_denied", { provider: name, reason: plainWords(error.error_description) });
      if (error.error === "invalid_grant") throw new AIHubError(refused, { provider: name, profile: "this account", reason: whyOver(error.error_description) });
      throw statusError(name, error.response);
    }
    if (error instanceof oauth.WWWAuthenticateChallengeError) throw statusError(name, error.response);
    const response = error instanceof oauth.OperationProcessingError && error.cause instanceof Response ? error.cause : undefined;
    if (response && response.status >= 400) throw statusError(name, response);
    throw new AIHubError("malformed_answer", { provider: name });
  }
}

/** Why a sign-in is over, as a class: what else a vendor says of a token may quote it. */
function whyOver(description: unknown): string | undefined {
  const text = typeof description === "string" ? description : "";
  if (/reused|already.used|used.before/i.test(text)) return "its refresh token was used by another program";
  if (/revoked|invalidated/i.test(text)) return "it was revoked";
  if (/expired/i.test(text)) return "it has expired";
  return undefined;
}

/** A vendor's reason, fit to be shown within a sentence: one short line of plain words, nothing that could be a token. */
function plainWords(text: unknown): string | undefined {
  if (typeof text !== "string" || /\S{40,}/.test(text)) return undefined;
  const line = text.replace(/[^\p{L}\p{N} .,;:'’_()-]/gu, " ").replace(/\s+/g, " ").trim().slice(0, 160).replace(/[.,;:\s]+$/, "");
  return line || undefined;
}

/** Vendors add parameters of their own (a scope, a session) to the redirect. */
function onlyCodeAndState(redirected: URLSearchParams): URLSearchParams {
  return new URLSearchParams({ code: redirected.get("code") ?? "", state: redirected.get("state") ?? "" });
}

/** Errors of RFC 6749 5.2 that are not about the code. */
const otherErrors = ["invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "access_denied"];

/** Whether a code was refused: `invalid_grant` by the RFC, but vendors have words of their own for what is no code at all. */
async function refusesCode(response: Response): Promise<boolean> {
  if (![400, 404, 422].includes(response.status)) return false;
  const { error } = membersOf(await response.clone().json().catch(() => undefined));
  return !otherErrors.includes(String(error));
}

/**
 * Takes out of an answer what is not meant: members that are `null`, an `expires_in` that is no lifetime, so that the
 * credential falls back to a careful default. Without a type, a token is a bearer's: no vendor here has another.
 */
function tidy(body: Record<string, unknown>, status: number) {
  const { expires_in, ...rest } = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
  const seconds = typeof expires_in === "string" || typeof expires_in === "number" ? Number(expires_in) : Number.NaN;
  const isSane = "device_code" in rest || (seconds > 0 && seconds < absurdLifetime);
  const type = "access_token" in rest && rest.token_type === undefined ? { token_type: "bearer" } : {};
  return { body: { ...rest, ...type, ...(isSane ? { expires_in } : {}) }, status };
}

/** After a refresh, these tokens are all that is left of the sign-in: nothing beside them may cost them. */
function tokensAlone(body: Record<string, unknown>, status: number) {
  if (typeof body.access_token !== "string") return { body, status };
  const { access_token, refresh_token, expires_in } = body;
  const refresh = typeof refresh_token === "string" && refresh_token !== "" ? { refresh_token } : {};
  return tidy({ access_token, ...refresh, expires_in }, status);
}
