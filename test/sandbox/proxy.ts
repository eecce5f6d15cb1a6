import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Authority } from "./certificates";

/** Listens on a free loopback port and gives its URL. */
export async function listenOnLoopback(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/**
 * A proxy that ends every tunnel here: it answers CONNECT, plays the TLS server of whatever host
 * was asked for, and hands the requests to `listener`. It has no code that connects to anywhere,
 * so nothing can leave the machine. (mockttp's own server would do the same job, but it listens
 * on all interfaces.) Requests to upgrade to a WebSocket reach `listener` as ordinary requests.
 */
export async function startProxy(authority: Authority, listener: RequestListener) {
  const tunnels = new Set<Socket>();
  const tlsServer = createTlsServer(
    {
      ALPNProtocols: ["http/1.1"],
      SNICallback: (host, done) => {
        authority.identityOf(host).then(
          (context) => done(null, context),
          (error: Error) => done(error),
        );
      },
    },
    listener,
  );
  // A client that does not trust the sandbox, or leaves during the handshake, is no error of ours.
  tlsServer.on("tlsClientError", (_error, socket) => socket.destroy());

  const server = createServer(listener);
  server.on("connect", (_request, socket: Socket, head: Buffer) => {
    tunnels.add(socket);
    socket.once("close", () => tunnels.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    if (head.length > 0) {
      socket.unshift(head);
    }
    tlsServer.emit("connection", socket);
  });
  const url = await listenOnLoopback(server);

  async function close(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    tlsServer.closeAllConnections();
    server.closeAllConnections();
    for (const socket of tunnels) {
      socket.destroy();
    }
    await closed;
  }

  return { url, close };
}
