import type { LoopbackFlow } from "../../providers/provider";

/**
 * Where the person's browser arrives that is sent to `externalUri`, the editor's address for `port` of this machine:
 * `here`, at an address that the vendor takes; at another port than the vendor takes (`moved`: a tunnel gives another
 * one where the port is taken on the browser's machine); or at an address that is none of a tunnel's (`elsewhere`).
 */
export function whereArrives(flow: LoopbackFlow, localPort: number, externalUri: string | undefined): "here" | "moved" | "elsewhere" {
  if (externalUri === undefined || !URL.canParse(externalUri)) return "elsewhere";
  const { protocol, hostname, port, pathname } = new URL(externalUri);
  const isLocal = protocol === "http:" && (hostname === "localhost" || hostname === "127.0.0.1") && pathname === flow.path;
  if (!isLocal) return "elsewhere";
  return flow.anyPort || Number(port) === localPort ? "here" : "moved";
}

/** The vendor compares the host letter by letter: `localhost`, never `127.0.0.1`. */
export function asRegisteredRedirect(externalUri: string): string {
  const url = new URL(externalUri);
  url.hostname = "localhost";
  return url.href;
}
