import { createServer } from "node:http";
import { anthropic } from "./anthropic";
import { createAuthority } from "./certificates";
import { createControl } from "./control";
import type { Fault } from "./faults";
import { github } from "./github";
import { openai } from "./openai";
import type { Account } from "./persons";
import { listenOnLoopback, startProxy } from "./proxy";
import { createRouter } from "./router";
import { randomToken } from "./tokens";
import type { SandboxRequest, Vendor } from "./types";
import { createWorld } from "./world";

/** What tests may see and change while the vendors play. Also offered as JSON over HTTP, see control.ts. */
export interface SandboxControls {
  /** Everything received, in order of arrival. */
  requests(): SandboxRequest[];
  /** Every token, code, verifier and key that was issued or presented: no log may contain one. */
  secrets(): string[];
  /** How often a used refresh token was presented again (and its whole sign-in revoked for it). */
  reuseDetected(): number;
  /** Logs an account in in "the browser": the one that consent pages offer. */
  signIn(vendor: Vendor, account: Account): void;
  addFault(fault: Fault): void;
  clearFaults(): void;
  /** Other members for the next token reply of Anthropic or OpenAI; `undefined` leaves one out. */
  alterNextTokenReply(vendor: "anthropic" | "openai", members: Record<string, unknown>): void;
  /** Access tokens issued so far answer 401 from now on. At GitHub: Copilot tokens; GitHub's own do not expire. */
  expireAccessTokens(vendor?: Vendor): void;
  /** Authorization codes and device codes issued so far are expired from now on. */
  expireCodes(vendor?: Vendor): void;
  /** Ends every sign-in of an account, given by its email or login. */
  revokeAccount(vendor: Vendor, account: string): void;
  /** Lifetime in seconds of access tokens issued from now on. At GitHub: of Copilot tokens. */
  setTokenLifetime(vendor: Vendor, seconds: number): void;
  /** Seconds between polls in device flows started from now on. Default 1. */
  setDeviceInterval(vendor: Vendor, seconds: number): void;
  /** The text that the vendor's models answer, until it is unset with `undefined`. */
  setReply(vendor: Vendor, text: string | undefined): void;
  /** A new API key of the account in the browser. GitHub has none. */
  createApiKey(vendor: "anthropic" | "openai"): string;
}

/** The vendors, played locally under their real host names behind a proxy. */
export interface Sandbox extends SandboxControls {
  /** `http://127.0.0.1:PORT` */
  proxyUrl: string;
  /** PEM of the sandbox's certificate authority. */
  caFile: string;
  /** PEM of Node's root certificates and the sandbox's, for `SSL_CERT_FILE`. */
  caBundleFile: string;
  /** What a child process needs to reach the vendors. */
  env: Record<string, string>;
  /** `http://127.0.0.1:PORT`, the controls for other processes. */
  controlUrl: string;
  close(): Promise<void>;
}

const keyPrefixes = { anthropic: "sk-ant-api03-", openai: "sk-proj-" };

function createControls(world: ReturnType<typeof createWorld>): SandboxControls {
  return {
    requests: () => world.requests.map((request) => ({ ...request })),
    secrets: () => [...world.secrets],
    reuseDetected: () => world.tokens.reuseDetected(),
    signIn: (vendor, account) => void world.persons.signIn(vendor, account),
    addFault: (fault) => world.faults.add(fault),
    clearFaults: () => world.faults.clear(),
    alterNextTokenReply: (vendor, members) => world.changeNextReply(vendor, members),
    expireAccessTokens: (vendor) => world.tokens.expireAccess(vendor),
    expireCodes: (vendor) => {
      world.codes.expire(vendor);
      world.devices.expire(vendor);
    },
    revokeAccount: (vendor, account) => world.tokens.revokeAccount(vendor, account),
    setTokenLifetime: (vendor, seconds) => void (world.lifetimes[vendor] = seconds),
    setDeviceInterval: (vendor, seconds) => void (world.deviceIntervals[vendor] = seconds),
    setReply: (vendor, text) => void (text === undefined ? world.replies.delete(vendor) : world.replies.set(vendor, text)),
    createApiKey: (vendor) => {
      const person = world.persons.inBrowser(vendor);
      const grant = { vendor, person, clientId: "api key", scope: "", revoked: false };
      return world.tokens.addApiKey(randomToken(keyPrefixes[vendor]), grant);
    },
  };
}

/** Starts the vendors. Everything listens on loopback, on free ports. */
export async function startSandbox(): Promise<Sandbox> {
  const world = createWorld();
  const authority = await createAuthority();
  const { caFile, caBundleFile } = authority;
  const proxy = await startProxy(authority, createRouter(world, [anthropic, openai, github]));
  const controls = createControls(world);
  const control = createServer(createControl(controls));
  const controlUrl = await listenOnLoopback(control);
  const noProxy = "localhost,127.0.0.1,::1";

  return {
    ...controls,
    proxyUrl: proxy.url,
    caFile,
    caBundleFile,
    controlUrl,
    env: {
      HTTPS_PROXY: proxy.url,
      https_proxy: proxy.url,
      NO_PROXY: noProxy,
      no_proxy: noProxy,
      SSL_CERT_FILE: caBundleFile,
      NODE_EXTRA_CA_CERTS: caFile,
      NODE_USE_ENV_PROXY: "1",
    },
    close: async () => {
      control.closeAllConnections();
      await new Promise((resolve) => control.close(resolve));
      await proxy.close();
      await authority.remove();
    },
  };
}
