import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import { AIHubError } from "./errors";

/**
 * Makes `fetch` honour `HTTPS_PROXY`/`ALL_PROXY`/`NO_PROXY` and `SSL_CERT_FILE` outside the editor, which Node 20 does not by
 * itself. (`NODE_EXTRA_CA_CERTS` it does.) undici is loaded only when one of them is set: it costs start-up time.
 *
 * @throws AIHubError `proxy_not_usable`
 */
export async function honourNetworkEnvironment(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const certificates = env.SSL_CERT_FILE;
  const own = proxyIn(env, "https_proxy", "HTTPS_PROXY");
  // The vendors are all reached by HTTPS: one for the rest is no matter where that has its own.
  const forAll = own === undefined ? proxyIn(env, "all_proxy", "ALL_PROXY") : undefined;
  const proxies = { https: own ?? forAll, http: proxyIn(env, "http_proxy", "HTTP_PROXY") ?? forAll };
  if (!certificates && !proxies.https && !proxies.http) return;
  const extra = env.NODE_EXTRA_CA_CERTS;
  const ca = certificates ? [...rootCertificates, ...readPem(certificates), ...(extra ? readPem(extra) : [])] : undefined;
  const { useProxyDispatcher } = await import("./proxyDispatcher");
  useProxyDispatcher(proxies, ca);
}

/** The proxy that the first of these variables names which is set. */
function proxyIn(env: NodeJS.ProcessEnv, ...names: string[]): string | undefined {
  const name = names.find((each) => env[each]?.trim());
  return name === undefined ? undefined : proxyUrl(name, env[name] ?? "");
}

/**
 * A proxy as people write it: as other programs take it, without a scheme, and with a `%` in the password that stands
 * for itself. The message names the variable alone, which may hold that password.
 *
 * @throws AIHubError `proxy_not_usable`
 */
function proxyUrl(name: string, value: string): string {
  const address = value.trim().replace(/%(?![\da-f]{2})/gi, "%25");
  try {
    const { protocol, username, password, href } = new URL(address.includes("://") ? address : `http://${address}`);
    // undici does so, and fails with what is no text.
    decodeURIComponent(username + password);
    if (/^https?:$/.test(protocol)) return href;
  } catch {
    // Falls through: it is as useless as one that speaks another protocol, SOCKS for example.
  }
  throw new AIHubError("proxy_not_usable", { reason: name });
}

/** As OpenSSL does, a file that cannot be read counts as empty. */
function readPem(file: string): string[] {
  try {
    return [readFileSync(file, "utf8")];
  } catch {
    return [];
  }
}
