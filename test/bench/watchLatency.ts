import { watch } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createFileCredentialStore } from "../../src/store/fileCredentialStore";
import { startTalker } from "../support/childProcess";
import { oauthFile } from "../support/storedCredential";
import { createTemporaryHome } from "../support/temporaryHome";
import { quantileRows, type Measured } from "./figures";

const rounds = 100;
/** Longer than the store gathers events for, so that each write stands alone. */
const apart = 60;

const now = () => performance.timeOrigin + performance.now();

/** One process writes, another one hears of it. */
export async function measureWatchLatency(bundle: string): Promise<Measured> {
  const home = await createTemporaryHome();
  const store = createFileCredentialStore(home.aihub);
  await store.update(({ credentials }) => {
    credentials["anthropic:default"] = { type: "oauth", access: "a", refresh: "r", expires: 1 };
  });
  const file = oauthFile(home.aihub);
  let heard: number[] = [];
  let reported: number[] = [];
  let onHeard = () => {};
  const subscription = store.onDidChange(() => {
    heard.push(now());
    onHeard();
  });
  const bare = watch(dirname(file), (_event, name) => {
    if (name === basename(file)) reported.push(now());
  });
  const writer = startTalker([bundle, home.aihub], { HOME: home.path });
  const ours: number[] = [];
  const floor: number[] = [];
  let events = 0;
  try {
    await writer.line();
    for (let round = 0; round < rounds; round++) {
      await pause(apart + Math.random() * 10);
      heard = [];
      reported = [];
      const change = new Promise<void>((resolve) => (onHeard = resolve));
      writer.tell("change");
      await Promise.all([change, writer.line()]);
      await pause(apart);
      // The rename that makes the new content visible sets it.
      const { ctimeMs } = await stat(file);
      events += heard.length;
      ours.push(heard[0]! - ctimeMs);
      floor.push(reported[0]! - ctimeMs);
    }
    await writer.end();
  } finally {
    subscription.dispose();
    bare.close();
    await home.remove();
  }
  return {
    title: "Watch latency, write to event",
    method:
      `${rounds} writes by another process, ${apart} ms and more apart, from the rename that makes one visible (the file's \`ctime\`, a tick of the system's clock early at most) ` +
      "to the listener, beside a bare `fs.watch` in the same process; the store waits 20 ms for the rest of a burst, and Pi does not watch.",
    rows: [
      ...quantileRows("beside a bare `fs.watch`", ours, floor),
      { what: "events for each write", ours: (events / rounds).toFixed(2), peer: "", ratio: "" },
    ],
  };
}
