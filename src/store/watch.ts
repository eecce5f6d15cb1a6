import { mkdirSync, watch, type FSWatcher } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Disposable } from "../common/disposable";

/** Events of one write come in bursts within this time, in ms: the first is told at once, all others together. */
const burst = 20;

/** Where the file system reports nothing (network mounts), a change is found by looking, in ms. */
const pollInterval = 30_000;

/**
 * Reports changes of files by any process. Their directories are watched, not the files: an atomic
 * replace gives a file a new inode, and a watcher of the old one would hear nothing more.
 */
export function watchFiles(files: readonly string[], listener: () => void): Disposable {
  const watchers: FSWatcher[] = [];
  let settling: NodeJS.Timeout | undefined;
  let isMore = false;
  let seen: string | undefined;

  const tell = () => {
    void fingerprint(files).then((now) => (seen = now));
    listener();
  };
  const changed = () => {
    if (settling) {
      isMore = true;
      return;
    }
    settling = setTimeout(() => {
      settling = undefined;
      if (isMore) tell();
      isMore = false;
    }, burst);
    tell();
  };

  for (const directory of new Set(files.map((file) => dirname(file)))) {
    const names = new Set(files.filter((file) => dirname(file) === directory).map((file) => basename(file)));
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const watcher = watch(directory, { persistent: false }, (_event, name) => {
        if (name === null || names.has(name)) changed();
      });
      // A watcher that breaks (directory removed, limits reached) leaves the slow look.
      watcher.on("error", () => watcher.close());
      watchers.push(watcher);
    } catch {
      // As above: the slow look remains.
    }
  }

  const poll = setInterval(() => {
    void fingerprint(files).then((now) => {
      if (seen !== undefined && now !== seen) changed();
      seen = now;
    });
  }, pollInterval);
  poll.unref();
  void fingerprint(files).then((now) => (seen ??= now));

  return {
    dispose() {
      clearTimeout(settling);
      clearInterval(poll);
      for (const watcher of watchers) watcher.close();
    },
  };
}

async function fingerprint(files: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    files.map((file) => stat(file, { bigint: true }).then((stats) => `${stats.ino}/${stats.mtimeNs}/${stats.size}`, () => "none")),
  );
  return parts.join(" ");
}
