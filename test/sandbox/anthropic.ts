import { authorizeRoutes } from "./authorize";
import type { Exchange, VendorPlay } from "./exchange";
import { bearerOf, headerOf, jsonParams, sendJson, sendPage } from "./exchange";
import { parseMessages, streamMessages } from "./models/anthropicMessages";
import type { MessagesRequest } from "./models/anthropicMessages";
import { codePage } from "./pages";
import type { PageVendor } from "./pages";
import { randomToken } from "./tokens";
import type { Grant } from "./types";
import type { World } from "./world";

const page: PageVendor = { title: "Claude", client: "Claude Code" };
const clientId = "9d1c250a-e61b-44d9-88ed-5944d1962f5e";
const scopes = [
  "org:create_api_key",
  "user:profile",
  "user:inference",
  "user:sessions:claude_code",
  "user:mcp_servers",
  "user:file_upload",
];
const hostedRedirects = [
  "https://console.anthropic.com/oauth/code/callback",
  "https://platform.claude.com/oauth/code/callback",
];

/** Anthropic: sign-in at claude.ai, tokens at platform.claude.com, models at api.anthropic.com. */
export const anthropic: VendorPlay = {
  vendor: "anthropic",
  hosts: ["claude.ai", "platform.claude.com", "console.anthropic.com", "api.anthropic.com"],
  errorBody,
  routes: [
    ...authorizeRoutes({
      vendor: "anthropic",
      page,
      host: "claude.ai",
      clientId,
      scopes,
      extras: { code: "true" },
      isRedirectAllowed: (uri) => /^http:\/\/localhost:\d{1,5}\/callback$/.test(uri) || hostedRedirects.includes(uri),
      redirectsWithScope: false,
    }),
    {
      hosts: ["console.anthropic.com", "platform.claude.com"],
      method: "GET",
      path: "/oauth/code/callback",
      handle: showCode,
    },
    {
      hosts: ["platform.claude.com"],
      method: "POST",
      path: "/v1/oauth/token",
      handle: token,
      onInvalidGrant: (exchange) => refuse(exchange, 400, "invalid_grant", "Refresh token not found or invalid"),
    },
    { hosts: ["api.anthropic.com"], method: "GET", path: "/api/oauth/profile", handle: profile },
    { hosts: ["api.anthropic.com"], method: "POST", path: "/v1/messages", isModel: true, handle: messages },
  ],
};

function showCode(exchange: Exchange): void {
  const { query } = exchange;
  const code = query.get("error") ?? `${query.get("code") ?? ""}#${query.get("state") ?? ""}`;
  sendPage(exchange, 200, codePage(page, code));
}

function refuse(exchange: Exchange, status: number, error: string, error_description: string): void {
  exchange.record.note = error_description;
  sendJson(exchange, status, { error, error_description });
}

function token(exchange: Exchange, world: World): void {
  // Unlike RFC 6749, the body is JSON, and the code's exchange carries the state.
  const params = jsonParams(exchange);
  const get = (name: string) => params?.get(name) ?? "";
  const grantType = get("grant_type");
  const required = {
    authorization_code: ["code", "state", "redirect_uri", "code_verifier"],
    refresh_token: ["refresh_token"],
  }[grantType];
  if (params && grantType) {
    exchange.record.grantType = grantType;
  }
  if (!params) {
    refuse(exchange, 400, "invalid_request", "The body must be a JSON object.");
  } else if (!required) {
    refuse(exchange, 400, "unsupported_grant_type", "grant_type is not supported.");
  } else if (get("client_id") !== clientId) {
    refuse(exchange, 401, "invalid_client", "client_id is unknown.");
  } else if (required.some((name) => get(name) === "")) {
    refuse(exchange, 400, "invalid_request", `Required: ${required.join(", ")}.`);
  } else if (grantType === "authorization_code") {
    exchangeCode(exchange, world, get);
  } else {
    refresh(exchange, world, get("refresh_token"));
  }
}

function exchangeCode(exchange: Exchange, world: World, get: (name: string) => string): void {
  const grant = world.codes.redeem({
    vendor: "anthropic",
    clientId,
    code: get("code"),
    redirectUri: get("redirect_uri"),
    verifier: get("code_verifier"),
    state: get("state"),
  });
  if ("refusal" in grant) {
    refuse(exchange, 400, "invalid_grant", grant.refusal);
  } else {
    sendTokens(exchange, world, grant);
  }
}

