import type { Locator, Page } from "playwright-core";
import { contains, exactly, until } from "./waiting";
import type { Wanted } from "./waiting";

/** The text editor in front: what stands between its lines, and what is marked in them. */
export interface TextEditor {
  /** The CodeLenses from the top, each with all that stands in it. */
  lenses(): Promise<string[]>;
  /** Waits for a CodeLens that contains the text, and returns all that stands in it. */
  waitForLens(text: Wanted): Promise<string>;
  /** Clicks a link in the first CodeLens that contains the text. */
  clickLens(text: Wanted, link: string): Promise<void>;
  /** Waits until something is marked as wrong, in the colour of errors or of warnings. */
  waitForMark(kind: "error" | "warning"): Promise<void>;
  /** Opens the light bulb's list where the word stands first, and clicks an entry. */
  quickFix(word: string, title: Wanted): Promise<void>;
  /** Writes where the word stands first, in its place. */
  replace(word: string, text: string): Promise<void>;
  save(): Promise<void>;
  /** Whether there are unsaved changes. */
  isDirty(): Promise<boolean>;
}

/** Finds the editor in front on the page. */
export function createTextEditor(page: Page): TextEditor {
  const editor = page.locator(".editor-group-container.active .editor-instance .monaco-editor").first();
  const all = editor.locator(".codelens-decoration");

  const lenses = async () => (await all.allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());

  async function waitForLens(wanted: Wanted): Promise<string> {
    let seen: string[] = [];
    const look = async () => {
      seen = await lenses();
      return seen.find((text) => contains(text, wanted));
    };
    return until(page, `a CodeLens with ${String(wanted)}`, look, { seen: () => seen });
  }

  /** Selects a word as a person would who searches for it. */
  async function select(word: string): Promise<void> {
    await editor.locator(".view-line").first().click();
    await page.keyboard.press("ControlOrMeta+Home");
    await page.keyboard.press("ControlOrMeta+F");
    const search: Locator = editor.locator(".find-widget.visible textarea").first();
    await search.fill(word);
    await editor.locator(".find-widget.visible .matchesCount").filter({ hasText: /^1 of / }).waitFor();
    await page.keyboard.press("Escape");
    await editor.locator(".find-widget.visible").waitFor({ state: "hidden" });
  }

  return {
    lenses,
    waitForLens,
    async clickLens(text, link) {
      await waitForLens(text);
      // By what stands in it: another one may come above it in the moment of the click.
      await all.filter({ hasText: text }).first().locator("a").filter({ hasText: exactly(link) }).click();
    },
    waitForMark: (kind) => editor.locator(`.squiggly-${kind}`).first().waitFor(),
    async quickFix(word, title) {
      await select(word);
      const entry = page.locator(".action-widget .monaco-list-row.action").filter({ hasText: exactly(title) }).first();
      // The list closes when the marks are drawn anew: a person would open it again.
      const open = async () => {
        await page.keyboard.press("ControlOrMeta+.");
        return entry.waitFor({ timeout: 5000 }).then(() => entry.click({ timeout: 15_000 })).then(() => true, () => undefined);
      };
      await until(page, `${String(title)} in the light bulb's list`, open);
    },
    async replace(word, text) {
      await select(word);
      await page.keyboard.insertText(text);
    },
    async save() {
      await page.keyboard.press("ControlOrMeta+S");
      await page.locator(".editor-group-container.active .tab.active.dirty").waitFor({ state: "hidden" });
    },
    isDirty: () => page.locator(".editor-group-container.active .tab.active.dirty").isVisible(),
  };
}
