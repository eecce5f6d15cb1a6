// Pi with our sign-ins registered, as in an agent: signs in through Pi's own registry, then asks it for a key at each
// line on standard input. What Pi gets is written as lines of JSON. Arguments: the provider, the words of what is chosen
// in lists (else the first entry), and the answer to questions.
import { createInterface } from "node:readline";
import { getOAuthApiKey, getOAuthProvider } from "@mariozechner/pi-ai/oauth";
import { AuthStorage, ModelRegistry } from "@mariozechner/pi-coding-agent";
import { registerSignIns } from "../../../src/agent/piLogin";
import { honourNetworkEnvironment } from "../../../src/common/proxy";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { aihubHome } from "../../../src/store/paths";

const say = (what: object) => console.log(JSON.stringify(what));

async function main([id = "", wanted = "", answer]: string[]): Promise<void> {
  await honourNetworkEnvironment();
  const registry = ModelRegistry.inMemory(AuthStorage.inMemory());
  registerSignIns(registry, createFileCredentialStore(aihubHome()));
  // As Pi does after each sign-in; it forgets what was registered with it alone.
  registry.refresh();
  const provider = getOAuthProvider(id);
  if (!provider) throw new Error(`Pi knows no ${id}`);
  const credential = await provider.login({
    onAuth: ({ url, instructions = "" }) => say({ url, userCode: instructions.split(": ")[1] }),
    onPrompt: () => (answer === undefined ? new Promise(() => {}) : Promise.resolve(answer)),
    onManualCodeInput: () => new Promise(() => {}),
    onSelect: ({ options }) => Promise.resolve((options.find(({ label }) => label === wanted) ?? options[0])?.id),
  });
  say({ name: provider.name, credential });
  for await (const _line of createInterface({ input: process.stdin })) {
    say((await getOAuthApiKey(id, { [id]: credential }).catch((error: Error) => ({ error: error.message }))) ?? {});
  }
  process.exit(0);
}

await main(process.argv.slice(2));
