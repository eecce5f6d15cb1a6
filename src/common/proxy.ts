import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";

const proxyVariables = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"];

/**
 * Makes `fetch` honour `HTTPS_PROXY`/`ALL_PROXY`/`NO_PROXY` and `SSL_CERT_FILE` outside the editor, which Node 20 does not by
 * itself. (`NODE_EXTRA_CA_CERTS` it does.) undici is loaded only when one of them is set: it costs start-up time.
 */
export async function honourNetworkEnvironment(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const certificates = env.SSL_CERT_FILE;
  const forAll = proxyForAll(env);
  if (!certificates && !forAll && !proxyVariables.some((name) => env[name])) return;
  const extra = env.NODE_EXTRA_CA_CERTS;
  const ca = certificates ? [...rootCertificates, ...readPem(certificates), ...(extra ? readPem(extra) : [])] : undefined;
  const { useProxyDispatcher } = await import("./proxyDispatcher");
  useProxyDispatcher(ca, forAll);
}

/** `ALL_PROXY`, where no variable of its own names the proxy. One that speaks SOCKS is none for `fetch`. */
function proxyForAll(env: NodeJS.ProcessEnv): string | undefined {
  const proxy = env.all_proxy || env.ALL_PROXY;
  return proxy && /^https?:\/\//i.test(proxy) ? proxy : undefined;
}

/** As OpenSSL does, a file that cannot be read counts as empty. */
function readPem(file: string): string[] {
  try {
    return [readFileSync(file, "utf8")];
  } catch {
    return [];
  }
}
