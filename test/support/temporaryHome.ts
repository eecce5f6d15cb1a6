import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A fresh `HOME` with nothing of the person's in it. */
export interface TemporaryHome {
  path: string;
  /** `<path>/.aihub` */
  aihub: string;
  remove(): Promise<void>;
}

export async function createTemporaryHome(): Promise<TemporaryHome> {
  const path = await mkdtemp(join(tmpdir(), "aihub-home-"));
  return { path, aihub: join(path, ".aihub"), remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}