function refresh(exchange: Exchange, world: World, presented: string): void {
  const owner = world.tokens.grantOf(presented)?.person.id;
  if (owner) {
    exchange.record.account = owner;
  }
  const grant = world.tokens.redeemRefresh(presented, "anthropic", clientId);
  if (grant === "reused") {
    refuse(exchange, 400, "invalid_grant", "Refresh token was used before; the sign-in is revoked");
  } else if (grant === "unknown") {
    refuse(exchange, 400, "invalid_grant", "Refresh token not found or invalid");
  } else {
    sendTokens(exchange, world, grant);
  }
}

function sendTokens(exchange: Exchange, world: World, grant: Grant): void {
  exchange.record.account = grant.person.id;
  const lifetime = world.lifetimes.anthropic;
  const { uuid, organizationUuid, name, id } = grant.person;
  sendJson(exchange, 200, {
    token_type: "Bearer",
    access_token: world.tokens.addAccess(randomToken("sk-ant-oat01-"), grant, lifetime),
    refresh_token: world.tokens.addRefresh(randomToken("sk-ant-ort01-"), grant),
    expires_in: lifetime,
    scope: grant.scope,
    organization: { uuid: organizationUuid, name: `${name}'s Organization` },
    account: { uuid, email_address: id },
    ...world.takeReplyChange("anthropic"),
  });
}

const errorTypes: Record<number, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  429: "rate_limit_error",
  529: "overloaded_error",
};

/** https://docs.anthropic.com/en/api/errors */
function errorBody(status: number, message = `The sandbox says ${status}.`): unknown {
  return { type: "error", error: { type: errorTypes[status] ?? "api_error", message } };
}

function sendError(exchange: Exchange, status: number, message: string): undefined {
  exchange.record.note = message;
  sendJson(exchange, status, errorBody(status, message));
}

/** The grant of a live OAuth access token; otherwise the refusal is sent. */
function bearerGrant(exchange: Exchange, world: World, scope: string): Grant | undefined {
  const bearer = bearerOf(exchange.headers);
  if (bearer === undefined) {
    return sendError(exchange, 401, "x-api-key header is required");
  }
  const found = world.tokens.checkAccess(bearer, "anthropic");
  if (found === "expired") {
    return sendError(exchange, 401, "OAuth token has expired. Please obtain a new token or refresh your existing token.");
  }
  if (typeof found === "string") {
    return sendError(exchange, 401, found === "revoked" ? "OAuth token has been revoked." : "Invalid bearer token");
  }
  return found.grant.scope.split(" ").includes(scope)
    ? found.grant
    : sendError(exchange, 403, `OAuth token does not meet scope requirement ${scope}`);
}

function profile(exchange: Exchange, world: World): void {
  const grant = bearerGrant(exchange, world, "user:profile");
  if (grant) {
    const { uuid, organizationUuid, name, id } = grant.person;
    sendJson(exchange, 200, {
      account: { uuid, email: id, full_name: name, display_name: name },
      organization: { uuid: organizationUuid, name: `${name}'s Organization` },
    });
  }
}

async function messages(exchange: Exchange, world: World): Promise<void> {
  if (headerOf(exchange, "anthropic-version") === undefined) {
    return sendError(exchange, 400, "anthropic-version: header is required");
  }
  const apiKey = headerOf(exchange, "x-api-key");
  const grant = apiKey === undefined ? bearerGrant(exchange, world, "user:inference") : keyGrant(exchange, world, apiKey);
  if (!grant) {
    return;
  }
  const request = parseMessages(exchange);
  if (typeof request === "string") {
    return sendError(exchange, 400, request);
  }
  exchange.record.model = request.model;
  if (apiKey === undefined && !looksLikeClaudeCode(exchange, request)) {
    // What third-party use of a subscription is answered with.
    const message = "This credential is only authorized for use with Claude Code and cannot be used for other API requests.";
    return sendError(exchange, 400, message);
  }
  if (!request.model.startsWith("claude-")) {
    return sendError(exchange, 404, `model: ${request.model}`);
  }
  await streamMessages(exchange, request, grant.person.id, world.replies.get("anthropic"));
}

function keyGrant(exchange: Exchange, world: World, apiKey: string): Grant | undefined {
  return world.tokens.checkApiKey(apiKey, "anthropic") ?? sendError(exchange, 401, "invalid x-api-key");
}

function looksLikeClaudeCode(exchange: Exchange, request: MessagesRequest): boolean {
  const betas = headerOf(exchange, "anthropic-beta")?.split(",").map((beta) => beta.trim());
  return betas?.includes("oauth-2025-04-20") === true && request.firstSystemText.startsWith("You are Claude Code");
}
