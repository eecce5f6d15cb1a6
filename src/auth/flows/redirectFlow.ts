import { aborted } from "../../common/aborted";
import { AIHubError, isAIHubError, messageOf } from "../../common/errors";
import { soon } from "../../common/soon";
import type { LoopbackFlow, PasteFlow, TokenReply } from "../../providers/provider";
import { answerLimit, inTime } from "../inTime";
import type { LoopbackListener } from "../loopback";
import { authorizationUrl, createPkce, exchangeCode, type Pkce } from "../oauthClient";
import { whileWaiting, type Attempt } from "./attempt";
import { openLoopback } from "./openLoopback";
import { createPasteBox } from "./pasteBox";

/** How long the editor is waited for when it makes a link to itself, in ms. */
const linkLimit = 3_000;

export interface RedirectSignIn<T> extends Attempt {
  /**
   * What is made of the tokens: the browser's page is answered only when it is done. `sendBack` answers it before, for
   * a person who is to go on where they came from.
   */
  complete: (reply: TokenReply, sendBack: () => Promise<void>) => Promise<T>;
}

/**
 * Signs in through a loopback redirect, with a paste box open at the same time (for a browser on another machine).
 *
 * @param trusted as in `openLoopback`
 * @returns `undefined` when the person's browser cannot reach this machine under an address that the vendor takes.
 * @throws AIHubError `ports_in_use`, `cancelled`, `login_timed_out`, and as `exchangeCode`
 */
export async function signInByLoopback<T>(flow: LoopbackFlow, signIn: RedirectSignIn<T>, trusted: boolean): Promise<T | undefined> {
  const hint = "Authorize in the browser. If the page there does not load, paste its address here.";
  const pkce = await createPkce();
  return inTime(signIn.provider, whileWaiting(signIn), signIn.timeLimit ?? answerLimit, async (limited) => {
    const opened = await openLoopback(flow, signIn, pkce.state, trusted, limited);
    if (!opened) return undefined;
    try {
      return await authorize(signIn, { ...opened, pkce, hint }, limited);
    } finally {
      await opened.listener.close();
    }
  });
}

/** Signs in with a code that the person brings: from a page of the vendor, or from an address that does not load. */
export async function signInByPaste<T>({ redirectUri, showsCode }: PasteFlow, signIn: RedirectSignIn<T>): Promise<T> {
  const hint = showsCode
    ? "Authorize in the browser, then paste the code that it shows."
    : "Authorize in the browser. The page that follows does not load: paste its whole address here.";
  const pkce = await createPkce();
  return inTime(signIn.provider, whileWaiting(signIn), signIn.timeLimit ?? answerLimit, (limited) => authorize(signIn, { redirectUri, pkce, hint }, limited));
}

interface Redirection {
  redirectUri: string;
  pkce: Pkce;
  hint: string;
  listener?: LoopbackListener;
}

interface Arrived {
  parameters: URLSearchParams;
  isPasted: boolean;
}

async function authorize<T>(signIn: RedirectSignIn<T>, redirection: Redirection, limited: AbortSignal): Promise<T> {
  const { provider, ui, anotherWay } = signIn;
  const { redirectUri, pkce, hint, listener } = redirection;
  const finished = new AbortController();
  const over = AbortSignal.any([limited, finished.signal]);
  try {
    await Promise.race([ui.openBrowser(authorizationUrl(provider, redirectUri, pkce)), aborted(over)]);
    const question = { title: `Sign in to ${provider.name}`, prompt: hint, placeholder: "code or address", anotherWay };
    const pasteBox = createPasteBox(ui, question, { state: pkce.state, redirectUri }, over);
    // A closed box can be opened again as long as something else is waited for, be it only that the person does so.
    const outlivesBox = listener !== undefined || ui.showsActions === true;
    const actions = [...(outlivesBox ? [{ label: "Paste a code", run: pasteBox.reopen }] : []), ...(anotherWay ? [anotherWay] : [])];
    let refusal: AIHubError | undefined;
    for (;;) {
      ui.progress(`Waiting for you to authorize ${provider.name} in the browser…`, actions);
      const arrived: Promise<Arrived>[] = [pasteBox.next(refusal?.message).then((parameters) => ({ parameters, isPasted: true }))];
      if (listener) arrived.push(listener.redirect.then((parameters) => ({ parameters, isPasted: false })));
      const redirect = await Promise.race([...arrived, outlivesBox ? aborted(over) : pasteBox.closed]);
      if (!redirect) throw over.aborted ? new AIHubError("cancelled") : (refusal ?? new AIHubError("cancelled"));
      if (!redirect.isPasted) finished.abort();
      ui.progress(`Signing in to ${provider.name}…`);
      try {
        return await exchangeAndAnswer(signIn, redirection, redirect);
      } catch (error) {
        if (!isRefusedPaste(redirect, error)) throw error;
        refusal = error;
      }
    }
  } finally {
    finished.abort();
  }
}

/** The page in the browser tells the truth: it waits until the tokens are stored. */
async function exchangeAndAnswer<T>(signIn: RedirectSignIn<T>, { redirectUri, pkce, listener }: Redirection, redirect: Arrived): Promise<T> {
  const { provider, ui, signal, complete } = signIn;
  const link = listener && ui.returnLink ? soon(ui.returnLink(), linkLimit, signal) : undefined;
  const tell = async (title: string, text: string) => listener?.answer({ title, text, link: await link });
  try {
    const reply = await exchangeCode(provider, redirect.parameters, redirectUri, pkce, signal);
    const result = await complete(reply, () => tell("One more question", "Go back to where you began, and name this account there."));
    await tell(`Signed in to ${provider.name}`, "You can close this page and go back.");
    return result;
  } catch (error) {
    if (!isRefusedPaste(redirect, error)) await tell(`Not signed in to ${provider.name}`, messageOf(error));
    throw error;
  }
}

/** What was pasted may be anything; only the vendor can tell. The right code may still come. */
function isRefusedPaste({ isPasted }: Arrived, error: unknown): error is AIHubError {
  return isPasted && isAIHubError(error, "code_refused");
}
