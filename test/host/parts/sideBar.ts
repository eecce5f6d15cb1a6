import type { Page } from "playwright-core";
import { contains, exactly, until } from "./waiting";
import type { Wanted } from "./waiting";

/** The bar at the side with an extension's views. */
export interface SideBar {
  /** Opens the container with this title in the activity bar. */
  open(title: string): Promise<void>;
  /** The rows of the open views, each as its label and description in one line. */
  rows(): Promise<string[]>;
  /** Waits for a row that contains or matches the text, and returns it. */
  waitForRow(text: Wanted, options?: { timeout?: number }): Promise<string>;
  /** Clicks a button in the title of a view. */
  clickInTitle(view: string, button: string): Promise<void>;
  /** What a row's context menu offers. */
  entriesOfMenu(row: Wanted): Promise<string[]>;
  /** Chooses an entry of a row's context menu. */
  chooseInMenu(row: Wanted, entry: string): Promise<void>;
}

/** The part of the page's elements that is read here; the project is not compiled against a page. */
interface PageElement {
  textContent: string | null;
  querySelector(selector: string): PageElement | null;
}

/** Finds the side bar on the page. */
export function createSideBar(page: Page): SideBar {
  const bar = page.locator(".part.sidebar");
  const all = bar.locator(".monaco-list-row");

  const menu = page.locator(".monaco-menu .action-menu-item:visible");

  // All at once, since the tree may be drawn anew between two questions.
  const rows = () =>
    all.evaluateAll((elements) =>
      (elements as unknown as PageElement[]).map((row) =>
        [".label-name", ".label-description"].map((part) => row.querySelector(part)?.textContent?.trim() ?? "").filter(Boolean).join(" "),
      ),
    );

  const waitForRow = async (wanted: Wanted, options?: { timeout?: number }) => {
    let last: string[] = [];
    const look = async () => {
      last = await rows();
      return last.find((row) => contains(row, wanted));
    };
    return until(page, `the row ${String(wanted)}`, look, { ...options, seen: () => last });
  };

  const openMenu = async (row: Wanted) => {
    await waitForRow(row);
    // A row that is drawn anew in the moment of the click opens no menu.
    await until(page, `the menu of ${String(row)}`, async () => {
      if (!(await menu.first().isVisible())) await all.filter({ hasText: row }).first().click({ button: "right" });
      return menu.first().waitFor({ timeout: 2000 }).then(() => true, () => undefined);
    });
  };

  return {
    rows,
    waitForRow,
    async open(title) {
      const tab = page.locator(".activitybar .action-item .action-label").and(page.getByLabel(new RegExp(`^${title}\\b`)));
      await tab.first().click();
      await bar.locator(".composite.title").filter({ hasText: new RegExp(title, "i") }).waitFor();
    },
    async clickInTitle(view, button) {
      const header = bar.locator(".pane-header").filter({ has: page.locator(".title", { hasText: exactly(view) }) });
      // The buttons are there while the mouse is.
      await header.hover();
      await header.locator(".action-label").and(page.getByLabel(button, { exact: true })).click();
    },
    async entriesOfMenu(row) {
      await openMenu(row);
      const entries = await menu.locator(".action-label").allTextContents();
      await page.keyboard.press("Escape");
      await menu.first().waitFor({ state: "hidden" });
      // Lines between groups have no text.
      return entries.map((entry) => entry.trim()).filter(Boolean);
    },
    async chooseInMenu(row, entry) {
      await openMenu(row);
      const item = menu.filter({ has: page.locator(".action-label", { hasText: exactly(entry) }) }).first();
      // A menu ignores clicks in its first moments, so as not to take the one that opened it. One that goes late is gone at the next.
      await until(page, `${entry} to be chosen`, async () => {
        await item.click({ timeout: 5000 }).catch(() => {});
        return item.waitFor({ state: "hidden", timeout: 1000 }).then(() => true, () => undefined);
      });
    },
  };
}
