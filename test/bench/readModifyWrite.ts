import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { createFileCredentialStore } from "../../src/store/fileCredentialStore";
import { createTemporaryHome } from "../support/temporaryHome";
import { quantileRows, type Measured } from "./figures";

const sizes = [3, 300];
const rounds = 200;
/** Not counted: the first calls of code that is not compiled yet. */
const warmUp = 20;

/** One credential of many is changed again and again: ours, Pi's, and the bare disk. */
export async function measureReadModifyWrite(): Promise<Measured> {
  const rows = [];
  for (const size of sizes) {
    const { ours, pi, disk } = await measure(size);
    rows.push(...quantileRows(`${size} profiles, beside Pi's \`AuthStorage.set\``, ours, pi));
    rows.push(...quantileRows(`${size} profiles, beside one fsynced replace of the file`, ours, disk));
  }
  return {
    title: "Locked read-modify-write",
    method:
      `${rounds} changes of one credential in one process, in turn with Pi's \`set\` (which overwrites in place, without fsync and without a copy) ` +
      "and with a bare temporary file, fsync and rename of the same bytes, of which ours makes two (the file, whose directory is synced as well, and its last good copy).",
    rows,
  };
}

async function measure(size: number): Promise<{ ours: number[]; pi: number[]; disk: number[] }> {
  const home = await createTemporaryHome();
  try {
    const store = createFileCredentialStore(home.aihub);
    const names = Array.from({ length: size }, (_, number) => `anthropic:profile-${number}`);
    const changed = names[Math.floor(size / 2)]!;
    await store.update(({ credentials, index }) => {
      for (const name of names) {
        credentials[name] = entry(name);
        index.profiles[name] = { provider: "anthropic", type: "oauth", label: name };
      }
    });
    const pi = await openPi(join(home.path, "pi"), names);
    const diskFile = join(home.path, "disk.json");
    const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, entry(name)])), null, 2);

    const series = {
      ours: (access: string) => store.update(({ credentials }) => void (credentials[changed] = { ...entry(changed), access })),
      pi: (access: string) => Promise.resolve(pi.set(changed, { ...entry(changed), access })),
      disk: () => writeFileAtomic(diskFile, text, { mode: 0o600, fsync: true }),
    };
    const samples: Record<keyof typeof series, number[]> = { ours: [], pi: [], disk: [] };
    const keys = Object.keys(series) as (keyof typeof series)[];
    for (let round = -warmUp; round < rounds; round++) {
      // Nobody always comes first: a write may wait for the one before it.
      keys.push(keys.shift()!);
      for (const key of keys) {
        const started = performance.now();
        await series[key](`access token number ${round}`.padEnd(100, "."));
        if (round >= 0) samples[key].push(performance.now() - started);
      }
    }
    return samples;
  } finally {
    await home.remove();
  }
}

async function openPi(folder: string, names: readonly string[]) {
  const { AuthStorage } = await import("@mariozechner/pi-coding-agent");
  await mkdir(folder);
  const storage = AuthStorage.create(join(folder, "auth.json"));
  for (const name of names) storage.set(name, entry(name));
  return storage;
}

function entry(name: string) {
  return { type: "oauth" as const, access: `access of ${name}`.padEnd(100, "."), refresh: `refresh of ${name}`.padEnd(100, "."), expires: 1_767_304_352_803 };
}
