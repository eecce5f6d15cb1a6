import type { Locator, Page } from "playwright-core";
import type { Notifications } from "./notifications";
import { contains, exactly, until } from "./waiting";
import type { Wanted } from "./waiting";

/** The integrated terminals. Without a name, the one in front is meant. */
export interface Terminals {
  names(): Promise<string[]>;
  /** Everything the terminal holds, what was scrolled away included; wrapped lines are joined. */
  text(name?: string): Promise<string>;
  waitForText(text: Wanted, options?: { name?: string; timeout?: number }): Promise<string>;
  /** Types into the terminal in front; end with "\n" for Enter. */
  type(text: string): Promise<void>;
  /** Brings a terminal to the front. */
  select(name: string): Promise<void>;
}

/** The part of xterm.js that is read here. */
interface Xterm {
  buffer: { active: { length: number; getLine(row: number): { isWrapped: boolean; translateToString(trimRight: boolean): string } | undefined } };
}

/** Finds the terminals on the page. */
export function createTerminals(page: Page, notifications: Notifications): Terminals {
  const active = page.locator(".terminal-wrapper.active:visible");
  const tabs = page.locator(".terminal-tabs-entry");
  const onlyTab = page.locator(".single-terminal-tab:visible");

  function find(name?: string): Locator {
    if (name === undefined) return active.first();
    // The first line of the label is "Terminal 2, name".
    const labelled = page.getByRole("textbox", { name: new RegExp(`^Terminal \\d+, ${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(\\s|,|$)`), includeHidden: true });
    return page.locator(".terminal-wrapper").filter({ has: labelled }).first();
  }

  /** The editor hangs its xterm.js object on the terminal's element: the whole text, however it is drawn. */
  const read = (terminal: Locator) =>
    terminal.evaluate((element) => {
      const { buffer } = (element as unknown as { xterm: Xterm }).xterm;
      let text = "";
      for (let row = 0; row < buffer.active.length; row++) {
        const line = buffer.active.getLine(row);
        if (!line) continue;
        const wraps = buffer.active.getLine(row + 1)?.isWrapped ?? false;
        text += line.translateToString(!wraps) + (wraps ? "" : "\n");
      }
      return text.trimEnd();
    });

  return {
    async names() {
      const listed = (await tabs.count()) > 0 ? tabs : onlyTab;
      // The list may hold an empty entry, the place to drop a terminal at its end.
      return (await listed.allInnerTexts()).map((name) => name.trim()).filter(Boolean);
    },
    text: (name) => read(find(name)),
    async waitForText(wanted, options = {}) {
      let last = "";
      const look = async () => {
        const terminal = find(options.name);
        last = (await terminal.count()) > 0 ? await read(terminal).catch(() => "") : "";
        return contains(last, wanted) ? last : undefined;
      };
      return until(page, `${String(wanted)} in the terminal`, look, { ...options, seen: () => last });
    },
    async type(text) {
      await active.first().locator(".xterm-helper-textarea").focus();
      await page.keyboard.type(text);
    },
    async select(name) {
      const tab = (await tabs.count()) > 0 ? tabs.filter({ hasText: exactly(name) }).first() : onlyTab;
      // A long message reaches up to the tabs.
      await notifications.uncover(tab);
      await tab.click();
    },
  };
}
