import { obeysEscapes } from "./obeysEscapes";

/** What is over before this time needs no words, in ms. */
const patience = 400;

/** Says what is waited for, on a terminal's standard error, while it takes long; the line is gone afterwards. */
export async function withProgress<T>(words: string, work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY || !obeysEscapes()) return work;
  let isShown = false;
  const timer = setTimeout(() => {
    isShown = true;
    process.stderr.write(words);
  }, patience);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    // Back to the start of the line, and erase to its end (ECMA-48 EL).
    if (isShown) process.stderr.write("\r\u001b[K");
  }
}
