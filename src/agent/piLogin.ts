import type { OAuthCredentials, OAuthLoginCallbacks } from "@mariozechner/pi-ai/oauth";
import type { ModelRegistry } from "@mariozechner/pi-coding-agent";
import { login } from "../auth/login";
import type { Choice, LoginUi } from "../auth/loginUi";
import type { Profile } from "../auth/profiles";
import { freshCredential } from "../auth/refresh";
import { terminalEnvironment } from "../auth/terminalEnvironment";
import { aborted } from "../common/aborted";
import { isAIHubError } from "../common/errors";
import { providerById, providers } from "../providers/registry";
import type { CredentialStore } from "../store/credentialStore";
import type { ProfileId } from "../store/profileId";

/**
 * Makes the sign-ins of this project Pi's own, for whatever in Pi asks for one. They go through Pi's registry of models,
 * which calls `registerOAuthProvider` again whenever it is reloaded; a registration without it would be lost then.
 */
export function registerSignIns(registry: Pick<ModelRegistry, "registerProvider">, store: CredentialStore): void {
  for (const { id, label, flows } of providers) {
    registry.registerProvider(id, {
      oauth: {
        name: label,
        usesCallbackServer: flows.some(({ kind }) => kind === "loopback"),
        login: async (callbacks) => credentialForPi(store, (await loginFromPi(store, id, callbacks)).id),
        refreshToken: ({ profile }) => credentialForPi(store, String(profile)),
        getApiKey: ({ access }) => access,
      },
    });
  }
}

/**
 * What Pi gets of a sign-in: never the refresh token. It counts as expired at once, so that Pi asks anew for each use.
 * @throws AIHubError as `freshCredential`
 */
async function credentialForPi(store: CredentialStore, profile: ProfileId): Promise<OAuthCredentials> {
  const { access } = await freshCredential({ store, profile });
  return { access, refresh: "-", expires: 0, profile };
}

/** `/login` in Pi's interface: the sign-in of this project, into the store that everything else uses. */
export async function loginFromPi(store: CredentialStore, providerId: string, callbacks: OAuthLoginCallbacks): Promise<Profile> {
  const cancel = new AbortController();
  callbacks.signal?.addEventListener("abort", () => cancel.abort(), { once: true });
  const ui = createPiLoginUi(callbacks, () => cancel.abort());
  try {
    return await login({ provider: providerById(providerId), store, ui, signal: cancel.signal });
  } catch (error) {
    // The words by which Pi knows that the person did not want to go on.
    if (isAIHubError(error, "cancelled")) throw new Error("Login cancelled", { cause: error });
    throw error;
  }
}

function createPiLoginUi(callbacks: OAuthLoginCallbacks, cancel: () => void): LoginUi {
  let manualInput = callbacks.onManualCodeInput;
  let besideBrowser: typeof manualInput;
  return {
    place: "an agent",
    choosesWayFirst: true,
    environment: () => Promise.resolve(terminalEnvironment(process.env)),
    externalUri: (uri) => Promise.resolve(uri),
    openBrowser(url) {
      [besideBrowser, manualInput] = [manualInput, undefined];
      return Promise.resolve(callbacks.onAuth({ url }));
    },
    ask({ prompt, placeholder, problem }, signal) {
      // Pi's dialog takes one answer beside the browser; others are asked for by themselves.
      const input = besideBrowser ?? (() => callbacks.onPrompt({ message: problem ?? prompt, placeholder }));
      besideBrowser = undefined;
      return answerOf(input(), signal, cancel);
    },
    showDeviceCode: ({ verificationUri, userCode }) =>
      Promise.resolve(callbacks.onAuth({ url: verificationUri, instructions: `Enter code: ${userCode}` })),
    choose: (choice, signal) => chooseInPi(callbacks, choice, signal, cancel),
    inform: (message) => callbacks.onProgress?.(message),
    progress: (message) => callbacks.onProgress?.(message),
  };
}

/** Pi's questions know no signal: one that nobody waits for any longer is left alone. Closed by the person, it cancels. */
async function answerOf<T>(question: Promise<T>, signal: AbortSignal, cancel: () => void): Promise<T | undefined> {
  const closed = question.catch(() => undefined);
  const answer = await Promise.race([closed, aborted(signal)]);
  if (answer === undefined && !signal.aborted) cancel();
  return answer;
}

/** By its list where Pi has one, else by a number. */
async function chooseInPi<T extends string>(
  { onSelect, onPrompt }: OAuthLoginCallbacks, { prompt, options, link }: Choice<T>, signal: AbortSignal, cancel: () => void,
): Promise<T | undefined> {
  const message = link ? `${prompt} ${link.label}: ${link.url}` : prompt;
  const numbered = options.map(({ label }, index) => `${index + 1}) ${label}`).join("  ");
  const byNumber = async () => options[Number(await onPrompt({ message: `${message} ${numbered}` })) - 1]?.id;
  const answer = await answerOf<string | undefined>(onSelect ? onSelect({ message, options: options.map(({ id, label }) => ({ id, label })) }) : byNumber(), signal, cancel);
  return options.find(({ id }) => id === answer)?.id;
}
