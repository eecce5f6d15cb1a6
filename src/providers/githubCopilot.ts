import { AIHubError } from "../common/errors";
import { jsonObject, statusError, type Fetch } from "../common/http";
import { expiryMargin } from "../store/schema";
import type { Account, Provider, TokenReply } from "./provider";
import { withAnswer } from "./wire";

const name = "GitHub Copilot";

/** No Copilot token lives for a day, in seconds. */
const longestLifetime = 24 * 3600;

/** For an answer without a usable expiry, in ms: short, so that a wrong guess costs one more request. */
const carefulLifetime = 15 * 60_000;

/** What Copilot's endpoints ask of a client; the same words as Pi's. */
const copilotHeaders = {
  "user-agent": "GitHubCopilotChat/0.35.0",
  "editor-version": "vscode/1.107.0",
  "editor-plugin-version": "copilot-chat/0.35.0",
  "copilot-integration-id": "vscode-chat",
};

/** GitHub Copilot: a GitHub token by device code, and from it a Copilot token that lives for about half an hour. */
export const githubCopilot: Provider = {
  ...copilotAt("github.com"),
  flows: [
    { kind: "device", protocol: "rfc8628" },
    { kind: "device", protocol: "rfc8628", onDomain: true },
  ],
  atDomain: (domain) => ({ ...copilotAt(domain), enterpriseUrl: domain }),
};

function copilotAt(domain: string): Provider {
  return {
    id: "github-copilot",
    authenticationId: "aihub-github-copilot",
    label: "GitHub Copilot",
    name,
    clientId: "Iv1.b507a08c87ecfe98",
    scopes: ["read:user"],
    issuer: `https://${domain}`,
    endpoints: {
      deviceAuthorization: `https://${domain}/login/device/code`,
      token: `https://${domain}/login/oauth/access_token`,
    },
    authorizationParameters: {},
    flows: [{ kind: "device", protocol: "rfc8628" }],
    tokenVariables: ["COPILOT_GITHUB_TOKEN"],
    keyVariables: [],
    payer: "your GitHub Copilot plan",
    wire: (fetch) => withAnswer(fetch, errorStatus),
    account: (reply, fetch) => account(domain, reply, fetch),
    exchange,
    modelBaseUrl,
  };
}

/** GitHub answers OAuth errors with HTTP 200; RFC 6749 5.2 has 400. */
function errorStatus(body: Record<string, unknown>, status: number) {
  return { body, status: status === 200 && typeof body.error === "string" ? 400 : status };
}

async function account(domain: string, reply: TokenReply, fetch: Fetch): Promise<Account> {
  const response = await fetch(`https://api.${domain}/user`, {
    headers: { authorization: `Bearer ${reply.access_token}`, accept: "application/json", "user-agent": copilotHeaders["user-agent"] },
  });
  if (!response.ok) throw statusError(name, response);
  const { login, id } = await jsonObject(name, response);
  // The same name or number on an enterprise's domain is another account.
  const suffix = domain === "github.com" ? "" : `@${domain}`;
  return {
    label: typeof login === "string" ? `${login}${suffix}` : undefined,
    id: typeof id === "number" ? `${id}${suffix}` : undefined,
  };
}

async function exchange(githubToken: string, fetch: Fetch, enterpriseUrl?: string) {
  const response = await fetch(`https://api.${enterpriseUrl ?? "github.com"}/copilot_internal/v2/token`, {
    headers: { authorization: `Bearer ${githubToken}`, accept: "application/json", ...copilotHeaders },
  });
  // 401: the GitHub token was revoked. 403: the account is there, a Copilot plan is not.
  if (response.status === 401) throw new AIHubError("sign_in_again", { provider: name, profile: "this account", reason: "the token was revoked" });
  if (response.status === 403) throw new AIHubError("no_subscription", { provider: name });
  if (!response.ok) throw statusError(name, response);
  const { token, expires_at, refresh_in } = await jsonObject(name, response);
  if (typeof token !== "string" || token === "") throw new AIHubError("malformed_answer", { provider: name });
  return { access: token, expires: expiryOf(expires_at, refresh_in) };
}

/** `refresh_in` (seconds) holds whatever this machine's clock says; `expires_at` is the vendor's clock. */
function expiryOf(expiresAt: unknown, refreshIn: unknown): number {
  const now = Date.now();
  if (typeof refreshIn === "number" && refreshIn > 60 && refreshIn < longestLifetime) return now + refreshIn * 1000;
  const lifetime = typeof expiresAt === "number" ? expiresAt - now / 1000 : 0;
  return lifetime > 60 && lifetime < longestLifetime ? now + lifetime * 1000 - expiryMargin : now + carefulLifetime;
}

/** The API host stands in the token: `proxy-ep=proxy.individual.githubcopilot.com`. */
function modelBaseUrl(access: string, enterpriseUrl?: string): string {
  const proxy = /proxy-ep=([^;]+)/.exec(access)?.[1];
  if (proxy) return `https://${proxy.replace(/^proxy\./, "api.")}`;
  return enterpriseUrl ? `https://copilot-api.${enterpriseUrl}` : "https://api.individual.githubcopilot.com";
}
