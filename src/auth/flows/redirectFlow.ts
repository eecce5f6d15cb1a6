import { AIHubError, isAIHubError, messageOf } from "../../common/errors";
import type { HostedFlow, LoopbackFlow, Provider, TokenReply } from "../../providers/provider";
import { listenOnLoopback, type LoopbackListener, type Redirect } from "../loopback";
import type { LoginUi } from "../loginUi";
import { authorizationUrl, createPkce, exchangeCode, type Pkce } from "../oauthClient";
import { parsePastedCode } from "../pastedCode";
import { asRegisteredRedirect, isAcceptedRedirect } from "./redirectRule";

/** How long the person has, in ms. */
const timeLimit = 5 * 60_000;

/** What is made of the tokens: the browser's page is answered only when it is done. */
export type Complete<T> = (reply: TokenReply) => Promise<T>;

interface RedirectSignIn<T> {
  provider: Provider;
  ui: LoginUi;
  signal: AbortSignal;
  complete: Complete<T>;
}

/**
 * Signs in through a loopback redirect, with a paste box open at the same time (for a browser on another machine).
 *
 * @returns `undefined` when the person's browser cannot reach this machine under an address that the vendor takes.
 * @throws AIHubError `ports_in_use`, `cancelled`, `login_timed_out`, and as `exchangeCode`
 */
export async function signInByLoopback<T>(flow: LoopbackFlow, signIn: RedirectSignIn<T>): Promise<T | undefined> {
  const { provider, ui, signal } = signIn;
  const pkce = await createPkce();
  const listener = await listenOnLoopback(flow, pkce.state, provider.name);
  try {
    // Where the editor asks before it opens a tunnel, nobody may be there to answer.
    const over = limited(signal);
    const externalUri = await Promise.race([ui.externalUri(`http://localhost:${listener.port}${flow.path}`), ended(over)]);
    if (externalUri === undefined) throw notFinished(provider, signal, over);
    if (!isAcceptedRedirect(flow, externalUri)) return undefined;
    return await authorize(signIn, asRegisteredRedirect(externalUri), pkce, listener);
  } finally {
    await listener.close();
  }
}

/** Signs in through a page of the vendor that shows the code, which the person pastes. */
export async function signInByHostedPage<T>(flow: HostedFlow, signIn: RedirectSignIn<T>): Promise<T> {
  return authorize(signIn, flow.redirectUri, await createPkce());
}

async function authorize<T>(signIn: RedirectSignIn<T>, redirectUri: string, pkce: Pkce, listener?: LoopbackListener): Promise<T> {
  const { provider, ui, signal } = signIn;
  const finished = new AbortController();
  const over = AbortSignal.any([limited(signal), finished.signal]);
  try {
    await Promise.race([ui.openBrowser(authorizationUrl(provider, redirectUri, pkce)), ended(over)]);
    ui.progress(`Waiting for you to authorize ${provider.name} in the browser…`);
    const redirect = await Promise.race([
      ...(listener ? [listener.redirect] : []),
      pastedRedirect(provider, pkce, ui, over, listener !== undefined),
      ended(over),
    ]);
    if (!redirect) throw notFinished(provider, signal, over);
    ui.progress(`Signing in to ${provider.name}…`);
    return await exchangeAndAnswer(signIn, redirect, redirectUri, pkce);
  } finally {
    finished.abort();
  }
}

/** The page in the browser tells the truth: it waits until the tokens are stored. */
async function exchangeAndAnswer<T>({ provider, signal, complete }: RedirectSignIn<T>, redirect: Redirect, redirectUri: string, pkce: Pkce): Promise<T> {
  try {
    const result = await complete(await exchangeCode(provider, redirect.parameters, redirectUri, pkce, signal));
    redirect.answer(`Signed in to ${provider.name}`, "You can close this page and go back.");
    return result;
  } catch (error) {
    redirect.answer(`Not signed in to ${provider.name}`, messageOf(error));
    throw error;
  }
}

function limited(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(timeLimit)]);
}

/** The person cancelled, or closed the only question there was; else the time is over. */
function notFinished(provider: Provider, signal: AbortSignal, over: AbortSignal): AIHubError {
  const isTimedOut = over.aborted && !signal.aborted;
  return isTimedOut ? new AIHubError("login_timed_out", { provider: provider.name }) : new AIHubError("cancelled");
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
