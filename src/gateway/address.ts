import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import * as z from "zod/mini";
import { AIHubError } from "../common/errors";
import { configFile } from "./paths";

/** Where the gateway of a home is. */
export interface GatewayAddress {
  /** For example `http://127.0.0.1:4000`, without a slash at the end. */
  url: string;
  /** Its page for people; `undefined` when it has none. */
  pageUrl: string | undefined;
}

const bind = z.optional(z.enum(["loopback", "lan", "tailnet"]));
const configSchema = z.looseObject({
  gateway: z.optional(z.looseObject({ host: z.optional(z.string()), port: z.optional(z.number()), bind })),
  ui: z.optional(z.looseObject({ enabled: z.optional(z.boolean()), port: z.optional(z.number()), bind })),
});

/**
 * Where the gateway listens by its config: `gateway.host`, else what `gateway.bind` means, and `gateway.port`, with its
 * own defaults. (A port that it was given by `-p` cannot be seen there; that is what `url` is for.)
 *
 * @param url the person's setting, which outranks the config
 * @returns `undefined` when there is neither
 * @throws AIHubError `gateway_url_invalid`
 */
export async function gatewayAddress(home: string, url?: string): Promise<GatewayAddress | undefined> {
  const config = await readConfig(home);
  const { gateway = {}, ui = {} } = config ?? {};
  const here = `http://${hostOf(ui.bind)}`;
  const pageOf = (host: string) => (ui.enabled === false ? undefined : `${host}:${ui.port ?? 3000}`);
  if (url) return { url: checkedUrl(url), pageUrl: pageOf(otherMachine(url) ?? here) };
  if (!config) return undefined;
  return { url: `http://${bracketed(reachable(gateway.host) ?? hostOf(gateway.bind))}:${gateway.port ?? 4000}`, pageUrl: pageOf(here) };
}

/** A config that cannot be read says nothing about where; the commands that need it tell what is wrong with it. */
async function readConfig(home: string): Promise<z.infer<typeof configSchema> | undefined> {
  try {
    const parsed = configSchema.safeParse(JSON.parse(await readFile(configFile(home), "utf8")));
    return parsed.success ? parsed.data : {};
  } catch {
    return undefined;
  }
}

function checkedUrl(url: string): string {
  // Whether it has the right form is all that is asked of the parser; a path at its end is kept.
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new AIHubError("gateway_url_invalid", { reason: url });
  return url.replace(/\/+$/, "");
}

/** Scheme and host of an address, unless it is of this machine, whose page listens where the config says. */
function otherMachine(url: string): string | undefined {
  const { protocol, hostname } = new URL(url);
  return /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname) ? undefined : `${protocol}//${hostname}`;
}

function hostOf(mode: z.infer<typeof bind>): string {
  return (mode === "tailnet" ? tailnetAddress() : undefined) ?? "127.0.0.1";
}

/** An address to listen on everywhere is reached here. */
function reachable(host: string | undefined): string | undefined {
  return host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** Tailscale's addresses are those of 100.64.0.0/10. */
function tailnetAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.find(({ family, internal, address }) => family === "IPv4" && !internal && /^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(address))?.address;
}
