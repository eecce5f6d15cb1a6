import { randomUUID } from "node:crypto";
import type * as vscode from "vscode";
import { inTime } from "../auth/inTime";
import type { LoginUi } from "../auth/loginUi";
import { AIHubError } from "../common/errors";
import type { Provider } from "../providers/provider";
import type { LoginStep, StartedLogin } from "./api";
import { createEditorLoginUi } from "./editorLoginUi";
import { profileInfo } from "./profileInfo";
import { loadAuth, type Services } from "./services";

/** However long the person's answers take, a sign-in of another extension ends after this, in ms. */
const hardLimit = 20 * 60_000;

interface ApiLogin {
  next: () => Promise<LoginStep>;
  answer: (text: string) => void;
}

export interface ApiLogins {
  start(provider: Provider, profileId: string | undefined, token: vscode.CancellationToken | undefined): Promise<StartedLogin>;
  /** @throws AIHubError `unknown_login`, and as `login` */
  complete(loginId: string, answer: string | undefined): Promise<LoginStep>;
}

/** Sign-ins that another extension leads the person through, one step at a time. */
export function createApiLogins(services: Services): ApiLogins {
  const open = new Map<string, ApiLogin>();

  /** The step that comes next; a sign-in that is over is forgotten. */
  const step = async (loginId: string, login: ApiLogin): Promise<LoginStep> => {
    try {
      const next = await login.next();
      if (next.kind === "done") open.delete(loginId);
      return next;
    } catch (error) {
      open.delete(loginId);
      throw error;
    }
  };

  return {
    async start(provider, profileId, token) {
      const loginId = randomUUID();
      const login = await beginLogin(services, provider, profileId, token);
      open.set(loginId, login);
      return { loginId, step: await step(loginId, login) };
    },
    async complete(loginId, answer) {
      const login = open.get(loginId);
      if (!login) throw new AIHubError("unknown_login");
      if (answer !== undefined) login.answer(answer);
      return step(loginId, login);
    },
  };
}

async function beginLogin({ store, log }: Services, provider: Provider, profile: string | undefined, token: vscode.CancellationToken | undefined): Promise<ApiLogin> {
  const { login } = await loadAuth();
  const cancel = new AbortController();
  const listener = token?.onCancellationRequested(() => cancel.abort());
  if (token?.isCancellationRequested) cancel.abort();
  const { ui, next, answer, end } = createSteppedUi();
  void inTime(provider, cancel.signal, hardLimit, (signal) => login({ provider, store, ui, profile, signal }))
    .then(
      (signedIn) => {
        log.info(`Signed in: ${signedIn.id}.`);
        end(Promise.resolve({ kind: "done", profile: profileInfo(signedIn) }));
      },
      (error: unknown) => end(Promise.reject(error instanceof Error ? error : new Error(String(error)))),
    )
    .finally(() => {
      listener?.dispose();
    });
  return { next, answer };
}

/** A person who is seen through steps and answers: each call of the flow becomes the next step. */
function createSteppedUi() {
  const steps: Promise<LoginStep>[] = [];
  let deliver: (() => void) | undefined;
  let answerTo: ((text: string | undefined) => void) | undefined;
  // The box beside an open page is part of the step that opened it.
  let isBesideBrowser = false;

  const push = (step: Promise<LoginStep>) => {
    // Whoever abandons a sign-in does not ask for its end.
    step.catch(() => {});
    steps.push(step);
    deliver?.();
  };
  const waitForAnswer = (signal: AbortSignal) =>
    new Promise<string | undefined>((resolve) => {
      answerTo = resolve;
      signal.addEventListener("abort", () => resolve(undefined), { once: true });
      if (signal.aborted) resolve(undefined);
    });

  const ui: LoginUi = {
    ...createEditorLoginUi({ report: () => {} }, { linkTo: ({ label }) => label, dispose: () => {} }),
    openBrowser(url) {
      isBesideBrowser = true;
      push(Promise.resolve({ kind: "browser", url }));
      return Promise.resolve();
    },
    ask({ prompt, problem }, signal) {
      if (problem !== undefined || !isBesideBrowser) push(Promise.resolve({ kind: "question", prompt, ...(problem !== undefined && { problem }) }));
      isBesideBrowser = false;
      return waitForAnswer(signal);
    },
    async choose({ prompt, options, link }, signal) {
      push(Promise.resolve({ kind: "choice", prompt, options, ...(link && { link }) }));
      const chosen = await waitForAnswer(signal);
      return options.find(({ id }) => id === chosen)?.id;
    },
    showDeviceCode({ userCode, verificationUri, expiresAt }, signal) {
      push(Promise.resolve({ kind: "device", userCode, verificationUri, expires: expiresAt }));
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    },
    inform: () => {},
  };

  return {
    ui,
    end: push,
    next: async (): Promise<LoginStep> => {
      for (;;) {
        const step = steps.shift();
        if (step) return step;
        await new Promise<void>((resolve) => (deliver = resolve));
      }
    },
    answer: (text: string) => answerTo?.(text),
  };
}
