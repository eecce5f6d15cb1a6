import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

/**
 * A network of its own, for a browser on “another machine”: what is `localhost` there is not this machine's. Ports are
 * carried over one by one, as `ssh -L` does. Sockets in the file system lead from one to the other, so that all of it
 * stays on the loopback addresses of either side.
 */
export interface SplitNetwork {
  /** A program that runs another one in that network. */
  inside(executable: string): Promise<string>;
  /** Makes `127.0.0.1:<port>` of this machine the same address there. */
  carry(port: number): Promise<void>;
  close(): Promise<void>;
}

/** Why there can be none here; `undefined` when there can. */
export function whyNoSplitNetwork(): string | undefined {
  const { status, error, stderr } = spawnSync("unshare", ["-n", "ip", "link", "set", "lo", "up"], { encoding: "utf8" });
  if (status === 0) return undefined;
  return `a network of its own cannot be made here: ${error?.message ?? stderr.trim()}`;
}

/** @throws Error where `whyNoSplitNetwork` says why */
export async function createSplitNetwork(): Promise<SplitNetwork> {
  const dir = await mkdtemp(path.join(tmpdir(), "aihub-network-"));
  const holder = spawn("unshare", ["-n", process.execPath, "--require", "tsx/cjs", path.join(__dirname, "splitNetworkMain.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const stop = () => holder.kill("SIGKILL");
  process.once("exit", stop);
  const lines = createInterface({ input: holder.stdout })[Symbol.asyncIterator]();
  const told = async () => String((await lines.next()).value);
  if ((await told()) !== "ready") throw new Error(whyNoSplitNetwork() ?? "The network of its own did not start.");
  const ends: Server[] = [];
  return {
    async inside(executable) {
      const wrapper = path.join(dir, path.basename(executable));
      await writeFile(wrapper, `#!/bin/sh\nexec nsenter --net=/proc/${holder.pid}/ns/net "${executable}" "$@"\n`);
      await chmod(wrapper, 0o700);
      return wrapper;
    },
    async carry(port) {
      const socket = path.join(dir, `${port}.sock`);
      const end = createServer((from) => from.pipe(connect(port, "127.0.0.1").on("error", () => from.destroy())).pipe(from).on("error", () => {}));
      ends.push(end);
      await once(end.listen(socket), "listening");
      holder.stdin.write(`${port} ${socket}\n`);
      await told();
    },
    async close() {
      process.off("exit", stop);
      holder.stdin.end();
      if (holder.exitCode === null) await once(holder, "exit");
      for (const end of ends) end.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
