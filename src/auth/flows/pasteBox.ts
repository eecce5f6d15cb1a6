import { aborted } from "../../common/aborted";
import { isAIHubError } from "../../common/errors";
import type { Redirect } from "../loopback";
import type { LoginUi, Question } from "../loginUi";
import { parsePastedCode } from "../pastedCode";

export interface PasteBox {
  /** What was pasted, as a redirect that nobody waits for in a browser. Pends for ever if nothing is. */
  pasted: Promise<Redirect>;
  /** Resolves when the person closes the box, or the sign-in is over. */
  closed: Promise<undefined>;
  /** Asks again after it was closed. */
  reopen: () => void;
}

/** Asks until what was pasted fits this sign-in. A closed box can be opened again. */
export function createPasteBox(ui: LoginUi, question: Question, state: string, over: AbortSignal): PasteBox {
  let take!: (redirect: Redirect) => void;
  let fail!: (error: unknown) => void;
  let close!: () => void;
  let isOpen = false;
  const pasted = new Promise<Redirect>((resolve, reject) => ([take, fail] = [resolve, reject]));
  const closed = new Promise<undefined>((resolve) => (close = () => resolve(undefined)));

  const open = async () => {
    if (isOpen || over.aborted) return;
    isOpen = true;
    let problem: string | undefined;
    try {
      for (;;) {
        const text = await ui.ask({ ...question, problem }, over);
        if (text === undefined) return close();
        try {
          return take({ parameters: parsePastedCode(text, state), answer: () => {} });
        } catch (error) {
          if (!isAIHubError(error, "code_missing", "state_mismatch")) throw error;
          problem = error.message;
        }
      }
    } finally {
      isOpen = false;
    }
  };

  const reopen = () => void open().catch(fail);
  reopen();
  void aborted(over).then(close);
  return { pasted, closed, reopen };
}
