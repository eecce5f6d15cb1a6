import { setTimeout as pause } from "node:timers/promises";
import { AIHubError, isAIHubError } from "../../common/errors";
import { timedFetch } from "../../common/http";
import type { DeviceAuthorization, DeviceFlow, DeviceProtocol, Provider, TokenReply } from "../../providers/provider";
import type { Action, LoginUi } from "../loginUi";
import { createPkce, exchangeCode, pollDevice, startDevice } from "../oauthClient";

/** What `slow_down` adds to the interval, in seconds (RFC 8628 3.5). */
const slowDownStep = 5;

/** The longest that a code counts here, whatever the vendor says, in ms. */
const longestLifetime = 15 * 60_000;

export interface DeviceSignIn {
  provider: Provider;
  ui: LoginUi;
  signal: AbortSignal;
  anotherWay?: Action;
  /** How long the code counts here, in ms; the vendor may end it earlier. */
  timeLimit?: number;
}

/**
 * Signs in with a code that the person types into a page of the vendor, in any browser on any machine.
 *
 * @throws AIHubError `cancelled`, `device_code_expired`, `device_code_disabled`, `access_denied`, and as `exchangeCode`
 */
export async function signInByDeviceCode({ protocol }: DeviceFlow, signIn: DeviceSignIn): Promise<TokenReply> {
  const { provider, ui, signal, anotherWay, timeLimit = longestLifetime } = signIn;
  const started = protocol === "rfc8628" ? await startDevice(provider, signal) : await protocol.start(timedFetch(signal));
  const device = { ...started, expiresAt: Math.min(started.expiresAt, Date.now() + timeLimit) };
  const code = { provider: provider.name, userCode: device.userCode, verificationUri: device.verificationUri, expiresAt: device.expiresAt, anotherWay };
  const finished = new AbortController();
  const over = AbortSignal.any([signal, finished.signal]);
  try {
    const show = { label: "Show the code", run: () => void ui.showDeviceCode(code, over) };
    ui.progress(`Waiting for you to enter the code ${code.userCode} at ${provider.name}…`, [show, ...(anotherWay ? [anotherWay] : [])]);
    const poll = protocol === "rfc8628" ? pollStandard(provider, device, over) : pollOwn(provider, protocol, device, over);
    // The code stays in view while the polling goes on; closing it is no answer.
    const shown = ui.showDeviceCode(code, over);
    const [reply] = await Promise.all([poll.finally(() => finished.abort()), shown]);
    return reply;
  } finally {
    finished.abort();
  }
}

async function pollStandard(provider: Provider, device: DeviceAuthorization, signal: AbortSignal): Promise<TokenReply> {
  let interval = device.interval;
  for (;;) {
    await nextPoll(provider, device, interval, signal);
    const answer = await unlessPassing(pollDevice(provider, device, signal));
    if (answer === undefined) continue;
    if (answer === "slow_down") interval += slowDownStep;
    else if (answer !== "pending") return answer;
  }
}

async function pollOwn(provider: Provider, protocol: DeviceProtocol, device: DeviceAuthorization, signal: AbortSignal): Promise<TokenReply> {
  for (;;) {
    await nextPoll(provider, device, device.interval, signal);
    const grant = await unlessPassing(protocol.poll(timedFetch(signal), device));
    if (!grant) continue;
    const { state, codeChallenge } = await createPkce();
    const redirected = new URLSearchParams({ code: grant.code, state });
    return exchangeCode(provider, redirected, grant.redirectUri, { codeVerifier: grant.codeVerifier, codeChallenge, state }, signal);
  }
}

async function nextPoll(provider: Provider, device: DeviceAuthorization, interval: number, signal: AbortSignal): Promise<void> {
  // Not beyond the end of the code: the person learns of it when it comes.
  const wait = Math.min(interval * 1000, Math.max(0, device.expiresAt - Date.now()) + 1);
  await pause(wait, undefined, { signal }).catch(() => {
    throw new AIHubError("cancelled");
  });
  if (Date.now() > device.expiresAt) throw new AIHubError("device_code_expired", { provider: provider.name });
}

/** A fault that may pass (no network for a moment, a busy vendor) is no reason to give the code up (RFC 8628 3.5). */
async function unlessPassing<T>(poll: Promise<T>): Promise<T | undefined> {
  try {
    return await poll;
  } catch (error) {
    if (isAIHubError(error, "offline", "vendor_fault", "rate_limited")) return undefined;
    throw error;
  }
}
