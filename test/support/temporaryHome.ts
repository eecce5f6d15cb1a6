import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A fresh `HOME` with nothing of the person's in it. */
export interface TemporaryHome {
  path: string;
  /** `<path>/.aihub` */
  aihub: string;
  /** Writes a file, its folders included, and gives its whole path; `path` is relative to `.aihub`. */
  place(this: void, path: string, text: string): Promise<string>;
  remove(): Promise<void>;
}

export async function createTemporaryHome(): Promise<TemporaryHome> {
  const path = await mkdtemp(join(tmpdir(), "aihub-home-"));
  const aihub = join(path, ".aihub");
  const place = async (file: string, text: string) => {
    const whole = join(aihub, file);
    await mkdir(dirname(whole), { recursive: true });
    await writeFile(whole, text);
    return whole;
  };
  return { path, aihub, place, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}
