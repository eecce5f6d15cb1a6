import type { Exchange, Route } from "./exchange";
import { formParams, redirect, sendPage, sendText } from "./exchange";
import { consentPage, errorPage } from "./pages";
import type { PageVendor } from "./pages";
import type { Vendor } from "./types";
import type { World } from "./world";

/** What a vendor's authorization endpoint insists on. */
export interface AuthorizeRules {
  vendor: Vendor;
  page: PageVendor;
  host: string;
  clientId: string;
  scopes: readonly string[];
  /** Parameters beyond OAuth's: a fixed value, or anything but nothing. */
  extras: Readonly<Record<string, string | RegExp>>;
  isRedirectAllowed: (redirectUri: string) => boolean;
  /** OpenAI sends the granted scope along with the code. */
  redirectsWithScope: boolean;
}

interface AuthorizeRequest {
  redirectUri: string;
  state: string;
  scope: string;
  challenge: string;
}

/** `/oauth/authorize` of a vendor: GET shows the consent, POST takes the decision. */
export function authorizeRoutes(rules: AuthorizeRules): Route[] {
  const place = { hosts: [rules.host], path: "/oauth/authorize" };

  function show(exchange: Exchange, world: World): void {
    const request = readRequest(exchange, rules);
    if (request) {
      const account = world.persons.inBrowser(rules.vendor).id;
      sendPage(exchange, 200, consentPage(rules.page, account, request.scope.split(" ")));
    }
  }

  function decide(exchange: Exchange, world: World): void {
    const decision = formParams(exchange)?.get("decision");
    if (decision === "deny") {
      deny(exchange);
    } else if (decision === "authorize") {
      authorize(exchange, world);
    } else {
      sendText(exchange, 400, "The form has no decision.");
    }
  }

  function authorize(exchange: Exchange, world: World): void {
    const request = readRequest(exchange, rules);
    if (request) {
      const { redirectUri, state, scope, challenge } = request;
      const { vendor, clientId } = rules;
      const person = world.persons.inBrowser(vendor);
      const code = world.codes.issue({ vendor, clientId, person, redirectUri, state, scope, challenge });
      exchange.record.account = person.id;
      leave(exchange, request, { code, state, ...(rules.redirectsWithScope ? { scope } : {}) });
    }
  }

  function deny(exchange: Exchange): void {
    const request = readRequest(exchange, rules);
    if (request) {
      exchange.record.note = "consent denied";
      // RFC 6749, 4.1.2.1
      const error_description = "The resource owner denied the request.";
      leave(exchange, request, { error: "access_denied", error_description, state: request.state });
    }
  }

  return [
    { ...place, method: "GET", handle: show },
    { ...place, method: "POST", handle: decide, onDenied: deny },
  ];
}

function leave(exchange: Exchange, request: AuthorizeRequest, parameters: Record<string, string>): void {
  const target = new URL(request.redirectUri);
  for (const [name, value] of Object.entries(parameters)) {
    target.searchParams.set(name, value);
  }
  redirect(exchange, target.href);
}

/** The valid request of this address, or an error page: an invalid one is never redirected. */
function readRequest(exchange: Exchange, rules: AuthorizeRules): AuthorizeRequest | undefined {
  const problems = problemsOf(exchange.query, rules);
  if (problems.length > 0) {
    exchange.record.note = `invalid authorization request: ${problems.join(" ")}`;
    sendPage(exchange, 400, errorPage(rules.page, problems));
    return undefined;
  }
  const get = (name: string) => exchange.query.get(name) ?? "";
  return {
    redirectUri: get("redirect_uri"),
    state: get("state"),
    scope: get("scope"),
    challenge: get("code_challenge"),
  };
}

function problemsOf(query: URLSearchParams, rules: AuthorizeRules): string[] {
  const get = (name: string) => query.get(name) ?? "";
  const unknownScopes = get("scope")
    .split(" ")
    .filter((scope) => !rules.scopes.includes(scope));
  const checks: [boolean, string][] = [
    [get("response_type") === "code", "response_type must be code."],
    [get("client_id") === rules.clientId, "client_id is unknown."],
    [rules.isRedirectAllowed(get("redirect_uri")), "redirect_uri is not registered for this client."],
    [get("code_challenge_method") === "S256", "code_challenge_method must be S256."],
    // RFC 7636, 4.2: the base64url of 32 bytes.
    [/^[A-Za-z0-9_-]{43}$/.test(get("code_challenge")), "code_challenge must be 43 base64url characters."],
    [get("state") !== "", "state is missing."],
    [unknownScopes.length === 0, "scope is missing or has values that this client may not ask for."],
    // RFC 6749, 3.1: parameters MUST NOT be included more than once.
    [new Set(query.keys()).size === query.size, "A parameter is given more than once."],
    ...Object.entries(rules.extras).map(([name, wanted]): [boolean, string] => [
      typeof wanted === "string" ? get(name) === wanted : wanted.test(get(name)),
      `${name} is missing or wrong.`,
    ]),
  ];
  return checks.filter(([isFine]) => !isFine).map(([, problem]) => problem);
}
