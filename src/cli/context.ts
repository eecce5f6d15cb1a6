import { migrateFromPi } from "../auth/migrate";
import { createMirroredStore, type MirroredStore } from "../gateway/mirroredStore";
import { aihubHome } from "../store/paths";
import { terminalLogger } from "../common/logger";

/** The store of this home, with what Pi had on the first run. */
export async function openStore(): Promise<MirroredStore> {
  const home = aihubHome();
  const store = createMirroredStore(home, terminalLogger);
  await migrateFromPi(store, home, terminalLogger);
  return store;
}
