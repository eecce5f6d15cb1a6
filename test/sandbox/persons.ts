import { randomInt, randomUUID } from "node:crypto";
import type { Vendor } from "./types";

/** What a test says about an account; `email` names it at Anthropic and OpenAI, `login` at GitHub. */
export interface Account {
  email?: string;
  login?: string;
  name?: string;
  /** GitHub only: false for an account without Copilot. Default true. */
  copilot?: boolean;
}

/** An account as its vendor knows it. */
export interface Person {
  /** Email or login: what `SandboxRequest.account` and the consent page show. */
  id: string;
  name: string;
  uuid: string;
  organizationUuid: string;
  /** GitHub's numeric account id. */
  number: number;
  copilot: boolean;
}

const defaults: Record<Vendor, Account> = {
  anthropic: { email: "ada@example.com", name: "Ada Example" },
  openai: { email: "grace@example.com", name: "Grace Example" },
  github: { login: "linus-example", name: "Linus Example" },
};

/** The accounts of all vendors, and which of them is logged in in "the browser". */
export function createPersons() {
  const known = new Map<string, Person>();
  const browser = new Map<Vendor, Person>();

  /** Logs an account in in the browser. The same address always gets the same ids. */
  function signIn(vendor: Vendor, account: Account): Person {
    const id = vendor === "github" ? account.login : account.email;
    if (!id) {
      throw new Error(`An account at ${vendor} needs ${vendor === "github" ? "a login" : "an email"}.`);
    }
    const key = `${vendor} ${id}`;
    const person = known.get(key) ?? {
      id,
      name: id,
      uuid: randomUUID(),
      organizationUuid: randomUUID(),
      number: randomInt(1_000, 100_000_000),
      copilot: true,
    };
    person.name = account.name ?? person.name;
    person.copilot = account.copilot ?? person.copilot;
    known.set(key, person);
    browser.set(vendor, person);
    return person;
  }

  /** The account that a consent page offers. */
  function inBrowser(vendor: Vendor): Person {
    return browser.get(vendor) ?? signIn(vendor, defaults[vendor]);
  }

  return { signIn, inBrowser };
}
