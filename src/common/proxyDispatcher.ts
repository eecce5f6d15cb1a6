import { EnvHttpProxyAgent, setGlobalDispatcher } from "undici";

/** The proxies' addresses, by what they are for; none: what is asked for goes straight. */
export interface Proxies {
  https?: string;
  http?: string;
}

/**
 * Sends every `fetch` of this process through these proxies, but for the hosts of `NO_PROXY`.
 * @param ca certificate authorities in place of Node's own, as PEM
 */
export function useProxyDispatcher({ https, http }: Proxies, ca: string[] | undefined): void {
  const tls = ca ? { connect: { ca }, requestTls: { ca }, proxyTls: { ca } } : {};
  // What is `undefined` would be taken from the environment, as it stands there.
  setGlobalDispatcher(new EnvHttpProxyAgent({ httpsProxy: https ?? "", httpProxy: http ?? "", ...tls }));
}
