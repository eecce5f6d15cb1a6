import { challengeOf } from "./codes";
import { devicePageRoutes } from "./devicePage";
import type { Exchange, Route } from "./exchange";
import { jsonParams, sendJson } from "./exchange";
import { sendOpenaiError } from "./openaiErrors";
import type { PageVendor } from "./pages";
import { randomToken } from "./tokens";
import type { World } from "./world";

const host = "auth.openai.com";

/** The redirect URI that the device flow's code is bound to. */
export const deviceRedirect = "https://auth.openai.com/deviceauth/callback";

/**
 * OpenAI's own device flow (not RFC 8628): the poll's success is an authorization code together
 * with the PKCE pair that OpenAI made for it. Source: openai/codex, login/src/device_code_auth.rs.
 */
export function openaiDeviceRoutes(page: PageVendor, clientId: string): Route[] {
  function start(exchange: Exchange, world: World): void {
    if (jsonParams(exchange)?.get("client_id") !== clientId) {
      return sendOpenaiError(exchange, 400, "invalid_client", "client_id is unknown.");
    }
    const interval = world.deviceIntervals.openai;
    const scope = "openid profile email offline_access";
    const request = world.devices.start({ vendor: "openai", domain: host, clientId, scope, interval });
    sendJson(exchange, 200, {
      device_auth_id: request.deviceCode,
      user_code: request.userCode,
      interval: String(interval),
      expires_at: new Date(request.expiresAt).toISOString(),
    });
  }

  return [
    { hosts: [host], method: "POST", path: "/api/accounts/deviceauth/usercode", handle: start },
    { hosts: [host], method: "POST", path: "/api/accounts/deviceauth/token", handle: poll },
    ...devicePageRoutes("openai", page, [host], "/codex/device", () => host),
  ];
}

function poll(exchange: Exchange, world: World): void {
  const params = jsonParams(exchange);
  const request = world.devices.byDeviceCode("openai", host, params?.get("device_auth_id") ?? "");
  const person = request?.person;
  if (!request || request.userCode !== params?.get("user_code") || request.state === "redeemed") {
    // Clients take 404 as "pending", like 403, and stop by their own clock.
    sendOpenaiError(exchange, 404, "deviceauth_not_found", "Device authorization is unknown.");
  } else if (request.expiresAt <= Date.now()) {
    // How OpenAI words expiry and denial is not documented; any other status ends the client's polling.
    sendOpenaiError(exchange, 400, "deviceauth_expired", "Device authorization has expired.");
  } else if (request.state === "denied") {
    sendOpenaiError(exchange, 400, "access_denied", "Device authorization was denied.");
  } else if (!person) {
    // OpenAI's wording for "pending".
    sendOpenaiError(exchange, 403, "deviceauth_authorization_unknown", "Device authorization is unknown. Please try again.");
  } else {
    request.state = "redeemed";
    const verifier = randomToken("", 48);
    const challenge = challengeOf(verifier);
    const { clientId, scope } = request;
    const code = { vendor: "openai", clientId, person, scope, challenge, redirectUri: deviceRedirect, state: "" } as const;
    world.secrets.add(verifier);
    exchange.record.account = person.id;
    sendJson(exchange, 200, {
      authorization_code: world.codes.issue(code),
      code_challenge: challenge,
      code_verifier: verifier,
    });
  }
}
