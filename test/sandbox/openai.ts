import { authorizeRoutes } from "./authorize";
import type { Exchange, VendorPlay } from "./exchange";
import { formParams, jsonParams, sendJson } from "./exchange";
import { signJwt } from "./jwt";
import { deviceRedirect, openaiDeviceRoutes } from "./openaiDevice";
import { openaiError, sendOpenaiError } from "./openaiErrors";
import { openaiModelRoutes } from "./openaiModels";
import type { PageVendor } from "./pages";
import { randomToken } from "./tokens";
import type { Grant } from "./types";
import type { World } from "./world";

const page: PageVendor = { title: "ChatGPT", client: "Codex CLI" };
const clientId = "app_EMoamEEZ73f0CkXaXp7hrann";
const host = "auth.openai.com";
/** Other ports pass the authorization endpoint and fail here. */
const tokenRedirects = ["http://localhost:1455/auth/callback", "http://localhost:1457/auth/callback", deviceRedirect];

/** OpenAI: sign-in and tokens at auth.openai.com, models at chatgpt.com (and, by key, at api.openai.com). */
export const openai: VendorPlay = {
  vendor: "openai",
  hosts: [host, "chatgpt.com", "api.openai.com"],
  errorBody: openaiError,
  routes: [
    ...authorizeRoutes({
      vendor: "openai",
      page,
      host,
      clientId,
      scopes: ["openid", "profile", "email", "offline_access"],
      extras: { id_token_add_organizations: "true", codex_cli_simplified_flow: "true", originator: /./ },
      isRedirectAllowed: (uri) => /^http:\/\/localhost:\d{1,5}\/auth\/callback$/.test(uri),
      redirectsWithScope: true,
    }),
    {
      hosts: [host],
      method: "POST",
      path: "/oauth/token",
      handle: token,
      onInvalidGrant: (exchange) => refuse(exchange, "invalid_grant", "The grant is invalid."),
    },
    { hosts: [host], method: "POST", path: "/oauth/revoke", handle: revoke },
    ...openaiDeviceRoutes(page, clientId),
    ...openaiModelRoutes,
  ],
};

function refuse(exchange: Exchange, error: string, error_description: string): void {
  exchange.record.note = error_description;
  sendJson(exchange, error === "invalid_client" ? 401 : 400, { error, error_description });
}

function token(exchange: Exchange, world: World): void {
  const params = formParams(exchange);
  const get = (name: string) => params?.get(name) ?? "";
  const grantType = get("grant_type");
  const required = {
    authorization_code: ["code", "redirect_uri", "code_verifier"],
    refresh_token: ["refresh_token"],
  }[grantType];
  if (params && grantType) {
    exchange.record.grantType = grantType;
  }
  if (!params) {
    refuse(exchange, "invalid_request", "The body must be a form.");
  } else if (!required) {
    refuse(exchange, "unsupported_grant_type", "grant_type is not supported.");
  } else if (get("client_id") !== clientId) {
    refuse(exchange, "invalid_client", "client_id is unknown.");
  } else if (required.some((name) => get(name) === "")) {
    refuse(exchange, "invalid_request", `Required: ${required.join(", ")}.`);
  } else if (grantType === "authorization_code") {
    exchangeCode(exchange, world, get);
  } else {
    refresh(exchange, world, get("refresh_token"));
  }
}

function exchangeCode(exchange: Exchange, world: World, get: (name: string) => string): void {
  const redirectUri = get("redirect_uri");
  if (!tokenRedirects.includes(redirectUri)) {
    sendOpenaiError(exchange, 403, "unauthorized_redirect_uri", "redirect_uri is not allowed for this client.");
    return;
  }
  const grant = world.codes.redeem({
    vendor: "openai",
    clientId,
    redirectUri,
    code: get("code"),
    verifier: get("code_verifier"),
  });
  if ("refusal" in grant) {
    refuse(exchange, "invalid_grant", grant.refusal);
  } else {
    sendTokens(exchange, world, grant);
  }
}

function refresh(exchange: Exchange, world: World, presented: string): void {
  const owner = world.tokens.grantOf(presented)?.person.id;
  if (owner) {
    exchange.record.account = owner;
  }
  const grant = world.tokens.redeemRefresh(presented, "openai", clientId);
  if (grant === "reused") {
    const message = "Your refresh token has already been used to generate a new access token. Please try signing in again.";
    sendOpenaiError(exchange, 401, "refresh_token_reused", message);
  } else if (grant === "unknown") {
    refuse(exchange, "invalid_grant", "The refresh token is unknown or revoked.");
  } else {
    sendTokens(exchange, world, grant);
  }
}

function sendTokens(exchange: Exchange, world: World, grant: Grant): void {
  const { person, scope } = grant;
  exchange.record.account = person.id;
  const lifetime = world.lifetimes.openai;
  const issuer = { iss: "https://auth.openai.com", sub: `auth0|${person.uuid}` };
  const account = {
    chatgpt_account_id: person.organizationUuid,
    chatgpt_plan_type: "plus",
    chatgpt_user_id: `user-${person.uuid}`,
    user_id: `user-${person.uuid}`,
  };
  const accessToken = signJwt(
    {
      ...issuer,
      aud: ["https://api.openai.com/v1"],
      client_id: grant.clientId,
      scp: scope.split(" "),
      "https://api.openai.com/auth": account,
      "https://api.openai.com/profile": { email: person.id, email_verified: true },
    },
    lifetime,
  );
  const idToken = signJwt(
    {
      ...issuer,
      aud: [grant.clientId],
      email: person.id,
      email_verified: true,
      name: person.name,
      "https://api.openai.com/auth": {
        ...account,
        organizations: [{ id: `org-${person.uuid}`, title: "Personal", role: "owner", is_default: true }],
      },
    },
    3600,
  );
  world.secrets.add(idToken);
  sendJson(exchange, 200, {
    access_token: world.tokens.addAccess(accessToken, grant, lifetime),
    refresh_token: world.tokens.addRefresh(randomToken("rt_"), grant),
    id_token: idToken,
    token_type: "Bearer",
    expires_in: lifetime,
    ...world.takeReplyChange("openai"),
    scope,
  });
}

function revoke(exchange: Exchange, world: World): void {
  const params = jsonParams(exchange);
  const presented = params?.get("token") ?? "";
  // Codex sends client_id with refresh tokens only. Source: openai/codex, login/src/auth/revoke.rs.
  const isClientKnown = params?.get("client_id") === clientId || params?.get("token_type_hint") === "access_token";
  if (!isClientKnown || presented === "") {
    refuse(exchange, "invalid_request", "Required, as JSON: token, and client_id with a refresh token.");
    return;
  }
  const grant = world.tokens.grantOf(presented);
  if (grant?.vendor === "openai") {
    exchange.record.account = grant.person.id;
    grant.revoked = true;
  }
  // RFC 7009, 2.2: an unknown token is revoked already.
  sendJson(exchange, 200, {});
}
