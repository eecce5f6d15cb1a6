import type { Page } from "playwright-core";
import { contains, exactly, until } from "./waiting";
import type { Wanted } from "./waiting";

export interface Dialog {
  text: string;
  detail: string;
  buttons: string[];
  /** Clicks a button by its label and waits until the dialog is gone. */
  click(button: string): Promise<void>;
}

export interface Dialogs {
  /** Waits for a modal dialog whose text or detail contains the words. */
  waitFor(text: Wanted, options?: { timeout?: number }): Promise<Dialog>;
  /**
   * Agrees to "Do you want … to open the external website?" and returns the page that opens. Addresses
   * of this machine open without the question. `trigger` is what makes the editor open it.
   */
  openExternalAndGetPage(trigger: () => Promise<void>): Promise<Page>;
}

/** Finds the modal dialogs on the page. */
export function createDialogs(page: Page): Dialogs {
  const box = page.locator(".monaco-dialog-box:visible");
  const buttons = box.locator(".dialog-buttons .monaco-button");
  const textOf = async (selector: string) => (await box.locator(selector).allInnerTexts()).join("\n").trim();

  async function read(): Promise<Dialog | undefined> {
    if (!(await box.isVisible())) return undefined;
    const text = await textOf(".dialog-message-text");
    return {
      text,
      detail: await textOf(".dialog-message-detail"),
      buttons: (await buttons.allInnerTexts()).map((label) => label.trim()),
      async click(button) {
        const shown = box.filter({ hasText: text });
        await buttons.filter({ hasText: exactly(button) }).click();
        await shown.waitFor({ state: "hidden" });
      },
    };
  }

  return {
    waitFor(text, options) {
      const look = async () => {
        const dialog = await read();
        return dialog && contains(`${dialog.text}\n${dialog.detail}`, text) ? dialog : undefined;
      };
      return until(page, `a dialog that says ${String(text)}`, look, options);
    },
    async openExternalAndGetPage(trigger) {
      const opened = page.context().waitForEvent("page", { timeout: 60_000 });
      opened.catch(() => {});
      await trigger();
      const question = box.filter({ hasText: "open the external website" });
      await Promise.race([opened, question.waitFor({ timeout: 60_000 })]);
      if (await question.isVisible()) await buttons.filter({ hasText: exactly("Open") }).click();
      return opened;
    },
  };
}
