import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { fetch, ProxyAgent } from "undici";
import type { RequestInit } from "undici";
import type { Sandbox } from "../../sandbox/sandbox";

/** An answer with its body read. */
export interface Answer {
  status: number;
  header: (name: string) => string | null;
  text: string;
  /** The JSON body's member at a path of keys; undefined if there is none. */
  at: (...keys: string[]) => unknown;
}

/** Tokens as both OAuth vendors hand them out. */
export interface Tokens {
  access: string;
  refresh: string;
}

type Fields = Record<string, string>;

/** Reads the member at a path of keys. */
export function memberAt(value: unknown, keys: readonly string[]): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) {
    return value;
  }
  return typeof value === "object" && value !== null ? memberAt(Object.entries(value).find(([k]) => k === key)?.[1], rest) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const verifier = randomBytes(32).toString("base64url");
const challenge = createHash("sha256").update(verifier).digest("base64url");

/** What a valid authorization request of each vendor carries. */
export const validRequests = {
  anthropic: {
    code: "true",
    client_id: "9d1c250a-e61b-44d9-88ed-5944d1962f5e",
    response_type: "code",
    redirect_uri: "http://localhost:53692/callback",
    scope: "org:create_api_key user:profile user:inference",
    code_challenge: challenge,
    code_challenge_method: "S256",
    state: "some-state",
  },
  openai: {
    response_type: "code",
    client_id: "app_EMoamEEZ73f0CkXaXp7hrann",
    redirect_uri: "http://localhost:1455/auth/callback",
    scope: "openid profile email offline_access",
    code_challenge: challenge,
    code_challenge_method: "S256",
    state: "some-state",
    id_token_add_organizations: "true",
    codex_cli_simplified_flow: "true",
    originator: "pi",
  },
} as const;

const authorizeUrls = { anthropic: "https://claude.ai/oauth/authorize", openai: "https://auth.openai.com/oauth/authorize" };

/** A browser and an HTTP client in one: everything it asks goes through the sandbox's proxy. */
export function createVisitor(sandbox: Sandbox) {
  const dispatcher = new ProxyAgent({ uri: sandbox.proxyUrl, requestTls: { ca: readFileSync(sandbox.caFile, "utf8") } });

  async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(url, { redirect: "manual", dispatcher, ...init });
    const text = await response.text();
    const json = parsed(text);
    return {
      status: response.status,
      header: (name) => response.headers.get(name),
      text,
      at: (...keys) => memberAt(json, keys),
    };
  }

  const postForm = (url: string, fields: Fields, headers: Fields = {}) =>
    ask(url, { method: "POST", body: new URLSearchParams(fields), headers });

  const postJson = (url: string, body: unknown, headers: Fields = {}) =>
    ask(url, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } });

  /** The address of an authorization request, valid but for `changes`; undefined removes a parameter. */
  function authorizeUrl(vendor: "anthropic" | "openai", changes: Record<string, string | undefined> = {}): string {
    const url = new URL(authorizeUrls[vendor]);
    for (const [name, value] of Object.entries({ ...validRequests[vendor], ...changes })) {
      if (value !== undefined) {
        url.searchParams.set(name, value);
      }
    }
    return url.href;
  }

  /** Clicks a button of the consent page and gives the address that the browser is sent to. */
  async function consent(vendor: "anthropic" | "openai", changes: Fields = {}, decision = "authorize"): Promise<URL> {
    const answer = await postForm(authorizeUrl(vendor, changes), { decision });
    assert.equal(answer.status, 302, answer.text);
    return new URL(answer.header("location") ?? "");
  }

  /** The token call for a code, valid but for `changes`. */
  function exchange(vendor: "anthropic" | "openai", code: string, changes: Fields = {}): Promise<Answer> {
    const { client_id, redirect_uri, state } = validRequests[vendor];
    const fields = { grant_type: "authorization_code", client_id, redirect_uri, code, code_verifier: verifier };
    return vendor === "anthropic"
      ? postJson("https://platform.claude.com/v1/oauth/token", { ...fields, state, ...changes })
      : postForm("https://auth.openai.com/oauth/token", { ...fields, ...changes });
  }

  /** The token call for a refresh token. */
  function refresh(vendor: "anthropic" | "openai", refresh_token: string): Promise<Answer> {
    const fields = { grant_type: "refresh_token", client_id: validRequests[vendor].client_id, refresh_token };
    return vendor === "anthropic"
      ? postJson("https://platform.claude.com/v1/oauth/token", fields)
      : postForm("https://auth.openai.com/oauth/token", fields);
  }

  /** A whole sign-in. */
  async function signIn(vendor: "anthropic" | "openai"): Promise<Tokens> {
    const code = (await consent(vendor)).searchParams.get("code") ?? "";
    return tokensOf(await exchange(vendor, code));
  }

  /** Starts GitHub's device flow. */
  async function startGithubDevice(domain = "github.com"): Promise<{ deviceCode: string; userCode: string }> {
    const fields = { client_id: "Iv1.b507a08c87ecfe98", scope: "read:user" };
    const answer = await postForm(`https://${domain}/login/device/code`, fields, { accept: "application/json" });
    return { deviceCode: String(answer.at("device_code")), userCode: String(answer.at("user_code")) };
  }

  /** One poll of GitHub's device flow. */
  function pollGithub(device_code: string, domain = "github.com"): Promise<Answer> {
    const grant_type = "urn:ietf:params:oauth:grant-type:device_code";
    const fields = { client_id: "Iv1.b507a08c87ecfe98", grant_type, device_code };
    return postForm(`https://${domain}/login/oauth/access_token`, fields, { accept: "application/json" });
  }

  /** A whole sign-in at GitHub: the GitHub token. */
  async function signInGithub(domain = "github.com"): Promise<string> {
    const { deviceCode, userCode } = await startGithubDevice(domain);
    await postForm(`https://${domain}/login/device`, { user_code: userCode, decision: "authorize" });
    return String((await pollGithub(deviceCode, domain)).at("access_token"));
  }

  /** Asks for a Copilot token. */
  function copilotToken(githubToken: string, domain = "github.com"): Promise<Answer> {
    const headers = { authorization: `Bearer ${githubToken}`, "editor-version": "vscode/1.107.0" };
    return ask(`https://api.${domain}/copilot_internal/v2/token`, { headers });
  }

  return {
    ask,
    postForm,
    postJson,
    authorizeUrl,
    consent,
    exchange,
    refresh,
    signIn,
    startGithubDevice,
    pollGithub,
    signInGithub,
    copilotToken,
    close: () => dispatcher.close(),
  };
}

export type Visitor = ReturnType<typeof createVisitor>;

/** The tokens of a successful token call. */
export function tokensOf(answer: Answer): Tokens {
  assert.equal(answer.status, 200, answer.text);
  return { access: String(answer.at("access_token")), refresh: String(answer.at("refresh_token")) };
}
