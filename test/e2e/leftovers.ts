import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { signInsUnderWay } from "../support/storedCredential";
import type { Stage } from "./stage";

/** The ports on which sign-ins listen. */
const loopbackPorts = [1455, 1457, 53692];

/** After a sign-in, however it ended: no listener, no lock, no record of it, and an Accounts menu that answers. */
export async function checkNothingLeft({ home, workbench }: Stage): Promise<void> {
  for (const port of loopbackPorts) assert.equal(await answers(port), false, `something still listens on ${port}`);
  const files = await readdir(join(home.aihub, "credentials"), { recursive: true }).catch(() => []);
  assert.deepEqual(files.filter((file) => file.endsWith(".lock")), [], "a lock is left");
  assert.deepEqual(await signInsUnderWay(home.aihub), [], "a sign-in is recorded as under way");
  await workbench.page.bringToFront();
  await workbench.accountsMenu.entries();
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
