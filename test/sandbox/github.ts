import { randomBytes } from "node:crypto";
import { copilotRoutes, copilotHosts } from "./copilot";
import { deviceLifetimeSeconds } from "./devices";
import { devicePageRoutes } from "./devicePage";
import type { Exchange, VendorPlay } from "./exchange";
import { bearerOf, formParams, headerOf, sendJson, sendText } from "./exchange";
import type { PageVendor } from "./pages";
import { randomToken } from "./tokens";
import type { Grant } from "./types";
import type { World } from "./world";

const page: PageVendor = { title: "GitHub", client: "GitHub Copilot Plugin" };
const clientId = "Iv1.b507a08c87ecfe98";
/** github.com and one enterprise with data residency. */
const domains = ["github.com", "example.ghe.com"];
const apiHosts = domains.map((domain) => `api.${domain}`);
/** Timers and the network are not exact: a poll this much early is no offence. */
const pollToleranceMs = 50;

/** GitHub: device sign-in, then Copilot tokens from the GitHub token. */
export const github: VendorPlay = {
  vendor: "github",
  hosts: [...domains, ...apiHosts, ...copilotHosts],
  errorBody: (status, message = `The sandbox says ${status}.`) => ({ message, status: String(status) }),
  routes: [
    { hosts: domains, method: "POST", path: "/login/device/code", handle: startDevice },
    {
      hosts: domains,
      method: "POST",
      path: "/login/oauth/access_token",
      handle: accessToken,
      onInvalidGrant: (exchange) => refuse(exchange, "incorrect_device_code"),
    },
    ...devicePageRoutes("github", page, domains, "/login/device", (host) => host),
    { hosts: apiHosts, method: "GET", path: "/user", handle: user },
    {
      hosts: apiHosts,
      method: "GET",
      path: "/copilot_internal/v2/token",
      handle: copilotToken,
      onInvalidGrant: badCredentials,
    },
    ...copilotRoutes,
  ],
};

/** JSON if asked for, else a form, as GitHub's OAuth endpoints answer. */
function sendOAuth(exchange: Exchange, status: number, body: Record<string, string | number>): void {
  if (headerOf(exchange, "accept")?.includes("application/json")) {
    sendJson(exchange, status, body);
  } else {
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(body)) {
      form.set(name, String(value));
    }
    sendText(exchange, status, form.toString(), { "content-type": "application/x-www-form-urlencoded; charset=utf-8" });
  }
}

const errorUri = "https://docs.github.com/developers/apps/authorizing-oauth-apps#error-codes-for-the-device-flow";

/** GitHub reports the errors of its OAuth endpoints with status 200. */
function refuse(exchange: Exchange, error: string, more: Record<string, number> = {}): void {
  exchange.record.note = error;
  sendOAuth(exchange, 200, { error, error_description: `${error.replaceAll("_", " ")}.`, error_uri: errorUri, ...more });
}

function startDevice(exchange: Exchange, world: World): void {
  const params = formParams(exchange);
  if (params?.get("client_id") !== clientId) {
    exchange.record.note = "unknown client";
    sendOAuth(exchange, 404, { error: "Not Found" });
    return;
  }
  const scope = params.get("scope") ?? "";
  if (scope !== "read:user") {
    refuse(exchange, "invalid_scope");
    return;
  }
  const interval = world.deviceIntervals.github;
  const request = world.devices.start({ vendor: "github", domain: exchange.host, clientId, scope, interval });
  sendOAuth(exchange, 200, {
    device_code: request.deviceCode,
    user_code: request.userCode,
    verification_uri: `https://${exchange.host}/login/device`,
    expires_in: deviceLifetimeSeconds,
    interval,
  });
}

