import { AIHubError, isAIHubError } from "../../common/errors";
import type { Provider } from "../../providers/provider";
import { answerLimit, inTime } from "../inTime";
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
 * The provider on the enterprise's domain: the given one, or what the person answers.
 * @throws AIHubError `invalid_domain` for a given one, `cancelled`, `login_timed_out`
 */
export async function atEnterprise(attempt: Attempt, given: string | undefined): Promise<Provider> {
  const { provider, timeLimit = answerLimit } = attempt;
  return providerAt(provider, given ?? (await inTime(provider, whileWaiting(attempt), timeLimit, (limited) => askDomain(attempt, limited))));
}

async function askDomain({ provider, ui }: Attempt, signal: AbortSignal): Promise<string> {
  const question = { title: `Sign in to ${provider.name}`, prompt: "The domain of your enterprise on GitHub.", placeholder: "example.ghe.com" };
  let problem: string | undefined;
  let value: string | undefined;
  for (;;) {
    value = await ui.ask({ ...question, problem, value }, signal);
    if (value === undefined) throw new AIHubError("cancelled");
    try {
      return parseDomain(value);
    } catch (error) {
      if (!isAIHubError(error, "invalid_domain")) throw error;
      problem = error.message;
    }
  }
}
