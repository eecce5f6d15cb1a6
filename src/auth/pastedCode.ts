import { AIHubError } from "../common/errors";

/**
 * What people paste, as the parameters of a redirect: the whole address, `code#state` (Anthropic's page),
 * `code=…&state=…`, or a bare code. A bare code takes this sign-in's state: PKCE still binds it.
 *
 * @throws AIHubError `code_missing`, `state_mismatch`
 */
export function parsePastedCode(pasted: string, state: string): URLSearchParams {
  // A long code is broken into lines by mail programs and terminals; a text with spaces is no code.
  const text = pasted.trim().replace(/\s*[\r\n]+\s*/g, "");
  const given = /\s/.test(text) ? new URLSearchParams() : parametersOf(text);
  if (!given.get("code") && !given.get("error")) throw new AIHubError("code_missing");
  if ((given.get("state") ?? state) !== state) throw new AIHubError("state_mismatch");
  given.set("state", state);
  return given;
}

function parametersOf(text: string): URLSearchParams {
  if (/^https?:\/\//i.test(text)) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url?.searchParams ?? new URLSearchParams();
  }
  if (/(?:^|[?&])(?:code|error)=/.test(text)) return new URLSearchParams(text.replace(/^[^?]*\?/, ""));
  const [code = "", state] = text.split("#", 2);
  return new URLSearchParams(state ? { code, state } : { code });
}
