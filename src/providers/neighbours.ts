import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import * as z from "zod/mini";
import { AIHubError } from "../common/errors";
import { isRecord, membersOf } from "../common/record";
import { expiryMargin, oauthCredentialSchema, type OAuthCredential } from "../store/schema";
import { anthropic } from "./anthropic";
import { jwtClaims, textClaim } from "./jwt";
import { openaiCodex } from "./openaiCodex";
import type { Provider } from "./provider";
import { findProvider } from "./registry";

/** Another program in which people are signed in already, and where it keeps that. */
export interface Neighbour {
  id: string;
  name: string;
  /** In the order in which they count: a later one stands in where an earlier one has nothing. */
  files(aihubHome: string): Promise<string[]>;
  /** Whether each file is an account of its own. */
  isFileAnAccount?: boolean;
}

const inHome = (...path: string[]) => join(homedir(), ...path);

/** Their places as documented by each, with the variables by which they can be moved. macOS' Keychain is not read. */
export const neighbours: readonly Neighbour[] = [
  { id: "claude-code", name: "Claude Code", files: () => Promise.resolve([join(process.env.CLAUDE_CONFIG_DIR ?? inHome(".claude"), ".credentials.json")]) },
  { id: "codex", name: "Codex", files: () => Promise.resolve([join(process.env.CODEX_HOME ?? inHome(".codex"), "auth.json")]) },
  { id: "gateway", name: "the aihub gateway", files: (aihubHome) => Promise.resolve([join(aihubHome, "auth.json")]) },
  { id: "pi", name: "Pi", files: () => Promise.resolve(["auth.json", "oauth.json"].map((name) => inHome(".pi", "agent", name))) },
  { id: "cli-proxy-api", name: "CLIProxyAPI", files: () => jsonFilesIn(inHome(".cli-proxy-api")), isFileAnAccount: true },
  { id: "opencode", name: "opencode", files: () => Promise.resolve([join(process.env.XDG_DATA_HOME ?? inHome(".local", "share"), "opencode", "auth.json")]) },
];

/** @throws AIHubError `unknown_neighbour` */
export function findNeighbour(id: string): Neighbour {
  const neighbour = neighbours.find((each) => each.id === id);
  if (!neighbour) throw new AIHubError("unknown_neighbour", { reason: id, known: neighbours.map((each) => each.id) });
  return neighbour;
}

async function jsonFilesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(".json")).sort().map((name) => join(folder, name));
}

/** A sign-in as another program keeps it. */
export interface NeighbourSignIn {
  provider: Provider;
  credential: OAuthCredential;
}

const claudeSchema = z.object({ claudeAiOauth: z.object({ accessToken: z.string(), refreshToken: z.string(), expiresAt: z.number() }) });
const codexSchema = z.object({
  tokens: z.object({ access_token: z.string(), refresh_token: z.string(), id_token: z.optional(z.string()), account_id: z.optional(z.string()) }),
});
const proxySchema = z.object({
  type: z.enum(["claude", "codex"]),
  access_token: z.string(),
  refresh_token: z.string(),
  id_token: z.optional(z.string()),
  email: z.optional(z.string()),
  account_id: z.optional(z.string()),
  account_uuid: z.optional(z.string()),
  expired: z.optional(z.string()),
});

/**
 * The sign-ins in a file of any neighbour: its form tells whose it is. What is of no use here is left out. Those with forms of
 * their own keep the vendor's moment, Pi keeps ours.
 */
export function signInsIn(content: unknown): NeighbourSignIn[] {
  const claude = claudeSchema.safeParse(content);
  if (claude.success) {
    const { accessToken, refreshToken, expiresAt } = claude.data.claudeAiOauth;
    return usable(anthropic, { access: accessToken, refresh: refreshToken, expires: expiresAt - expiryMargin });
  }
  const codex = codexSchema.safeParse(content);
  if (codex.success) return codexSignIn(codex.data.tokens);
  const proxy = proxySchema.safeParse(content);
  if (!proxy.success) return piSignIns(content);
  const { type, access_token, refresh_token, email, account_uuid, expired } = proxy.data;
  if (type === "codex") return codexSignIn(proxy.data);
  return usable(anthropic, { access: access_token, refresh: refresh_token, expires: Date.parse(expired ?? "") - expiryMargin, email, accountId: account_uuid });
}

/** Codex keeps no expiry: it stands in the token. */
function codexSignIn({ access_token, refresh_token, id_token, account_id }: z.infer<typeof codexSchema>["tokens"]): NeighbourSignIn[] {
  const claims = jwtClaims(access_token);
  const account = {
    email: textClaim(jwtClaims(id_token ?? ""), "email") ?? textClaim(claims, "https://api.openai.com/profile", "email"),
    accountId: account_id ?? textClaim(claims, "https://api.openai.com/auth", "chatgpt_account_id"),
  };
  return usable(openaiCodex, { access: access_token, refresh: refresh_token, expires: Number(claims.exp) * 1000 - expiryMargin, ...account });
}

/** Pi's form: an entry for each provider. opencode's is the same, but for one name. The older of Pi's has no type. */
function piSignIns(content: unknown): NeighbourSignIn[] {
  return Object.entries(membersOf(content)).flatMap(([id, entry]) => {
    const provider = id === "openai" ? openaiCodex : findProvider(id);
    return provider && isRecord(entry) ? usable(provider, entry) : [];
  });
}

function usable(provider: Provider, entry: object): NeighbourSignIn[] {
  const known = Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
  const parsed = oauthCredentialSchema.safeParse({ type: "oauth", ...known });
  return parsed.success && Number.isFinite(parsed.data.expires) ? [{ provider, credential: parsed.data }] : [];
}