/** https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#device-flow */
function accessToken(exchange: Exchange, world: World): void {
  const params = formParams(exchange);
  exchange.record.grantType = "device_code";
  const request = world.devices.byDeviceCode("github", exchange.host, params?.get("device_code") ?? "");
  if (params?.get("grant_type") !== "urn:ietf:params:oauth:grant-type:device_code") {
    refuse(exchange, "unsupported_grant_type");
  } else if (params.get("client_id") !== clientId) {
    refuse(exchange, "incorrect_client_credentials");
  } else if (!request || request.state === "redeemed") {
    refuse(exchange, "incorrect_device_code");
  } else if (request.expiresAt <= Date.now()) {
    refuse(exchange, "expired_token");
  } else if (isTooFast(request)) {
    refuse(exchange, "slow_down", { interval: request.interval });
  } else if (request.state === "denied") {
    refuse(exchange, "access_denied");
  } else if (!request.person) {
    refuse(exchange, "authorization_pending");
  } else {
    request.state = "redeemed";
    const { person, scope, domain } = request;
    const grant: Grant = { vendor: "github", person, clientId, scope, domain, revoked: false };
    exchange.record.account = person.id;
    const token = world.tokens.addAccess(randomToken("ghu_", 27), grant, Infinity);
    sendOAuth(exchange, 200, { access_token: token, token_type: "bearer", scope });
  }
}

/** RFC 8628, 3.5: slow_down adds 5 seconds to the interval. */
function isTooFast(request: { lastPoll?: number; interval: number }): boolean {
  const now = performance.now();
  const gap = now - (request.lastPoll ?? -Infinity);
  request.lastPoll = now;
  if (gap >= request.interval * 1000 - pollToleranceMs) {
    return false;
  }
  request.interval += 5;
  return true;
}

function badCredentials(exchange: Exchange): undefined {
  exchange.record.note = "Bad credentials";
  const documentation_url = "https://docs.github.com/rest";
  sendJson(exchange, 401, { message: "Bad credentials", documentation_url, status: "401" });
}

/** The grant of a live GitHub token of this host's domain; a Copilot token does not count. */
function githubGrant(exchange: Exchange, world: World): Grant | undefined {
  const found = world.tokens.checkAccess(bearerOf(exchange.headers) ?? "", "github");
  const isOurs = typeof found !== "string" && !found.apiHost && `api.${found.grant.domain}` === exchange.host;
  return isOurs ? found.grant : badCredentials(exchange);
}

function user(exchange: Exchange, world: World): void {
  const grant = githubGrant(exchange, world);
  if (grant) {
    const { id: login, number: id, name } = grant.person;
    sendJson(exchange, 200, { login, id, name, email: null, type: "User" });
  }
}

function copilotToken(exchange: Exchange, world: World): void {
  const grant = githubGrant(exchange, world);
  if (!grant) {
    return;
  }
  if (!headerOf(exchange, "editor-version")) {
    exchange.record.note = "missing Editor-Version header";
    sendJson(exchange, 400, { message: "bad request: missing Editor-Version header for IDE auth" });
    return;
  }
  if (!grant.person.copilot) {
    exchange.record.note = "no Copilot";
    const message = "Resource not accessible by integration";
    const error_details = { message: "No access to GitHub Copilot found.", notification_id: "no_copilot_access" };
    sendJson(exchange, 403, { message, can_signup_for_limited: false, error_details });
    return;
  }
  const lifetime = world.lifetimes.github;
  const expiresAt = Math.floor(Date.now() / 1000) + lifetime;
  const plan = grant.domain === "github.com" ? "individual" : "enterprise";
  const apiHost = `api.${plan}.githubcopilot.com`;
  // As GitHub makes it: claims in plain words, and a signature.
  const features = "st=dotcom;chat=1;cit=1;malfil=1;editor_preview_features=1;agent_mode=1;agent_mode_auto_approval=1;mcp=1;blackbird_external_indexing=1;ccr=1;8kp=1";
  const claims = `tid=${randomBytes(16).toString("hex")};exp=${expiresAt};iat=${expiresAt - lifetime};sku=yearly_subscriber_quota;proxy-ep=proxy.${plan}.githubcopilot.com;${features};ip=127.0.0.1;asn=AS64496`;
  const value = `${claims}:${randomBytes(32).toString("hex")}`;
  sendJson(exchange, 200, {
    token: world.tokens.addAccess(value, grant, lifetime, apiHost),
    expires_at: expiresAt,
    refresh_in: Math.max(0, lifetime - 300),
    endpoints: { api: `https://${apiHost}`, proxy: `https://proxy.${plan}.githubcopilot.com` },
    individual: plan === "individual",
    chat_enabled: true,
    sku: "sandbox",
  });
}
