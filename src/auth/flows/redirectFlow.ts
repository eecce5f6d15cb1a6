import { AIHubError, isAIHubError, messageOf } from "../../common/errors";
import type { HostedFlow, LoopbackFlow, Provider, TokenReply } from "../../providers/provider";
import { listenOnLoopback, type LoopbackListener, type Redirect } from "../loopback";
import type { LoginUi } from "../loginUi";
import { authorizationUrl, createPkce, exchangeCode, type Pkce } from "../oauthClient";
import { parsePastedCode } from "../pastedCode";
import { asRegisteredRedirect, isAcceptedRedirect } from "./redirectRule";

/** How long the person has, in ms. */
const timeLimit = 5 * 60_000;

/**
 * Signs in through a loopback redirect, with a paste box open at the same time (for a browser on another machine).
 *
 * @returns `undefined` when the person's browser cannot reach this machine under an address that the vendor takes.
 * @throws AIHubError `ports_in_use`, `cancelled`, `login_timed_out`, and as `exchangeCode`
 */
export async function signInByLoopback(provider: Provider, flow: LoopbackFlow, ui: LoginUi, signal: AbortSignal): Promise<TokenReply | undefined> {
  const pkce = await createPkce();
  const listener = await listenOnLoopback(flow, pkce.state, provider.name);
  try {
    const externalUri = await ui.externalUri(`http://localhost:${listener.port}${flow.path}`);
    if (!isAcceptedRedirect(flow, externalUri)) return undefined;
    return await authorize(provider, asRegisteredRedirect(externalUri), pkce, ui, signal, listener);
  } finally {
    await listener.close();
  }
}

/** Signs in through a page of the vendor that shows the code, which the person pastes. */
export async function signInByHostedPage(provider: Provider, flow: HostedFlow, ui: LoginUi, signal: AbortSignal): Promise<TokenReply> {
  return authorize(provider, flow.redirectUri, await createPkce(), ui, signal);
}

async function authorize(
  provider: Provider,
  redirectUri: string,
  pkce: Pkce,
  ui: LoginUi,
  signal: AbortSignal,
  listener?: LoopbackListener,
): Promise<TokenReply> {
  const finished = new AbortController();
  const timeout = AbortSignal.timeout(timeLimit);
  const over = AbortSignal.any([signal, timeout, finished.signal]);
  try {
    await ui.openBrowser(authorizationUrl(provider, redirectUri, pkce));
    ui.progress(`Waiting for you to authorize ${provider.name} in the browser…`);
    const redirect = await Promise.race([
      ...(listener ? [listener.redirect] : []),
      pastedRedirect(provider, pkce, ui, over, listener !== undefined),
      ended(over),
    ]);
    if (!redirect) throw timeout.aborted && !signal.aborted ? new AIHubError("login_timed_out", { provider: provider.name }) : new AIHubError("cancelled");
    ui.progress(`Signing in to ${provider.name}…`);
    return await exchangeAndAnswer(provider, redirect, redirectUri, pkce, signal);
  } finally {
    finished.abort();
  }
}

/** The page in the browser tells the truth: it waits until the vendor has given the tokens. */
async function exchangeAndAnswer(provider: Provider, redirect: Redirect, redirectUri: string, pkce: Pkce, signal: AbortSignal): Promise<TokenReply> {
  try {
    const reply = await exchangeCode(provider, redirect.parameters, redirectUri, pkce, signal);
    redirect.answer(`Signed in to ${provider.name}`, "You can close this page and go back.");
    return reply;
  } catch (error) {
    redirect.answer(`Not signed in to ${provider.name}`, messageOf(error));
    throw error;
  }
}

/** Asks until what was pasted fits. A closed box leaves the sign-in to the loopback, or ends it where there is none. */
async function pastedRedirect(provider: Provider, pkce: Pkce, ui: LoginUi, over: AbortSignal, hasLoopback: boolean): Promise<Redirect | undefined> {
  let problem: string | undefined;
  for (;;) {
    const pasted = await ui.ask(
      {
        title: `Sign in to ${provider.name}`,
        prompt: hasLoopback
          ? "Authorize in the browser. If the page there does not load, paste its address here."
          : "Authorize in the browser, then paste the code that it shows.",
        placeholder: "code or address",
        problem,
      },
      over,
    );
    if (pasted === undefined) return hasLoopback ? ended(over) : undefined;
    try {
      return { parameters: parsePastedCode(pasted, pkce.state), answer: () => {} };
    } catch (error) {
      if (!isAIHubError(error, "code_missing", "state_mismatch")) throw error;
      problem = error.message;
    }
  }
}

function ended(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
