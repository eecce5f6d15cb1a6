import { EnvHttpProxyAgent, setGlobalDispatcher } from "undici";

/**
 * Sends every `fetch` of this process through the proxies that the environment names.
 * @param ca certificate authorities in place of Node's own, as PEM
 */
export function useProxyDispatcher(ca: string[] | undefined): void {
  const tls = ca ? { ca } : undefined;
  setGlobalDispatcher(new EnvHttpProxyAgent(tls ? { connect: tls, requestTls: tls, proxyTls: tls } : {}));
}
