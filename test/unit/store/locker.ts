import { createInterface } from "node:readline";
import { fileLock, withLock, type Waiting } from "../../../src/store/lock";

/**
 * `locker <file>`: at each line `<when> <time> [dead]` it takes the lock at that time of the machine's monotonic clock
 * (ns) and holds it so long (ms), as one who knows the holder before to be dead where it says so; it tells `held`, and
 * then from when to when it was.
 */
const [, , file = ""] = process.argv;
const knowsDeath: Waiting<never> = { settle: () => Promise.resolve(undefined), isHolderDead: () => Promise.resolve(true), wake: () => new Promise(() => {}) };

createInterface({ input: process.stdin }).on("line", (line) => {
  const [when = "0", time, dead] = line.split(" ");
  while (process.hrtime.bigint() < BigInt(when));
  const hold = async () => {
    const from = process.hrtime.bigint();
    console.log("held");
    await new Promise((resolve) => setTimeout(resolve, Number(time)));
    return `${from} ${process.hrtime.bigint()}`;
  };
  withLock(file, fileLock, hold, dead ? knowsDeath : undefined).then(
    (span) => console.log(span),
    (error: unknown) => console.log(String(error)),
  );
});
console.log("ready");
