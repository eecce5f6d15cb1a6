import { mkdir, rmdirSync, stat, statSync, utimes, type Stats } from "node:fs";

/** What one of our locks bears: another has its own directory there, and its own time. */
interface Mark {
  inode?: number;
  /** When it was renewed last, as proper-lockfile has set it, in ms; and what it is about to set. */
  renewed?: number;
  next?: number;
}

/** The locks of this process by their path, as proper-lockfile knows them: of each the latest. */
const own = new Map<string, Mark>();

/** To be called by who has just got a lock: what tells later whether it is still that one. */
export function takeNote(lock: string): { isLatest(): boolean; isUnchanged(): boolean } {
  const mark = own.get(lock);
  const isLatest = () => mark !== undefined && own.get(lock) === mark;
  return { isLatest, isUnchanged: () => isLatest() && bears(lock, mark) };
}

function bears(lock: string, mark: Mark | undefined): boolean {
  try {
    const { ino, mtime } = statSync(lock);
    // The system may be in the midst of a renewal.
    return mark !== undefined && ino === mark.inode && [mark.renewed, mark.next].includes(mtime.getTime());
  } catch {
    // One that is gone, or that cannot be seen, is not held for sure.
    return false;
  }
}

/** Whether a lock may be removed: one that was taken over is another's. */
function isOurs(lock: string): boolean {
  const mark = own.get(lock);
  // Just made, and without a time of its own yet.
  return mark !== undefined && (mark.renewed === undefined || bears(lock, mark));
}

type Done = (error: unknown) => void;

/**
 * What proper-lockfile does to its locks. It takes over what looks old by this machine's clock, also from another machine
 * whose clock is slow: for it, a lock that exists is held; whether its holder is dead is found out by watching it (see
 * deadLock.ts). It learns only from a timer that a lock was lost, and until then would remove that of whoever has it
 * now: so it is noted here what its locks look like, and only such a one is removed.
 */
export const lockFs = {
  mkdir(path: string, done: Done): void {
    mkdir(path, (error) => {
      if (!error) own.set(path, {});
      done(error?.code === "EEXIST" ? Object.assign(error, { code: "ELOCKED" }) : error);
    });
  },

  stat(path: string, done: (error: unknown, stats: Stats) => void): void {
    stat(path, (error, stats) => {
      const mark = own.get(path);
      // The first look at a new one; each further one is its own question whether it is the same.
      if (!error && mark && mark.renewed === undefined) Object.assign(mark, { inode: stats.ino, renewed: stats.mtime.getTime() });
      done(error, stats);
    });
  },

  utimes(path: string, atime: Date, mtime: Date, done: Done): void {
    const mark = own.get(path);
    if (mark) mark.next = mtime.getTime();
    utimes(path, atime, mtime, (error) => {
      if (mark && !error && mark.renewed !== undefined) mark.renewed = mtime.getTime();
      if (mark) mark.next = undefined;
      done(error);
    });
  },

  rmdir(path: string, done: Done): void {
    try {
      lockFs.rmdirSync(path);
      done(null);
    } catch (error) {
      done(error);
    }
  },

  /** In one go: another may take it over after a look. */
  rmdirSync(path: string): void {
    if (isOurs(path)) rmdirSync(path);
    own.delete(path);
  },
};
