import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";

/** The gateway of a home, in a process of its own. */
export interface GatewayProcess {
  url: string;
  /** Everything it has logged, the requests among it. */
  output(): string;
  run(agent: string, message: string): ReturnType<typeof runInGateway>;
  stop(): Promise<void>;
  /** Ends it in the midst of whatever it does. */
  kill(): Promise<void>;
}

const root = resolve(__dirname, "../..");
const main = resolve(root, "test/sandbox/gateway/main.ts");
/** Each with the promise of its end. */
const running = new Map<ChildProcess, Promise<void>>();

/** The gateway's command, as a person would have it on the `PATH`: `aihub gateway`. */
export async function placeGatewayCli(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const script = `#!/bin/sh\n[ "$1" = gateway ] || exit 2\ncd '${root}'\nGATEWAY_LOOK_INTERVAL=50 PI_OFFLINE=1 exec '${process.execPath}' --import tsx '${main}'\n`;
  await writeFile(join(folder, "aihub"), script, { mode: 0o755 });
}

/** Asks an agent of a gateway by HTTP: the answer's text, or the error that came instead. */
export async function runInGateway(url: string, agent: string, message: string): Promise<{ text: string } | { error: string }> {
  const response = await fetch(`${url}/api/agents/${encodeURIComponent(agent)}/messages`, { method: "POST", body: JSON.stringify({ message }) });
  const body = (await response.json()) as { payloads?: { text: string }[]; error?: string };
  return body.payloads ? { text: body.payloads.map((payload) => payload.text).join("") } : { error: body.error ?? `HTTP ${response.status}` };
}

/** A port that nobody listens on, for a config that names it. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Starts the gateway on the config that stands in the home. */
export async function startGateway(env: Record<string, string>): Promise<GatewayProcess> {
  const child = spawn(process.execPath, ["--import", "tsx", main], {
    cwd: root,
    env: { PATH: process.env.PATH ?? "", PI_OFFLINE: "1", GATEWAY_LOOK_INTERVAL: "50", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  running.set(child, ended);
  void ended.then(() => running.delete(child));
  const url = await new Promise<string>((found, failed) => {
    const listen = (chunk: string) => {
      output += chunk;
      const address = /Starting gateway server on (\S+)/.exec(output)?.[1];
      if (address) found(`http://${address}`);
    };
    child.stdout.setEncoding("utf8").on("data", listen);
    child.stderr.setEncoding("utf8").on("data", listen);
    child.once("close", (code) => failed(new Error(`The gateway ended with ${code}: ${output}`)));
  });
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return {
    url,
    output: () => output,
    run: (agent, message) => runInGateway(url, agent, message),
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

/** Ends what a failed test has left running, and resolves when that has let go of its port. */
export async function endGateways(): Promise<void> {
  for (const child of running.keys()) child.kill("SIGKILL");
  await Promise.all(running.values());
}
