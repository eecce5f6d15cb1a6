import { EnvHttpProxyAgent, setGlobalDispatcher } from "undici";

/**
 * Sends every `fetch` of this process through the proxies that the environment names.
 * @param ca certificate authorities in place of Node's own, as PEM
 * @param forAll the proxy for what no variable of its own names one
 */
export function useProxyDispatcher(ca: string[] | undefined, forAll?: string): void {
  const tls = ca ? { connect: { ca }, requestTls: { ca }, proxyTls: { ca } } : {};
  const { https_proxy, HTTPS_PROXY, http_proxy, HTTP_PROXY } = process.env;
  const proxies = { httpsProxy: https_proxy || HTTPS_PROXY || forAll, httpProxy: http_proxy || HTTP_PROXY || forAll };
  setGlobalDispatcher(new EnvHttpProxyAgent({ ...proxies, ...tls }));
}
