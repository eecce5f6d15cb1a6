import { ProxyAgent, fetch, type Response } from "undici";
import { readFileSync } from "node:fs";
import type { Sandbox } from "../sandbox/sandbox";

/** What a person does in a browser, for tests that need none: pages are fetched and their forms submitted. */
export interface Person {
  /** Opens a consent page and answers it; follows the redirect like a browser. */
  consent(url: string, decision?: "authorize" | "deny"): Promise<Page>;
  /** The same in a browser on another machine: the address that it was redirected to and could not load. */
  consentWithoutRedirect(url: string): Promise<string>;
  /** Enters a device code and answers the consent page. */
  enterDeviceCode(url: string, userCode: string, decision?: "authorize" | "deny"): Promise<Page>;
  close(): Promise<void>;
}

export interface Page {
  url: string;
  status: number;
  text: string;
}

export function createPerson({ proxyUrl, caFile }: Pick<Sandbox, "proxyUrl" | "caFile">): Person {
  const dispatcher = new ProxyAgent({ uri: proxyUrl, requestTls: { ca: readFileSync(caFile, "utf8") } });

  let isElsewhere: (location: string) => boolean = () => false;

  const open = async (url: string, form?: URLSearchParams): Promise<Page> => {
    const isLoopback = isLoopbackAddress(url);
    const response: Response = await fetch(url, {
      redirect: "manual",
      ...(isLoopback ? {} : { dispatcher }),
      ...(form ? { method: "POST", body: form } : {}),
    });
    const location = response.headers.get("location");
    if (location && isElsewhere(location)) return { url: location, status: 0, text: "" };
    if (location) return open(new URL(location, url).href);
    return { url, status: response.status, text: await response.text() };
  };

  const submit = (page: Page, fields: Record<string, string>): Promise<Page> => {
    const form = new URLSearchParams(hiddenFields(page.text));
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const action = /<form[^>]*action="([^"]*)"/.exec(page.text)?.[1];
    return open(new URL(unescapeHtml(action ?? page.url), page.url).href, form);
  };

  return {
    async consent(url, decision = "authorize") {
      const page = await open(url);
      return submit(page, button(page, decision));
    },
    async consentWithoutRedirect(url) {
      isElsewhere = isLoopbackAddress;
      try {
        const page = await open(url);
        return (await submit(page, button(page, "authorize"))).url;
      } finally {
        isElsewhere = () => false;
      }
    },
    async enterDeviceCode(url, userCode, decision = "authorize") {
      const page = await open(url);
      const field = /<input[^>]*name="([^"]+)"[^>]*type="text"|<input[^>]*type="text"[^>]*name="([^"]+)"/.exec(page.text);
      const consent = await submit(page, { [field?.[1] ?? field?.[2] ?? "user_code"]: userCode });
      return submit(consent, button(consent, decision));
    },
    close: () => dispatcher.close(),
  };
}

function isLoopbackAddress(url: string): boolean {
  return ["localhost", "127.0.0.1"].includes(new URL(url, "https://vendor.example").hostname);
}

function button(page: Page, id: string): Record<string, string> {
  const tag = new RegExp(`<button[^>]*id="${id}"[^>]*>`).exec(page.text)?.[0];
  if (!tag) throw new Error(`There is no button "${id}" on ${new URL(page.url).host}${new URL(page.url).pathname} (${page.status})`);
  const name = /name="([^"]*)"/.exec(tag)?.[1];
  return name ? { [name]: /value="([^"]*)"/.exec(tag)?.[1] ?? "" } : {};
}

function hiddenFields(html: string): [string, string][] {
  return [...html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [
    unescapeHtml(/name="([^"]*)"/.exec(tag)?.[1] ?? ""),
    unescapeHtml(/value="([^"]*)"/.exec(tag)?.[1] ?? ""),
  ]);
}

function unescapeHtml(text: string): string {
  return text.replace(/&quot;/g, '"').replace(/&#(\d+);/g, (_match, code: string) => String.fromCharCode(Number(code))).replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}
