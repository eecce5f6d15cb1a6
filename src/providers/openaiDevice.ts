import { AIHubError } from "../common/errors";
import { jsonObject, statusError, type Fetch } from "../common/http";
import { textClaim } from "./jwt";
import type { DeviceAuthorization, DeviceGrant, DeviceProtocol } from "./provider";

const provider = "OpenAI";
const base = "https://auth.openai.com/api/accounts/deviceauth";
const lifetime = 15 * 60_000;

/** OpenAI's own device protocol, as in the Codex command line: it ends in an authorization code with its verifier. */
export function openaiDeviceProtocol(clientId: string): DeviceProtocol {
  return {
    async start(fetch) {
      const response = await post(fetch, "usercode", { client_id: clientId });
      // Not found means that the account's workspace has not allowed device codes.
      if (response.status === 404) throw new AIHubError("device_code_disabled", { provider });
      if (!response.ok) throw statusError(provider, response);
      const { device_auth_id, user_code, interval } = await jsonObject(provider, response);
      if (typeof device_auth_id !== "string" || typeof user_code !== "string") throw new AIHubError("malformed_answer", { provider });
      return {
        deviceCode: device_auth_id,
        userCode: user_code,
        verificationUri: "https://auth.openai.com/codex/device",
        // A string in OpenAI's answer.
        interval: Number(interval) || 5,
        expiresAt: Date.now() + lifetime,
      };
    },
    poll: (fetch, device) => pollOnce(fetch, device),
  };
}

async function pollOnce(fetch: Fetch, device: DeviceAuthorization): Promise<DeviceGrant | undefined> {
  const response = await post(fetch, "token", { device_auth_id: device.deviceCode, user_code: device.userCode });
  if (!response.ok) {
    const code = await errorCode(response.clone());
    if (code === "access_denied") throw new AIHubError("access_denied", { provider });
    if (code === "deviceauth_expired") throw new AIHubError("device_code_expired", { provider });
    // Both mean that the person has not decided yet.
    if (response.status === 403 || response.status === 404) return undefined;
    throw statusError(provider, response);
  }
  const { authorization_code, code_verifier } = await jsonObject(provider, response);
  if (typeof authorization_code !== "string" || typeof code_verifier !== "string") throw new AIHubError("malformed_answer", { provider });
  return { code: authorization_code, codeVerifier: code_verifier, redirectUri: "https://auth.openai.com/deviceauth/callback" };
}

/** `{"error":"access_denied"}` or `{"error":{"code":"access_denied"}}` */
async function errorCode(response: Response): Promise<string | undefined> {
  const body = await jsonObject(provider, response).catch(() => ({}));
  return textClaim(body, "error") ?? textClaim(body, "error", "code");
}

function post(fetch: Fetch, path: string, body: object): Promise<Response> {
  return fetch(`${base}/${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}
