import { mkdirSync, statSync, watch, type BigIntStats, type FSWatcher } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Disposable } from "../common/disposable";

/** Events of one write come in bursts within this time, in ms: the first is told at once, all others together. */
const burst = 20;

/** Where the file system reports nothing (network mounts), a change is found by looking, in ms. */
const pollInterval = 30_000;

/** How soon a directory that has gone is looked for again, in ms. */
const goneInterval = 1_000;

/**
 * Reports changes of files by any process. Their directories are watched, not the files: an atomic
 * replace gives a file a new inode, and a watcher of the old one would hear nothing more.
 */
export function watchFiles(files: readonly string[], listener: () => void): Disposable {
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

  const directories = [...new Set(files.map((file) => dirname(file)))].map((directory) => {
    const names = new Set(files.filter((file) => dirname(file) === directory).map((file) => basename(file)));
    return watchDirectory(directory, (name) => {
      if (name === null || names.has(name)) changed();
    });
  });

  const poll = setInterval(() => {
    for (const directory of directories) void directory.look();
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
      for (const directory of directories) directory.dispose();
    },
  };
}

/**
 * Watches a directory, and the one that is made in its place: after it was removed, its watcher hears nothing more.
 * `hear` gets the name of what changed in it, or `null` for anything.
 */
function watchDirectory(path: string, hear: (name: string | null) => void) {
  let watcher: FSWatcher | undefined;
  let mark: string | undefined;
  let nextLook: NodeJS.Timeout | undefined;
  let isDisposed = false;

  const attach = () => {
    watcher?.close();
    watcher = watch(path, { persistent: false }, (_event, name) => {
      // An event of its own: it may have been removed or moved away.
      if (name === basename(path)) {
        mark = undefined;
        void look();
      }
      hear(name);
    });
    watcher.on("error", () => {
      watcher?.close();
      void look();
    });
  };
  /** Watches anew where another directory stands there than before. */
  const look = async () => {
    const now = await stat(path, { bigint: true }).then(markOf, () => undefined);
    if (isDisposed) return;
    clearTimeout(nextLook);
    if (now === undefined) nextLook = setTimeout(() => void look(), goneInterval).unref();
    if (now === undefined || now === mark) return;
    mark = now;
    orPoll(attach);
    hear(null);
  };

  orPoll(() => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    mark = markOf(statSync(path, { bigint: true }));
    attach();
  });
  return {
    look,
    dispose() {
      isDisposed = true;
      clearTimeout(nextLook);
      watcher?.close();
    },
  };
}

/** Where nothing can be watched (limits reached, a directory that may not be made), the slow look remains. */
function orPoll(act: () => void): void {
  try {
    act();
  } catch {
    // See above.
  }
}

function markOf({ ino, birthtimeNs }: BigIntStats): string {
  return `${ino}/${birthtimeNs}`;
}

async function fingerprint(files: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    files.map((file) => stat(file, { bigint: true }).then((stats) => `${stats.ino}/${stats.mtimeNs}/${stats.size}`, () => "none")),
  );
  return parts.join(" ");
}
