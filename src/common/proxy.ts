import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";

const proxyVariables = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/**
 * Makes `fetch` honour `HTTPS_PROXY`/`NO_PROXY` and `SSL_CERT_FILE` outside the editor, which Node 20 does not by
 * itself. (`NODE_EXTRA_CA_CERTS` it does.) undici is loaded only when one of them is set: it costs start-up time.
 */
export async function honourNetworkEnvironment(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const certificates = env.SSL_CERT_FILE;
  if (!certificates && !proxyVariables.some((name) => env[name])) return;
  const extra = env.NODE_EXTRA_CA_CERTS;
  const ca = certificates ? [...rootCertificates, ...readPem(certificates), ...(extra ? readPem(extra) : [])] : undefined;
  const { useProxyDispatcher } = await import("./proxyDispatcher");
  useProxyDispatcher(ca);
}

/** As OpenSSL does, a file that cannot be read counts as empty. */
function readPem(file: string): string[] {
  try {
    return [readFileSync(file, "utf8")];
  } catch {
    return [];
  }
}
