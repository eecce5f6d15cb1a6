import type { Locator, Page } from "playwright-core";
import { contains, exactly, matches, nextFrame, until } from "./waiting";
import type { Wanted } from "./waiting";

export interface QuickPickItem {
  label: string;
  description: string;
  detail: string;
  /** The heading above the item; empty if there is none. */
  group: string;
}

/** The box at the top of the editor: quick picks, input boxes and the command palette. */
export interface QuickInput {
  /** Waits for a pick or a box whose title, placeholder or prompt contains the text. */
  waitFor(text?: Wanted): Promise<void>;
  title(): Promise<string>;
  placeholder(): Promise<string>;
  /** The prompt of an input box, or why it does not accept what was typed. */
  message(): Promise<string>;
  items(): Promise<QuickPickItem[]>;
  /** Clicks the item with this label; in a pick of many this ticks it. */
  pick(label: Wanted): Promise<void>;
  /** Clicks a small button at the right of an item, by its tooltip. */
  clickItemButton(label: Wanted, tooltip: string): Promise<void>;
  /** Writes into the box and leaves it open. */
  fill(text: string): Promise<void>;
  /** Writes into the box and presses Enter. */
  type(text: string): Promise<void>;
  accept(): Promise<void>;
  cancel(): Promise<void>;
  waitUntilClosed(): Promise<void>;
}

/** Finds the quick input on the page. */
export function createQuickInput(page: Page): QuickInput {
  const widget = page.locator(".quick-input-widget:visible");
  const input = widget.locator("input.input");
  const rows = widget.locator(".quick-input-list .monaco-list-row");
  const textOf = async (selector: string) => {
    const part = widget.locator(selector);
    return (await part.isVisible()) ? (await part.innerText()).trim() : "";
  };
  const title = () => textOf(".quick-input-title");
  const message = () => textOf(".quick-input-message");
  const placeholder = async () => ((await input.isVisible()) ? ((await input.getAttribute("placeholder")) ?? "") : "");

  /** Walks the list from the top, a screen at a time: rows out of sight do not exist in the page. */
  async function scan(visit: (item: QuickPickItem, row: Locator) => Promise<boolean>): Promise<boolean> {
    await scroll(-100_000);
    const seen = new Set<string>();
    let group = "";
    for (;;) {
      const visible = await readRows(rows);
      const fresh = visible.filter((row) => !seen.has(row.index));
      for (const { index, item } of fresh) {
        seen.add(index);
        group = item.group || group;
        const row = widget.locator(`.quick-input-list .monaco-list-row[data-index="${index}"]`);
        if (await visit({ ...item, group }, row)) return true;
      }
      if (fresh.length === 0 || seen.size >= (visible[0]?.total ?? 0)) return false;
      await scroll(150);
    }
  }

  async function scroll(distance: number): Promise<void> {
    const all = Number(await rows.first().getAttribute("aria-setsize", { timeout: 1000 }).catch(() => 0));
    if ((await rows.count()) >= all) return;
    await widget.locator(".quick-input-list").hover();
    await page.mouse.wheel(0, distance);
    await nextFrame(page);
  }

  async function onItem(label: Wanted, act: (row: Locator) => Promise<void>): Promise<void> {
    let labels: string[] = [];
    await until(
      page,
      `the item ${String(label)}`,
      async () => {
        const scanned: string[] = [];
        const done = await scan(async (item, row) => {
          scanned.push(item.label);
          if (!matches(item.label, label)) return false;
          await act(row);
          return true;
        });
        labels = scanned;
        return done || undefined;
      },
      { seen: () => labels },
    );
  }

  return {
    title,
    message,
    placeholder,
    async waitFor(text) {
      await widget.waitFor();
      if (text === undefined) return;
      let texts: string[] = [];
      const look = async () => {
        texts = [await title(), await placeholder(), await message()];
        return texts.some((shown) => contains(shown, text)) || undefined;
      };
      await until(page, `a box that says ${String(text)}`, look, { seen: () => texts });
    },
    async items() {
      await rows.first().waitFor();
      const found: QuickPickItem[] = [];
      await scan((item) => Promise.resolve(found.push(item) < 0));
      return found;
    },
    pick: (label) => onItem(label, (row) => row.locator(".label-name").first().click()),
    clickItemButton: (label, tooltip) =>
      onItem(label, async (row) => {
        await row.hover();
        await row.locator(".quick-input-list-entry-action-bar .action-label").and(page.getByLabel(exactly(tooltip))).click();
      }),
    fill: (text) => input.fill(text),
    async type(text) {
      await input.fill(text);
      await input.press("Enter");
    },
    accept: () => input.press("Enter"),
    cancel: () => page.keyboard.press("Escape"),
    waitUntilClosed: () => widget.waitFor({ state: "hidden" }),
  };
}

interface Row {
  index: string;
  total: number;
  item: QuickPickItem;
}

/** The part of the page's elements that is read here; the project is not compiled against a page. */
interface PageElement {
  textContent: string | null;
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
}

/** Reads all rows at once, since the list may be drawn anew between two questions. */
function readRows(rows: Locator): Promise<Row[]> {
  return rows.evaluateAll((elements) =>
    (elements as unknown as PageElement[]).map((row) => {
      // No helper function here: a compiler may add one that the page does not know.
      const [label, description, detail, group] = [
        ".quick-input-list-row:first-child .label-name",
        ".label-description",
        ".quick-input-list-label-meta .label-name",
        ".quick-input-list-separator",
      ].map((selector) => (row.querySelector(selector)?.textContent ?? "").trim());
      return {
        index: row.getAttribute("data-index") ?? "",
        total: Number(row.getAttribute("aria-setsize")),
        item: { label: label ?? "", description: description ?? "", detail: detail ?? "", group: group ?? "" },
      };
    }),
  );
}
