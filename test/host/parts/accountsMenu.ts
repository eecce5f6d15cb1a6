import type { Page } from "playwright-core";
import { exactly, until } from "./waiting";
import type { Wanted } from "./waiting";

export interface MenuEntry {
  label: string;
  /** The entries of its submenu. */
  children: string[];
}

/** The menu behind the person's head at the bottom left. */
export interface AccountsMenu {
  entries(): Promise<MenuEntry[]>;
  /** Follows the labels through the menu, for example an account and then "Sign Out". */
  choose(...path: Wanted[]): Promise<void>;
  /** The number on the icon, as it is shown; empty if there is none. */
  badge(): Promise<string>;
}

/** Finds the Accounts menu on the page. */
export function createAccountsMenu(page: Page): AccountsMenu {
  const button = page.locator(".activitybar .action-item").filter({ has: page.locator(".codicon-accounts-view-bar-icon") });
  const open = page.locator(".monaco-menu .action-menu-item:visible");
  const inSubmenu = page.locator(".monaco-submenu .action-menu-item:visible");

  async function show(): Promise<void> {
    await until(page, "the accounts to be loaded", async () => {
      await button.click();
      await open.first().waitFor();
      if ((await open.filter({ hasText: "Loading..." }).count()) === 0) return true;
      await hide();
      return undefined;
    });
  }

  async function hide(): Promise<void> {
    await page.keyboard.press("Escape");
    await open.first().waitFor({ state: "hidden" });
  }

  /** Labels at a depth; each deeper menu stands inside the one before it. */
  const at = (depth: number) => (depth === 0 ? open : inSubmenu);
  const labelled = (depth: number, label: Wanted) => at(depth).filter({ has: page.locator(".action-label", { hasText: exactly(label) }) }).first();

  return {
    async entries() {
      await show();
      const entries: MenuEntry[] = [];
      const labels = await open.locator("> .action-label").allInnerTexts();
      for (const [index, label] of labels.entries()) {
        const item = open.nth(index);
        const children: string[] = [];
        if ((await item.getAttribute("aria-haspopup")) === "true") {
          await item.hover();
          await inSubmenu.first().waitFor();
          children.push(...(await inSubmenu.locator("> .action-label").allInnerTexts()));
          // Closes the submenu only, so that the count of open entries is as before.
          await page.keyboard.press("ArrowLeft");
          await inSubmenu.first().waitFor({ state: "hidden" });
        }
        entries.push({ label, children });
      }
      await hide();
      return entries;
    },
    async choose(...path) {
      await show();
      for (const [depth, label] of path.entries()) {
        if (depth < path.length - 1) {
          await labelled(depth, label).hover();
          await inSubmenu.first().waitFor();
        } else {
          // A menu ignores clicks in its first moments, so as not to take the one that opened it. One that goes late is gone at the next.
          await until(page, `${String(label)} to be chosen`, async () => {
            await labelled(depth, label).click({ timeout: 5000 }).catch(() => {});
            return open.first().waitFor({ state: "hidden", timeout: 1000 }).then(() => true, () => undefined);
          });
        }
      }
    },
    async badge() {
      const content = button.locator(".badge-content:visible");
      return (await content.count()) > 0 ? (await content.innerText()).trim() : "";
    },
  };
}
