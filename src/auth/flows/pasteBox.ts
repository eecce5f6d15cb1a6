import { aborted } from "../../common/aborted";
import { isAIHubError } from "../../common/errors";
import type { LoginUi, Question } from "../loginUi";
import { parsePastedCode, type ExpectedRedirect } from "../pastedCode";

export interface PasteBox {
  /** What is pasted next, as the parameters of a redirect. `problem` is why the last could not be taken. */
  next(problem?: string): Promise<URLSearchParams>;
  /** Resolves when the person closes the box, or the sign-in is over. */
  closed: Promise<undefined>;
  /** Asks again after it was closed. */
  reopen: () => void;
}

/** Asks until what was pasted fits this sign-in. A closed box can be opened again. */
export function createPasteBox(ui: LoginUi, question: Question, expected: ExpectedRedirect, over: AbortSignal): PasteBox {
  let take: (parameters: URLSearchParams) => void;
  let fail: (error: unknown) => void;
  let close!: () => void;
  let isOpen = false;
  let value: string | undefined;
  const closed = new Promise<undefined>((resolve) => (close = () => resolve(undefined)));
  void aborted(over).then(close);

  async function answer(problem: string | undefined): Promise<void> {
    for (;;) {
      value = await ui.ask({ ...question, problem, value }, over);
      if (value === undefined) return close();
      try {
        return take(parsePastedCode(value, expected));
      } catch (error) {
        if (!isAIHubError(error, "code_missing", "state_mismatch")) throw error;
        problem = error.message;
      }
    }
  }

  const open = (problem?: string) => {
    if (isOpen || over.aborted) return;
    isOpen = true;
    void answer(problem).catch(fail).finally(() => (isOpen = false));
  };

  return {
    next: (problem) =>
      new Promise((resolve, reject) => {
        [take, fail] = [resolve, reject];
        open(problem);
      }),
    closed,
    reopen: () => open(),
  };
}
