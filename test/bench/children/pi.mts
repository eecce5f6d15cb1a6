// One of the storm's processes, with Pi's own storage, unmodified: `pi <auth.json>`.
import { AuthStorage } from "@mariozechner/pi-coding-agent";
import { EnvHttpProxyAgent, setGlobalDispatcher } from "undici";
import { askOnGo } from "./onGo.mjs";

setGlobalDispatcher(new EnvHttpProxyAgent());
const storage = AuthStorage.create(process.argv[2]);
// Opening takes the file's lock with little patience; what is measured here begins after it.
while (!storage.get("anthropic")) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  storage.reload();
}
storage.drainErrors();

askOnGo(async () => {
  const token = await storage.getApiKey("anthropic");
  if (token) return token;
  throw storage.drainErrors()[0] ?? new Error("no token");
});
