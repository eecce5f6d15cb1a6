import { setTimeout as pause } from "node:timers/promises";
import { AIHubError, isAIHubError } from "../../common/errors";
import { timedFetch } from "../../common/http";
import type { DeviceAuthorization, DeviceFlow, TokenReply } from "../../providers/provider";
import { exchangeGrant, pollDevice, startDevice } from "../oauthClient";
import { whileWaiting, type Attempt } from "./attempt";

/** What `slow_down` adds to the interval, in seconds (RFC 8628 3.5). */
const slowDownStep = 5;

/** The longest that a code counts here, whatever the vendor says, in ms. */
const longestLifetime = 15 * 60_000;

/**
 * Signs in with a code that the person types into a page of the vendor, in any browser on any machine.
 *
 * @param attempt its `timeLimit` is how long the code counts here; the vendor may end it earlier.
 * @throws AIHubError `cancelled`, `device_code_expired`, `device_code_disabled`, `malformed_answer`, `access_denied`, and as `exchangeGrant`
 */
export async function signInByDeviceCode({ protocol }: DeviceFlow, attempt: Attempt): Promise<TokenReply> {
  const { provider, ui, signal, anotherWay, timeLimit = longestLifetime } = attempt;
  const waiting = whileWaiting(attempt);
  const started = protocol === "rfc8628" ? await startDevice(provider, waiting) : await protocol.start(timedFetch(waiting));
  if (!isShowable(started)) throw new AIHubError("malformed_answer", { provider: provider.name });
  const device = { ...started, expiresAt: Math.min(started.expiresAt, Date.now() + timeLimit) };
  const code = { provider: provider.name, userCode: device.userCode, verificationUri: device.verificationUri, expiresAt: device.expiresAt, anotherWay };
  const finished = new AbortController();
  const over = AbortSignal.any([waiting, finished.signal]);
  const show = { label: "Show the code", run: () => void ui.showDeviceCode(code, over) };
  const say = (message: string) => ui.progress(message, [show, ...(anotherWay ? [anotherWay] : [])]);

  /** The code stays in view while the polling goes on; closing it is no answer. */
  async function decided<T>(poll: () => Promise<T | Undecided>): Promise<T> {
    const answer = untilDecided(attempt, device, over, say, poll).finally(() => finished.abort());
    const [decision] = await Promise.all([answer, ui.showDeviceCode(code, over)]);
    ui.progress(`Signing in to ${provider.name}…`);
    return decision;
  }

  try {
    if (protocol === "rfc8628") return await decided(() => pollDevice(provider, device, over));
    const grant = await decided(async () => (await protocol.poll(timedFetch(over), device)) ?? "pending");
    return await exchangeGrant(provider, grant, signal);
  } finally {
    finished.abort();
  }
}

/**
 * Whether the vendor's code and address are what they are taken for. Anybody's host can be named as an enterprise's,
 * and its answer is shown in terminals and given to the system to open, by Pi in the words of a shell.
 */
function isShowable({ userCode, verificationUri }: DeviceAuthorization): boolean {
  return /^[\w-]{1,40}$/.test(userCode) && /^https:\/\/[\w.:/?=&%~+-]{1,500}$/.test(verificationUri) && URL.canParse(verificationUri);
}

type Undecided = "pending" | "slow_down";

/** Polls until the person has decided, as often as the vendor wants it. */
async function untilDecided<T>({ provider }: Attempt, device: DeviceAuthorization, over: AbortSignal, say: (message: string) => void, poll: () => Promise<T | Undecided>): Promise<T> {
  const waiting = `Waiting for you to enter the code ${device.userCode} at ${provider.name}…`;
  let said = waiting;
  let interval = device.interval * 1000;
  let notBefore = 0;
  const sayOnce = (message: string) => {
    if (message !== said) say(message);
    said = message;
  };
  say(waiting);
  for (;;) {
    await nextPoll(provider, device.expiresAt, Math.max(interval, notBefore - Date.now()), over);
    try {
      const answer = await poll();
      sayOnce(waiting);
      if (answer === "slow_down") interval += slowDownStep * 1000;
      else if (answer !== "pending") return answer;
    } catch (error) {
      // A fault that may pass (no network for a moment, a busy vendor) is no reason to give the code up (RFC 8628 3.5).
      if (!isAIHubError(error, "offline", "vendor_fault", "rate_limited")) throw error;
      if (error.code === "offline") sayOnce(`No connection to ${provider.name}; still trying. The code is ${device.userCode}.`);
      if (error.code === "rate_limited") interval += slowDownStep * 1000;
      notBefore = error.details.retryAt ?? 0;
    }
  }
}

/** @param wait in ms */
async function nextPoll(provider: Attempt["provider"], expiresAt: number, wait: number, signal: AbortSignal): Promise<void> {
  // Not beyond the end of the code: the person learns of it when it comes.
  await pause(Math.min(wait, Math.max(0, expiresAt - Date.now()) + 1), undefined, { signal }).catch(() => {
    throw new AIHubError("cancelled");
  });
  if (Date.now() > expiresAt) throw new AIHubError("device_code_expired", { provider: provider.name });
}
