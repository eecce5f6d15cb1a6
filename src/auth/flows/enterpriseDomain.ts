import { AIHubError, isAIHubError } from "../../common/errors";
import type { Provider } from "../../providers/provider";
import { answerLimit, inTime } from "../inTime";
import type { Question } from "../loginUi";
import { whileWaiting, type Attempt } from "./attempt";

/**
 * The host of an enterprise from what a person writes: `example.ghe.com`, also as an address.
 * @throws AIHubError `invalid_domain`
 */
export function parseDomain(text: string): string {
  const trimmed = text.trim();
  const address = /^https?:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  const host = URL.canParse(address) ? new URL(address) : undefined;
  const isPlain = host !== undefined && host.port === "" && host.username === "" && /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(host.hostname) && !/\.\d+$/.test(host.hostname);
  if (!isPlain) throw new AIHubError("invalid_domain", { host: trimmed.slice(0, 100) });
  return host.hostname;
}

/**
 * The provider on a domain as a person writes it, which may be its own.
 * @throws AIHubError `invalid_domain`
 */
export function providerAt(provider: Provider, domain: string): Provider {
  const host = parseDomain(domain);
  return host === "github.com" ? provider : (provider.atDomain?.(host) ?? provider);
}

/**
 * Signs in on the enterprise's domain: the given one, or what the person answers, until it is one.
 * @throws AIHubError `invalid_domain` for a given one, `cancelled`, `login_timed_out`, and as `signIn`
 */
export async function atEnterprise<T>(attempt: Attempt, given: string | undefined, signIn: (provider: Provider) => Promise<T>): Promise<T> {
  const { provider, timeLimit = answerLimit } = attempt;
  if (given !== undefined) return signIn(providerAt(provider, given));
  let answer: Pick<Question, "problem" | "value"> = {};
  for (;;) {
    const last = answer;
    const value = await inTime(provider, whileWaiting(attempt), timeLimit, (limited) => askDomain(attempt, last, limited));
    try {
      return await signIn(providerAt(provider, value));
    } catch (error) {
      // By the look of it, or because nobody there knows of sign-ins.
      if (!isAIHubError(error, "invalid_domain")) throw error;
      answer = { problem: error.message, value };
    }
  }
}

async function askDomain({ provider, ui }: Attempt, last: Pick<Question, "problem" | "value">, signal: AbortSignal): Promise<string> {
  const question = { title: `Sign in to ${provider.name}`, prompt: "The domain of your enterprise on GitHub.", placeholder: "example.ghe.com" };
  const value = await ui.ask({ ...question, ...last }, signal);
  if (value === undefined) throw new AIHubError("cancelled");
  return value;
}
