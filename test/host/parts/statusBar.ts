import type { Locator, Page } from "playwright-core";
import { contains, until } from "./waiting";
import type { Wanted } from "./waiting";

/** The bar at the bottom. An item is named by the id that the extension gave it, or found by a pattern of its text. */
export interface StatusBar {
  text(item: Wanted): Promise<string>;
  /** Waits until the item's text contains or matches `text`, and returns it. */
  waitForText(item: Wanted, text: Wanted, options?: { timeout?: number }): Promise<string>;
  /** "standard", or the colour that asks for attention. */
  kind(item: Wanted): Promise<"standard" | "warning" | "error">;
  click(item: Wanted): Promise<void>;
  /** Rests the mouse on the item and reads what appears. */
  tooltip(item: Wanted): Promise<string>;
  /** Clicks a link in the item's tooltip. */
  clickTooltipLink(item: Wanted, link: string): Promise<void>;
}

/** Finds the status bar on the page. */
export function createStatusBar(page: Page): StatusBar {
  const hover = page.locator(".workbench-hover:visible");

  function find(item: Wanted): Locator {
    const all = page.locator(".statusbar-item:visible");
    // The editor puts the extension's id before the item's own.
    return typeof item === "string" ? all.and(page.locator(`[id="${item}"], [id$=".${item}"]`)) : all.filter({ hasText: item }).first();
  }

  async function rest(item: Wanted): Promise<Locator> {
    // One that was asked for before may come when the last one has just gone.
    await until(page, "no tooltip to be shown", async () => {
      await page.mouse.move(0, 0);
      return (await hover.count()) === 0 || undefined;
    });
    await find(item).hover();
    await hover.waitFor();
    return hover;
  }

  const text = async (item: Wanted) => (await find(item).innerText()).replace(/\s+/g, " ").trim();

  return {
    text,
    async waitForText(item, wanted, options) {
      let last = "";
      const look = async () => {
        last = (await find(item).isVisible()) ? await text(item) : "";
        return contains(last, wanted) ? last : undefined;
      };
      return until(page, `"${String(wanted)}" in the status bar`, look, { ...options, seen: () => last });
    },
    async kind(item) {
      const classes = (await find(item).getAttribute("class")) ?? "";
      return classes.includes("error-kind") ? "error" : classes.includes("warning-kind") ? "warning" : "standard";
    },
    async click(item) {
      await find(item).locator("a").first().click();
      await page.mouse.move(0, 0);
    },
    async tooltip(item) {
      const shown = (await (await rest(item)).innerText()).trim();
      await page.mouse.move(0, 0);
      return shown;
    },
    async clickTooltipLink(item, link) {
      await (await rest(item)).locator("a").filter({ hasText: link }).click();
    },
  };
}
