import { freshCredential } from "../../../src/auth/refresh";
import { honourNetworkEnvironment } from "../../../src/common/proxy";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { askOnGo } from "./onGo.mjs";

/** One of the storm's processes: `ours <home>`. */
async function main(home: string): Promise<void> {
  await honourNetworkEnvironment();
  const store = createFileCredentialStore(home);
  askOnGo(async () => (await freshCredential({ store, profile: "anthropic:default" })).access);
}

void main(process.argv[2] ?? "");
