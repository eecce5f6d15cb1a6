import { statusError, type Fetch } from "../common/http";
import type { OAuthCredential } from "../store/schema";
import { jwtClaims, textClaim } from "./jwt";
import { openaiDeviceProtocol } from "./openaiDevice";
import type { Account, Provider, TokenReply } from "./provider";
import { withAnswer } from "./wire";

const name = "OpenAI";
const clientId = "app_EMoamEEZ73f0CkXaXp7hrann";

/** ChatGPT Plus/Pro, through the client of the Codex command line. */
export const openaiCodex: Provider = {
  id: "openai-codex",
  authenticationId: "aihub-openai-codex",
  label: "OpenAI (ChatGPT Plus/Pro)",
  name,
  clientId,
  scopes: ["openid", "profile", "email", "offline_access"],
  issuer: "https://auth.openai.com",
  endpoints: {
    authorization: "https://auth.openai.com/oauth/authorize",
    token: "https://auth.openai.com/oauth/token",
  },
  authorizationParameters: { id_token_add_organizations: "true", codex_cli_simplified_flow: "true", originator: "aihub" },
  flows: [
    // Any other port passes the consent page and is refused with 403 at the token call.
    { kind: "loopback", path: "/auth/callback", ports: [1455, 1457], anyPort: false },
    { kind: "device", protocol: openaiDeviceProtocol(clientId) },
    // For accounts with device codes switched off: the address that does not load has the code.
    { kind: "paste", redirectUri: "http://localhost:1455/auth/callback", showsCode: false },
  ],
  tokenVariables: [],
  keyVariables: [],
  payer: "your ChatGPT subscription",
  bareKey: { api: "openai-codex-responses", baseUrl: "https://chatgpt.com/backend-api" },
  wire: (fetch) => withAnswer(fetch, plainErrors),
  account: (reply) => Promise.resolve(accountOf(reply)),
  sharesAccountIds: true,
  revoke,
};

/** OpenAI wraps some OAuth errors in an object (`{"error":{"code":"refresh_token_reused"}}`); the RFC has a string. */
function plainErrors(body: Record<string, unknown>, status: number) {
  if (typeof body.error !== "object" || body.error === null) return { body, status };
  const code = textClaim(body.error as Record<string, unknown>, "code") ?? "";
  // `token_expired` and `refresh_token_*` say that this sign-in is over; anything else keeps its status class.
  const isOver = /^(?:refresh_token_|token_expired|token_revoked)/.test(code);
  return isOver ? { body: { error: "invalid_grant", error_description: code }, status: 400 } : { body: { error: code || "error" }, status };
}

function accountOf(reply: TokenReply): Account {
  const access = jwtClaims(reply.access_token);
  const id = jwtClaims(typeof reply.id_token === "string" ? reply.id_token : "");
  return {
    label: textClaim(access, "https://api.openai.com/profile", "email") ?? textClaim(id, "email"),
    id:
      textClaim(access, "https://api.openai.com/auth", "chatgpt_account_id") ??
      textClaim(id, "https://api.openai.com/auth", "chatgpt_account_id"),
  };
}

async function revoke(credential: OAuthCredential, fetch: Fetch): Promise<void> {
  const response = await fetch("https://auth.openai.com/oauth/revoke", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: credential.refresh, token_type_hint: "refresh_token", client_id: clientId }),
  });
  if (!response.ok) throw statusError(name, response);
}
