import type { LoopbackFlow } from "../../providers/provider";

/**
 * Whether the vendor takes `externalUri` as the redirect to `port` of this machine: an http address on localhost, with
 * the flow's path, and with this very port where the vendor's ports are fixed. A tunnel may have given it another port.
 */
export function isAcceptedRedirect(flow: LoopbackFlow, localPort: number, externalUri: string): boolean {
  if (!URL.canParse(externalUri)) return false;
  const { protocol, hostname, port, pathname } = new URL(externalUri);
  const isLocal = protocol === "http:" && (hostname === "localhost" || hostname === "127.0.0.1") && pathname === flow.path;
  return isLocal && (flow.anyPort || Number(port) === localPort);
}

/** The vendor compares the host letter by letter: `localhost`, never `127.0.0.1`. */
export function asRegisteredRedirect(externalUri: string): string {
  const url = new URL(externalUri);
  url.hostname = "localhost";
  return url.href;
}
