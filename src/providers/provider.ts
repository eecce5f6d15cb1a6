import type { Fetch } from "../common/http";
import type { OAuthCredential } from "../store/schema";

/** Who signed in, as far as the vendor tells. */
export interface Account {
  /** What people see: an address or a login name. */
  label?: string;
  /** The vendor's stable id. */
  id?: string;
  /** On whose plan the sign-in is, where one person may be in several organizations. */
  organization?: { id: string; name?: string };
}

/** A token reply (RFC 6749 5.1) with the vendor's own members. */
export type TokenReply = Readonly<Record<string, unknown>> & { readonly access_token: string };

/** A loopback redirect (RFC 8252 7.3): which URIs the vendor takes, as data. */
export interface LoopbackFlow {
  kind: "loopback";
  path: string;
  /** Tried in this order. */
  ports: readonly number[];
  /** Whether the vendor takes any other port as well. */
  anyPort: boolean;
}

/** A redirect that nothing here waits for: the person brings the code. Works from any browser. */
export interface PasteFlow {
  kind: "paste";
  redirectUri: string;
  /** Whether the vendor has a page there that shows the code. Else the page does not load, and its address has the code. */
  showsCode: boolean;
}

/** Device authorization as in RFC 8628, or a vendor's own form of it. */
export interface DeviceFlow {
  kind: "device";
  protocol: "rfc8628" | DeviceProtocol;
  /** Asks for the domain of an enterprise first. */
  onDomain?: boolean;
}

export type Flow = LoopbackFlow | DeviceFlow | PasteFlow;
export type FlowKind = Flow["kind"];

/** In the order in which settings and options name them. */
export const flowKinds = ["loopback", "device", "paste"] as const satisfies readonly FlowKind[];

/** What people should know before their first sign-in, and where to read on. */
export interface Notice {
  text: string;
  url: string;
}

export interface DeviceAuthorization {
  deviceCode: string;
  userCode: string;
  verificationUri: string;
  /** Seconds between two polls. */
  interval: number;
  /** ms since the epoch. */
  expiresAt: number;
}

/** What a vendor's own device protocol ends in: an ordinary code to exchange. */
export interface DeviceGrant {
  code: string;
  codeVerifier: string;
  redirectUri: string;
}

export interface DeviceProtocol {
  start(fetch: Fetch): Promise<DeviceAuthorization>;
  /** `undefined` while the person has not decided. */
  poll(fetch: Fetch, device: DeviceAuthorization): Promise<DeviceGrant | undefined>;
}

/** The variables by which a provider's clients are sent to another server, and with what. */
export interface ProxyVariables {
  readonly baseUrl: string;
  readonly token: string;
}

/** What a model provider is: data, and the few functions in which vendors differ. */
export interface Provider {
  readonly id: string;
  /** The id of its `AuthenticationProvider` in VS Code. */
  readonly authenticationId: string;
  /** The vendor and the subscription, for lists. */
  readonly label: string;
  /** The vendor, for sentences. */
  readonly name: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly issuer: string;
  readonly endpoints: {
    readonly authorization?: string;
    readonly deviceAuthorization?: string;
    readonly token: string;
  };
  readonly authorizationParameters: Readonly<Record<string, string>>;
  /** Whether the token request repeats the `state`, which the RFC does not ask for. */
  readonly tokenRequestCarriesState?: boolean;
  /** In the order in which they are offered. */
  readonly flows: readonly Flow[];
  /** Environment variables with an OAuth token (a subscription), best first. */
  readonly tokenVariables: readonly string[];
  /** Environment variables with an API key (billed by use), best first. */
  readonly keyVariables: readonly string[];
  readonly proxyVariables?: ProxyVariables;
  /** Variables that some programs take a key of this provider from, and this project never does. */
  readonly otherVariables?: readonly string[];
  /** Said before the first sign-in on a machine. */
  readonly notice?: Notice;
  /** Who pays when this provider's sign-in is used. */
  readonly payer: string;

  /** The enterprise domain that this provider is bound to. */
  readonly enterpriseUrl?: string;
  /** The same provider on the domain of an enterprise. */
  atDomain?(domain: string): Provider;
  /** Adapts a standard OAuth exchange to what this vendor speaks, request and answer. */
  wire?(fetch: Fetch): Fetch;
  account(reply: TokenReply, fetch: Fetch): Promise<Account>;
  /** Whether `Account.id` is a workspace's, which several people share. */
  readonly sharesAccountIds?: boolean;
  /** Turns the OAuth token into the one that models take, where they differ; `refresh` keeps the OAuth token. */
  exchange?(oauthToken: string, fetch: Fetch, enterpriseUrl?: string): Promise<{ access: string; expires: number }>;
  /** Tells the vendor to forget the sign-in (RFC 7009), where that can be done. */
  revoke?(credential: OAuthCredential, fetch: Fetch): Promise<void>;
  /** How Pi reaches its models with an access token as a bare key, where that is possible: for a second account under another name. */
  readonly bareKey?: { readonly api: string; readonly baseUrl: string };
  /** The host that this credential's models are served from, where it is not fixed. */
  modelBaseUrl?(access: string, enterpriseUrl?: string): string;
}
