import { AIHubError, type ErrorCode, type ErrorDetails } from "../common/errors";
import type { KeySource } from "../auth/resolve";
import { findProvider, providerName } from "../providers/registry";

export interface Refusal {
  /** What Pi says of it. It may hold the vendor's whole answer, so it is read here and never passed on. */
  message: string;
  /** The HTTP status of a refusal, where Pi told it apart. */
  status?: number;
  provider: string;
  model: string;
  agent: string;
  source: KeySource | undefined;
}

/**
 * What a vendor's refusal of a model request means for the person: whose account it hit, and what to do.
 *
 * Pi tries again by itself when it reads certain words in a message ("429", "500", "connection lost"), and shortens
 * the conversation at others ("prompt is too long"). The words of these codes keep to that.
 */
export function explainRefusal({ message, status = statusIn(message), provider, model, agent, source }: Refusal): AIHubError {
  const details: ErrorDetails = { provider: providerName(provider), agent, status, ...accountOf(source), signIn: findProvider(provider)?.id };
  const say = (code: ErrorCode, more: ErrorDetails = {}) => new AIHubError(code, { ...details, ...more });
  if (tooLong.test(message)) return say("conversation_too_long");
  if (source?.kind === "proxy" && (status === 401 || status === 403)) return say("proxy_refused", { host: source.baseUrl });
  if (isForSignIns(source) && thirdParty.test(message)) return say("third_party_refused");
  if (status === 401) return isForSignIns(source) ? say("sign_in_refused") : say("api_key_refused");
  if (status === 402 || noCredit.test(message)) return say("credit_used_up");
  if (usageLimit.test(message)) return say("usage_limit_reached", { retryAt: retryAtIn(message) });
  if (status === 429) return say("too_many_requests");
  if (status === 403) return say("model_access_denied", { reason: model });
  if (status === 404 || noSuchModel.test(message)) return say("model_not_offered", { reason: model });
  if (status !== undefined && status >= 500) return say("vendor_fault");
  if (status === undefined || status < 400) return say(connection.test(message) ? "connection_lost" : "request_failed");
  return say("request_refused", { reason: /"type"\s*:\s*"(?!error")([a-z_]{3,40})"/.exec(message)?.[1] });
}

const tooLong = /prompt is too long|request_too_large|exceeds the context window|maximum context length|context[_ ]length[_ ]exceeded|exceeds the limit of \d+|too many tokens/i;
/** How Anthropic answers programs that are not its own (README, “On the terms”). */
const thirdParty = /only authorized for use with Claude Code|third.party|out of extra usage/i;
const noCredit = /credit balance is too low|insufficient_quota|billing_hard_limit|payment required/i;
const usageLimit = /usage.?limit|usage_not_included|quota.?exceeded|exceeded your .*quota|would exceed your account's rate limit/i;
const noSuchModel = /model[^.]{0,80}(?:not supported|not found|does not exist)/i;
const connection = /connection|network|fetch failed|terminated|socket|hang up|ECONN|ETIMEDOUT|timed? ?out|ended|closed|stream|aborted/i;

/** What vendors say in the midst of an answer, and the HTTP status that means the same. */
const meanings: readonly (readonly [RegExp, number])[] = [
  [/overloaded|slow_down/i, 529],
  [/authentication_error|invalid_api_key|token_(?:expired|revoked|invalid)/, 401],
  [/billing_error|insufficient_quota/, 402],
  [/permission_error/, 403],
  [/not_found_error|model_not_found/, 404],
  // Pi passes on ChatGPT's words without the code.
  [/rate_limit_(?:error|exceeded)|rate limit (?:reached|exceeded)/i, 429],
  [/invalid_request_error|invalid_prompt/, 400],
  [/\bapi_error|server_error|timeout_error|had an error while processing|error occurred while processing|^Codex response failed$/, 500],
];

/** The vendors' libraries begin with the status: `429 {"type":…`, `401 status code (no body)`. An error in an answer's stream has none. */
function statusIn(message: string): number | undefined {
  const found = /^(?:\w*Error: )?([45]\d\d)\b/.exec(message) ?? /\bHTTP ([45]\d\d)\b/.exec(message);
  return found ? Number(found[1]) : meanings.find(([words]) => words.test(message))?.[1];
}

/** Codex tells minutes: "Try again in ~90 min." */
function retryAtIn(message: string): number | undefined {
  const minutes = /try again in ~?(\d+) ?min/i.exec(message)?.[1];
  return minutes === undefined ? undefined : Date.now() + Number(minutes) * 60_000;
}

function isForSignIns(source: KeySource | undefined): boolean {
  return source?.kind === "profile" ? source.profile.type === "oauth" : source?.kind === "environment" && source.pays === "subscription";
}

function accountOf(source: KeySource | undefined): ErrorDetails {
  if (source?.kind === "profile") return { account: source.profile.label, profile: source.profile.id };
  return source?.kind === "environment" ? { account: source.variable } : {};
}
