import { jsonObject, statusError, type Fetch } from "../common/http";
import { membersOf } from "../common/record";
import type { Account, Provider, TokenReply } from "./provider";
import { withJsonBody } from "./wire";

const name = "Anthropic";

/** Claude Pro/Max. Protocol as spoken by Claude Code and Pi, which share this client id. */
export const anthropic: Provider = {
  id: "anthropic",
  authenticationId: "aihub-anthropic",
  label: "Anthropic (Claude Pro/Max)",
  name,
  clientId: "9d1c250a-e61b-44d9-88ed-5944d1962f5e",
  scopes: ["org:create_api_key", "user:profile", "user:inference", "user:sessions:claude_code", "user:mcp_servers", "user:file_upload"],
  issuer: "https://claude.ai",
  endpoints: {
    authorization: "https://claude.ai/oauth/authorize",
    token: "https://platform.claude.com/v1/oauth/token",
  },
  // Makes the hosted page show the code for pasting.
  authorizationParameters: { code: "true" },
  tokenRequestCarriesState: true,
  flows: [
    { kind: "loopback", path: "/callback", ports: [53692], anyPort: true },
    { kind: "paste", redirectUri: "https://console.anthropic.com/oauth/code/callback", showsCode: true },
  ],
  tokenVariables: ["ANTHROPIC_OAUTH_TOKEN"],
  keyVariables: ["ANTHROPIC_API_KEY"],
  proxyVariables: { baseUrl: "ANTHROPIC_BASE_URL", token: "ANTHROPIC_AUTH_TOKEN" },
  otherVariables: ["CLAUDE_CODE_OAUTH_TOKEN"],
  notice: {
    text: "Anthropic may refuse the use of a subscription outside its own apps, or bill it as extra usage.",
    url: "https://www.anthropic.com/legal/consumer-terms",
  },
  payer: "your Claude subscription",
  // Pi tells a subscription's token from an API key by its form.
  bareKey: { api: "anthropic-messages", baseUrl: "https://api.anthropic.com" },
  // The token endpoint takes JSON only.
  wire: withJsonBody,
  account,
};

async function account(reply: TokenReply, fetch: Fetch): Promise<Account> {
  const fromReply = accountOf(reply);
  if (fromReply.label) return fromReply;
  const response = await fetch("https://api.anthropic.com/api/oauth/profile", {
    headers: { authorization: `Bearer ${reply.access_token}`, accept: "application/json" },
  });
  if (response.ok) return accountOf(await jsonObject(name, response));
  // Where the reply tells something, that has to do.
  if (fromReply.id === undefined) throw statusError(name, response);
  return fromReply;
}

/** The token reply and the profile endpoint name account and organization alike. */
function accountOf({ account, organization }: Readonly<Record<string, unknown>>): Account {
  const { uuid, email_address, email } = membersOf(account);
  const { uuid: organizationId, name: organizationName } = membersOf(organization);
  const id = text(organizationId);
  return { id: text(uuid), label: text(email_address) ?? text(email), ...(id ? { organization: { id, name: text(organizationName) } } : {}) };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
