import * as z from "zod/mini";

/** How long before the vendor's moment `expires` stands, in ms: until that moment, the vendor still takes the token. */
export const expiryMargin = 5 * 60_000;

/**
 * One entry of `credentials/oauth.json`. `expires` is ms since the epoch, by `expiryMargin` before the vendor's.
 * Other fields (`accountId`, `enterpriseUrl`, what a later version adds) are kept as they are.
 */
export const oauthCredentialSchema = z.looseObject({
  type: z.literal("oauth"),
  access: z.string().check(z.minLength(1)),
  refresh: z.string().check(z.minLength(1)),
  expires: z.number(),
  email: z.optional(z.string()),
  accountId: z.optional(z.string()),
  organizationId: z.optional(z.string()),
  enterpriseUrl: z.optional(z.string()),
  /** When the vendor gave the tokens, in ms since the epoch: only of those that live too briefly for the usual margins. */
  issuedAt: z.optional(z.number()),
  /** The file of another program that owns this sign-in: it renews, we only follow. */
  borrowedFrom: z.optional(z.string()),
  /** The tokens before these, while nobody can tell whether these, which the gateway had, are of the same account (see gateway/newcomer.ts). */
  previous: z.optional(z.looseObject({ access: z.string(), refresh: z.string(), expires: z.number() })),
});
export type OAuthCredential = z.infer<typeof oauthCredentialSchema>;

/** `credentials/oauth.json`: entries are checked one by one, so that a strange one does not hide the others. */
export const credentialsFileSchema = z.record(z.string(), z.unknown());

/** Why and when the vendor refused a sign-in for good, and which one: the hash of the refresh token it was about. */
const signInAgainSchema = z.looseObject({ at: z.number(), reason: z.string(), token: z.string() });

/** Who began a refresh, when, and with which token (its hash); `unanswered` when no answer came. */
const attempt = { at: z.number(), pid: z.number(), host: z.string(), token: z.string(), unanswered: z.optional(z.boolean()) };

/** A refresh that was begun. It stands until the answer is stored. */
const refreshingSchema = z.looseObject({
  ...attempt,
  /** Who began with the same token before, and never told how it ended. */
  before: z.optional(z.looseObject(attempt)),
});
export type RefreshRecord = z.infer<typeof refreshingSchema>;

/** Until when the vendor is left in peace after passing failures, and how many there were. */
const pausedSchema = z.looseObject({ until: z.number(), failures: z.number(), reason: z.string() });

export const indexEntrySchema = z.looseObject({
  provider: z.string(),
  type: z.enum(["oauth", "api_key"]),
  label: z.optional(z.string()),
  key: z.optional(z.string()),
  signInAgain: z.optional(signInAgainSchema),
  refreshing: z.optional(refreshingSchema),
  refreshPaused: z.optional(pausedSchema),
});
export type IndexEntry = z.infer<typeof indexEntrySchema>;

const usageSchema = z.looseObject({
  lastUsed: z.optional(z.number()),
  errorCount: z.optional(z.number()),
  cooldownUntil: z.optional(z.number()),
});

/** What stands of ours in the gateway's `auth.json`, by the name of its entry there (see gateway/mirror.ts). */
const mirroredSchema = z.looseObject({
  profile: z.string(),
  /** The hash of the tokens that we and the gateway had in common last. */
  rotation: z.string(),
  /** Those before it, the newest first: whoever brings one back brings back what is spent. */
  past: z.optional(z.array(z.string())),
});
export type Mirrored = z.infer<typeof mirroredSchema>;

/** A second account on the gateway under a provider's name of its own, and what agents had before they used it (see gateway/alias.ts). */
const aliasSchema = z.looseObject({
  profile: z.string(),
  /** By the agent's id; what is not there was not set. */
  agents: z.record(z.string(), z.looseObject({ provider: z.optional(z.string()), model: z.optional(z.string()), mode: z.optional(z.string()) })),
});
export type AliasRecord = z.infer<typeof aliasSchema>;

const madeModelsSchema = z.enum(["file", "providers"]);
export type MadeModels = z.infer<typeof madeModelsSchema>;

const mirrorSchema = z.looseObject({
  /** As the person set it in the editor; `auto` where nothing stands. */
  mode: z.optional(z.enum(["on", "off"])),
  entries: z.optional(z.record(z.string(), mirroredSchema)),
  /** By the provider's name that stands in `models.json`. */
  aliases: z.optional(z.record(z.string(), aliasSchema)),
  /** What was made of `models.json` for the first of them: the file, or its `providers`. It goes with the last one. */
  models: z.optional(madeModelsSchema),
});

/** A sign-in: by whom, since when, and how people call the place; over when it says which profile it `connected`. */
const signInSchema = z.looseObject({ at: z.number(), pid: z.number(), host: z.string(), place: z.string(), connected: z.optional(z.string()) });
export type SignInRecord = z.infer<typeof signInSchema>;

/** The form of the index that is written here. One of a later form is read as far as it is understood, and never written over. */
export const indexVersion = 1;

/**
 * `agent/auth-profiles.json`: the index, no tokens. Its profiles are checked one by one. By provider: `notices`, when its
 * notice was read (ms since the epoch), and `signingIn`, the last sign-in: the one that is under way, or what it came to.
 */
export const profilesFileSchema = z.looseObject({
  version: z.number(),
  profiles: z.record(z.string(), z.unknown()),
  order: z.optional(z.record(z.string(), z.array(z.string()))),
  lastGood: z.optional(z.record(z.string(), z.string())),
  usageStats: z.optional(z.record(z.string(), usageSchema)),
  mirror: z.optional(mirrorSchema),
  notices: z.optional(z.record(z.string(), z.number())),
  signingIn: z.optional(z.record(z.string(), signInSchema)),
});

/** The index with the profiles that are understood. */
export interface ProfilesFile extends z.infer<typeof profilesFileSchema> {
  profiles: Record<string, IndexEntry>;
}
