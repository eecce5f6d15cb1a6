import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { afterEach } from "mocha";

/** Lets tests take ports of this machine. Freed after each test, also after a failure: the next run needs them. */
export function useOccupiedPorts(): (port: number) => Promise<void> {
  const occupied: Server[] = [];
  afterEach(() => Promise.all(occupied.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))));
  return async (port) => {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
    occupied.push(server);
  };
}

/** Whether nobody listens on a port, on IPv4 and IPv6. */
export async function isFree(port: number): Promise<boolean> {
  const answers = await Promise.all(["127.0.0.1", "::1"].map((host) => accepts(port, host)));
  return !answers.includes(true);
}

function accepts(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const finish = (isAccepted: boolean) => {
      socket.destroy();
      resolve(isAccepted);
    };
    socket.once("connect", () => finish(true)).once("error", () => finish(false));
  });
}
