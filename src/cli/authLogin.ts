import { login } from "../auth/login";
import { honourNetworkEnvironment } from "../common/proxy";
import { providerById } from "../providers/registry";
import { openStore } from "./context";
import { createTerminalLoginUi } from "./terminalLoginUi";

/** `aihub auth login <provider>` */
export async function authLogin(providerId: string, options: { browser: boolean }): Promise<void> {
  const provider = providerById(providerId);
  await honourNetworkEnvironment();
  const cancel = new AbortController();
  const onInterrupt = () => cancel.abort();
  process.once("SIGINT", onInterrupt);
  const ui = createTerminalLoginUi({ opensBrowser: options.browser });
  try {
    const profile = await login({ provider, store: await openStore(), ui, signal: cancel.signal });
    console.log(`Logged in to ${provider.label} as ${profile.label} (${profile.id})`);
  } finally {
    ui.dispose();
    process.off("SIGINT", onInterrupt);
  }
}
