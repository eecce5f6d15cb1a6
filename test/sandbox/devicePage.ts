import type { Exchange, Route } from "./exchange";
import { formParams, sendPage } from "./exchange";
import { consentPage, outcomePage, userCodePage } from "./pages";
import type { PageVendor } from "./pages";
import type { Vendor } from "./types";
import type { World } from "./world";

/**
 * The page where a person enters a device's code, and then authorizes or denies.
 * Both steps post to the same address; `domainOf` names the domain that a host signs people in for.
 */
export function devicePageRoutes(
  vendor: Vendor,
  page: PageVendor,
  hosts: readonly string[],
  path: string,
  domainOf: (host: string) => string,
): Route[] {
  function show(exchange: Exchange): void {
    sendPage(exchange, 200, userCodePage(page, undefined, exchange.query.get("user_code") ?? ""));
  }

  function submit(exchange: Exchange, world: World): void {
    decide(exchange, world, formParams(exchange)?.get("decision") ?? undefined);
  }

  function deny(exchange: Exchange, world: World): void {
    decide(exchange, world, "deny");
  }

  function decide(exchange: Exchange, world: World, decision: string | undefined): void {
    const typed = formParams(exchange)?.get("user_code") ?? "";
    const request = world.devices.byUserCode(vendor, domainOf(exchange.host), typed);
    if (!request) {
      exchange.record.note = "unknown user code";
      sendPage(exchange, 400, userCodePage(page, "This code is not valid, or it has expired.", typed));
      return;
    }
    const person = world.persons.inBrowser(vendor);
    if (decision === "authorize") {
      request.state = "authorized";
      request.person = person;
      exchange.record.account = person.id;
      sendPage(exchange, 200, outcomePage(page, "You are all set", "Your device is now connected."));
    } else if (decision === "deny") {
      request.state = "denied";
      exchange.record.note = "consent denied";
      sendPage(exchange, 200, outcomePage(page, "Not connected", "You denied the request."));
    } else {
      sendPage(exchange, 200, consentPage(page, person.id, request.scope.split(" "), typed));
    }
  }

  return [
    { hosts, path, method: "GET", handle: show },
    { hosts, path, method: "POST", handle: submit, onDenied: deny },
  ];
}
