import { readdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { signInsUnderWay } from "../support/storedCredential";
import { until } from "../support/until";
import type { Stage } from "./stage";

/** The ports on which sign-ins listen. */
const loopbackPorts = [1455, 1457, 53692];

/** After a sign-in, however it ended: no listener, no lock, no record of it, and an Accounts menu that answers. */
export async function checkNothingLeft({ home, workbench }: Stage): Promise<void> {
  const files = () => readdir(join(home.aihub, "credentials"), { recursive: true }).catch(() => []);
  for (const port of loopbackPorts) await until(`nobody listens on ${port} any more`, async () => !(await answers(port)));
  await until("no sign-in is recorded as under way", async () => (await signInsUnderWay(home.aihub)).length === 0);
  await until("no lock is left", async () => !(await files()).some((file) => file.endsWith(".lock")));
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
