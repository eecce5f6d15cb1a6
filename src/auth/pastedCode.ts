import { AIHubError } from "../common/errors";

/** The redirect that a code was given for. */
export interface ExpectedRedirect {
  state: string;
  redirectUri: string;
}

/**
 * What people paste, as the parameters of a redirect: the whole address, or its path and query, `code#state`
 * (Anthropic's page), `code=…&state=…`, or a bare code. A bare code takes this sign-in's state: PKCE still binds it.
 *
 * @throws AIHubError `code_missing`, `state_mismatch`
 */
export function parsePastedCode(pasted: string, { state, redirectUri }: ExpectedRedirect): URLSearchParams {
  // A long code is broken into lines by mail programs and terminals, and comes with the marks of the text around it.
  const text = pasted.replace(/\s*[\r\n]+\s*/g, "").replace(/^[\s"'`“‘<(]+|[\s"'`”’>).,;]+$/g, "");
  const given = /\s/.test(text) ? new URLSearchParams() : parametersOf(text, redirectUri);
  if (!given.get("code") && !given.get("error")) throw new AIHubError("code_missing");
  if ((given.get("state") ?? state) !== state) throw new AIHubError("state_mismatch");
  given.set("state", state);
  return given;
}

/** Of addresses, only the redirect's counts: the consent page's own has a `code` and a `state` as well. */
function parametersOf(text: string, redirectUri: string): URLSearchParams {
  if (/^https?:\/\/|^[^?#]*\/[^?#]*\?/i.test(text)) {
    const address = /^(?:https?:\/)?\//i.test(text) ? text : `http://${text}`;
    const url = URL.canParse(address, redirectUri) ? new URL(address, redirectUri) : undefined;
    return url?.pathname === new URL(redirectUri).pathname ? url.searchParams : new URLSearchParams();
  }
  if (/(?:^|[?&])(?:code|error)=/.test(text)) return new URLSearchParams(text.replace(/^[^?]*\?/, "").replace(/#.*$/, ""));
  const [code = "", state] = text.split("#", 2);
  return new URLSearchParams(state ? { code, state } : { code });
}
