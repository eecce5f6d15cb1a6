import { readFileSync } from "node:fs";
import { after, before } from "mocha";
import { EnvHttpProxyAgent, getGlobalDispatcher, setGlobalDispatcher, type Dispatcher } from "undici";
import { login, type LoginOptions } from "../../../src/auth/login";
import type { LoginUi } from "../../../src/auth/loginUi";
import type { Profile } from "../../../src/auth/profiles";
import { providerById } from "../../../src/providers/registry";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import type { Scene } from "../../support/useSandbox";

/** Sends the `fetch` of this process to the vendors of a scene, as a command's own is sent there by its environment. */
export function useVendorsInProcess(scene: Scene): void {
  let previous: Dispatcher;
  let own: EnvHttpProxyAgent;
  before(() => {
    previous = getGlobalDispatcher();
    const { HTTPS_PROXY, NO_PROXY } = scene.sandbox.env;
    own = new EnvHttpProxyAgent({ httpsProxy: HTTPS_PROXY, noProxy: NO_PROXY, requestTls: { ca: readFileSync(scene.sandbox.caFile, "utf8") } });
    setGlobalDispatcher(own);
  });
  after(async () => {
    setGlobalDispatcher(previous);
    await own.close();
  });
}

/** Signs in to the scene's home as a front end would. */
export function signInWith(scene: Scene, provider: string, ui: LoginUi, options: Partial<LoginOptions> = {}): Promise<Profile> {
  return login({ provider: providerById(provider), store: createFileCredentialStore(scene.home.aihub), ui, signal: new AbortController().signal, ...options });
}

/** A person who agrees to whatever is opened, and pastes nothing. */
export function consentingUi({ person }: Scene): LoginUi {
  return {
    place: "a test",
    environment: () => Promise.resolve({ uiKind: "terminal" }),
    externalUri: (uri) => Promise.resolve(uri),
    openBrowser(url) {
      void person.consent(url);
      return Promise.resolve();
    },
    ask: (_question, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) resolve(undefined);
        signal.addEventListener("abort", () => resolve(undefined), { once: true });
      }),
    async showDeviceCode({ verificationUri, userCode }) {
      await person.enterDeviceCode(verificationUri, userCode);
    },
    choose: ({ options }) => Promise.resolve(options[0]?.id),
    inform: () => {},
    progress: () => {},
  };
}
