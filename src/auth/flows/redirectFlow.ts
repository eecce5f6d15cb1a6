import { aborted } from "../../common/aborted";
import { AIHubError, messageOf } from "../../common/errors";
import { withTimeLimit } from "../../common/timeLimit";
import type { LoopbackFlow, PasteFlow, Provider, TokenReply } from "../../providers/provider";
import { listenOnLoopback, type LoopbackListener, type Redirect } from "../loopback";
import type { Action, LoginUi } from "../loginUi";
import { authorizationUrl, createPkce, exchangeCode, type Pkce } from "../oauthClient";
import { createPasteBox } from "./pasteBox";
import { asRegisteredRedirect, isAcceptedRedirect } from "./redirectRule";

/** How long the person has, in ms. */
const usualTimeLimit = 5 * 60_000;

export interface RedirectSignIn<T> {
  provider: Provider;
  ui: LoginUi;
  signal: AbortSignal;
  anotherWay?: Action;
  /** In ms; 5 minutes if not given. */
  timeLimit?: number;
  /** What is made of the tokens: the browser's page is answered only when it is done. */
  complete: (reply: TokenReply) => Promise<T>;
}

/**
 * Signs in through a loopback redirect, with a paste box open at the same time (for a browser on another machine).
 *
 * @returns `undefined` when the person's browser cannot reach this machine under an address that the vendor takes.
 * @throws AIHubError `ports_in_use`, `cancelled`, `login_timed_out`, and as `exchangeCode`
 */
export async function signInByLoopback<T>(flow: LoopbackFlow, signIn: RedirectSignIn<T>): Promise<T | undefined> {
  const { provider, ui, signal, timeLimit = usualTimeLimit } = signIn;
  const pkce = await createPkce();
  const listener = await listenOnLoopback(flow, pkce.state, provider.name);
  try {
    return await withTimeLimit(signal, timeLimit, async (limited) => {
      // Where the editor asks before it opens a tunnel, nobody may be there to answer.
      const externalUri = await Promise.race([ui.externalUri(`http://localhost:${listener.port}${flow.path}`), aborted(limited)]);
      if (externalUri === undefined) throw notFinished(signIn, limited);
      if (!isAcceptedRedirect(flow, listener.port, externalUri)) return undefined;
      const hint = "Authorize in the browser. If the page there does not load, paste its address here.";
      return authorize(signIn, { redirectUri: asRegisteredRedirect(externalUri), pkce, hint, limited, listener });
    });
  } finally {
    await listener.close();
  }
}

/** Signs in with a code that the person brings: from a page of the vendor, or from an address that does not load. */
export async function signInByPaste<T>(flow: PasteFlow, signIn: RedirectSignIn<T>): Promise<T> {
  const { signal, timeLimit = usualTimeLimit } = signIn;
  const hint = flow.showsCode
    ? "Authorize in the browser, then paste the code that it shows."
    : "Authorize in the browser. The page that follows does not load: paste its whole address here.";
  const pkce = await createPkce();
  return withTimeLimit(signal, timeLimit, (limited) => authorize(signIn, { redirectUri: flow.redirectUri, pkce, hint, limited }));
}

interface Attempt {
  redirectUri: string;
  pkce: Pkce;
  hint: string;
  /** Aborted when the person cancels, or has taken too long. */
  limited: AbortSignal;
  listener?: LoopbackListener;
}

async function authorize<T>(signIn: RedirectSignIn<T>, { redirectUri, pkce, hint, limited, listener }: Attempt): Promise<T> {
  const { provider, ui, signal, anotherWay } = signIn;
  const finished = new AbortController();
  const over = AbortSignal.any([limited, finished.signal]);
  try {
    await Promise.race([ui.openBrowser(authorizationUrl(provider, redirectUri, pkce)), aborted(over)]);
    const question = { title: `Sign in to ${provider.name}`, prompt: hint, placeholder: "code or address", anotherWay };
    const pasteBox = createPasteBox(ui, question, pkce.state, over);
    // The closed box can be opened again as long as something else is waited for.
    const actions = [...(listener ? [{ label: "Paste a code", run: pasteBox.reopen }] : []), ...(anotherWay ? [anotherWay] : [])];
    ui.progress(`Waiting for you to authorize ${provider.name} in the browser…`, actions);
    const redirect = await (listener
      ? Promise.race([listener.redirect, pasteBox.pasted, aborted(over)])
      : Promise.race([pasteBox.pasted, pasteBox.closed]));
    if (!redirect) throw notFinished(signIn, over);
    finished.abort();
    ui.progress(`Signing in to ${provider.name}…`);
    return await exchangeAndAnswer(signIn, redirect, redirectUri, pkce, signal);
  } finally {
    finished.abort();
  }
}

/** The page in the browser tells the truth: it waits until the tokens are stored. */
async function exchangeAndAnswer<T>(
  { provider, ui, complete }: RedirectSignIn<T>, redirect: Redirect, redirectUri: string, pkce: Pkce, signal: AbortSignal,
): Promise<T> {
  const link = await ui.returnLink?.().catch(() => undefined);
  try {
    const result = await complete(await exchangeCode(provider, redirect.parameters, redirectUri, pkce, signal));
    redirect.answer({ title: `Signed in to ${provider.name}`, text: "You can close this page and go back.", link });
    return result;
  } catch (error) {
    redirect.answer({ title: `Not signed in to ${provider.name}`, text: messageOf(error), link });
    throw error;
  }
}

/** The person cancelled, or closed the only question there was; else the time is over. */
function notFinished<T>({ provider, signal }: RedirectSignIn<T>, over: AbortSignal): AIHubError {
  const isTimedOut = over.aborted && !signal.aborted;
  return isTimedOut ? new AIHubError("login_timed_out", { provider: provider.name }) : new AIHubError("cancelled");
}
