import { randomUUID } from "node:crypto";
import type * as vscode from "vscode";
import { inTime } from "../auth/inTime";
import type { Action, LoginUi } from "../auth/loginUi";
import { AIHubError } from "../common/errors";
import type { Provider } from "../providers/provider";
import type { CompleteLoginOptions, LoginStep, StartedLogin } from "./api";
import { createEditorLoginUi } from "./editorLoginUi";
import { profileInfo } from "./profileInfo";
import { loadAuth, type Services } from "./services";

/** However long the person's answers take, a sign-in of another extension ends after this, in ms. */
const hardLimit = 20 * 60_000;

interface ApiLogin {
  next: () => Promise<LoginStep>;
  answer: (text: string) => void;
  goAnotherWay: () => void;
}

export interface ApiLogins {
  start(provider: Provider, profileId: string | undefined, token: vscode.CancellationToken | undefined): Promise<StartedLogin>;
  /** @throws AIHubError `unknown_login`, and as `login` */
  complete(options: CompleteLoginOptions): Promise<LoginStep>;
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
    async complete({ loginId, answer, anotherWay }) {
      const login = open.get(loginId);
      if (!login) throw new AIHubError("unknown_login");
      if (anotherWay) login.goAnotherWay();
      else if (answer !== undefined) login.answer(answer);
      return step(loginId, login);
    },
  };
}

async function beginLogin({ store, log }: Services, provider: Provider, profile: string | undefined, token: vscode.CancellationToken | undefined): Promise<ApiLogin> {
  const { login } = await loadAuth();
  const cancel = new AbortController();
  const listener = token?.onCancellationRequested(() => cancel.abort());
  if (token?.isCancellationRequested) cancel.abort();
  const { ui, end, ...steps } = createSteppedUi();
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
  return steps;
}

/** A person who is seen through steps and answers: each call of the flow becomes the next step. */
function createSteppedUi() {
  const steps: Promise<LoginStep>[] = [];
  const waiting: ((step: Promise<LoginStep>) => void)[] = [];
  let answerTo: ((text: string | undefined) => void) | undefined;
  let leave: Action | undefined;
  // The box beside an open page is part of the step that opens it.
  let page: string | undefined;

  const push = (step: Promise<LoginStep>) => {
    // Whoever abandons a sign-in does not ask for its end.
    step.catch(() => {});
    if (waiting.length === 0) steps.push(step);
    for (const deliver of waiting.splice(0)) deliver(step);
  };
  /** A step of the person's, and the other way that may be gone instead. */
  const offer = (step: LoginStep, anotherWay?: Action) => {
    leave = anotherWay;
    push(Promise.resolve(anotherWay ? { ...step, anotherWay: anotherWay.label } : step));
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
      page = url;
      return Promise.resolve();
    },
    ask({ prompt, problem, anotherWay }, signal) {
      offer(page === undefined ? { kind: "question", prompt, ...(problem !== undefined && { problem }) } : { kind: "browser", url: page }, anotherWay);
      page = undefined;
      return waitForAnswer(signal);
    },
    async choose({ prompt, options, link }, signal) {
      offer({ kind: "choice", prompt, options, ...(link && { link }) });
      const chosen = await waitForAnswer(signal);
      return options.find(({ id }) => id === chosen)?.id;
    },
    showDeviceCode({ userCode, verificationUri, expiresAt, anotherWay }, signal) {
      offer({ kind: "device", userCode, verificationUri, expires: expiresAt }, anotherWay);
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    },
    inform: () => {},
  };

  return {
    ui,
    end: push,
    next: (): Promise<LoginStep> => steps.shift() ?? new Promise((resolve) => waiting.push(resolve)),
    answer: (text: string) => answerTo?.(text),
    goAnotherWay: () => leave?.run(),
  };
}
