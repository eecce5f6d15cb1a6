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

/** What the config has of a key; as if it were not there where it cannot be used, which says nothing about the others. */
function ifUsable<T>(schema: z.ZodMiniType<T>) {
  return z.catch(z.optional(schema), undefined);
}

const bind = ifUsable(z.enum(["loopback", "lan", "tailnet"]));
const port = ifUsable(z.int().check(z.minimum(1), z.maximum(65_535)));
const host = ifUsable(z.string().check(z.refine((name) => !/[/?#@\s]/.test(name) && URL.canParse(`http://${bracketed(name)}`))));
const configSchema = z.looseObject({
  gateway: ifUsable(z.looseObject({ host, port, bind })),
  ui: ifUsable(z.looseObject({ enabled: ifUsable(z.boolean()), port, bind })),
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
  // Whether it has the right form is all that is asked of the parser. A path at its end is kept, and is all that may follow.
  const parsed = /^https?:\/\/[^?#]+$/.test(url) && URL.canParse(url) ? new URL(url) : undefined;
  // What stands before an @ or behind a ? may be a secret.
  if (!parsed || parsed.username || parsed.password) throw new AIHubError("gateway_url_invalid", { reason: url.replace(/\/\/.*@/, "//…@").replace(/([?#]).*/, "$1…") });
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
