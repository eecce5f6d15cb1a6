import path from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { createAccountsMenu } from "./parts/accountsMenu";
import type { AccountsMenu } from "./parts/accountsMenu";
import { createDialogs } from "./parts/dialogs";
import type { Dialogs } from "./parts/dialogs";
import { createNotifications } from "./parts/notifications";
import type { Notifications } from "./parts/notifications";
import { createQuickInput } from "./parts/quickInput";
import type { QuickInput } from "./parts/quickInput";
import { createSideBar } from "./parts/sideBar";
import type { SideBar } from "./parts/sideBar";
import { createStatusBar } from "./parts/statusBar";
import type { StatusBar } from "./parts/statusBar";
import { createTerminals } from "./parts/terminals";
import type { Terminals } from "./parts/terminals";
import { createTextEditor } from "./parts/textEditor";
import type { TextEditor } from "./parts/textEditor";
import { exactly } from "./parts/waiting";

/** The editor as a person uses it: every function does or reads what hands and eyes would. */
export interface Workbench {
  page: Page;
  quickInput: QuickInput;
  notifications: Notifications;
  sideBar: SideBar;
  statusBar: StatusBar;
  accountsMenu: AccountsMenu;
  dialogs: Dialogs;
  terminals: Terminals;
  textEditor: TextEditor;
  /** Runs a command by its full title in the palette, for example "AIHub: Login". */
  runCommand(title: string): Promise<void>;
  /** The titles which the palette offers for the words. */
  findCommands(words: string): Promise<string[]>;
  openFile(file: string): Promise<void>;
  /** The whole text of the editor in front. */
  editorText(): Promise<string>;
  /** The file names of the open editors. */
  editorTabs(): Promise<string[]>;
  clipboardText(): Promise<string>;
  /** Loads the window anew, which starts the extension again. */
  reload(): Promise<void>;
  screenshot(file: string): Promise<void>;
}

/** Opens the editor in a new page and waits until it can be used. Extensions may still be starting. */
export async function openWorkbench(context: BrowserContext, url: string): Promise<Workbench> {
  const page = await context.newPage();
  await page.goto(url);
  await restored(page);

  const quickInput = createQuickInput(page);
  const notifications = createNotifications(page);
  const palette = page.locator(".quick-input-widget:visible input.input[placeholder*='name of a command']");
  const entry = (label: string) => page.locator(".quick-input-list .monaco-list-row .label-name").filter({ hasText: exactly(label) }).first();

  /**
   * Opens the palette, writes into it and acts. A key may come before the keyboard is ready, and a new
   * terminal may take the focus, which closes the palette: a person would begin again, and so does this.
   */
  async function inPalette(text: string, act: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await page.keyboard.press("F1");
        await palette.fill(text, { timeout: 15_000 });
        return await act();
      } catch (error) {
        if (attempt === 5) throw new Error(`The palette does not do it: ${text}`, { cause: error });
        await page.keyboard.press("Escape");
      }
    }
  }

  async function clipboardText(): Promise<string> {
    await page.bringToFront();
    return page.evaluate<string>("navigator.clipboard.readText()");
  }

  return {
    page,
    quickInput,
    notifications,
    sideBar: createSideBar(page),
    statusBar: createStatusBar(page),
    accountsMenu: createAccountsMenu(page),
    dialogs: createDialogs(page),
    terminals: createTerminals(page, notifications),
    textEditor: createTextEditor(page),
    clipboardText,
    async runCommand(title) {
      await inPalette(`>${title}`, () => entry(title).click({ timeout: 15_000 }));
      await palette.waitFor({ state: "hidden" });
    },
    async findCommands(words) {
      let titles: string[] = [];
      await inPalette(`>${words}`, async () => {
        titles = (await quickInput.items()).map((item) => item.label);
      });
      await quickInput.cancel();
      await quickInput.waitUntilClosed();
      return titles;
    },
    async openFile(file) {
      const name = path.basename(file);
      await inPalette(path.resolve(file), () => entry(name).click({ timeout: 15_000 }));
      await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
      await page.locator(".editor-instance .view-line").first().waitFor();
    },
    async editorText() {
      // Lines out of sight do not exist in the page, so the text takes the way a person would send it.
      const kept = await clipboardText();
      await page.locator(".editor-group-container.active .editor-instance .view-lines").click();
      await page.keyboard.press("ControlOrMeta+A");
      await page.keyboard.press("ControlOrMeta+C");
      const text = await clipboardText();
      await page.keyboard.press("ArrowLeft");
      await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(kept)})`);
      return text;
    },
    async editorTabs() {
      const tabs = await page.locator(".tabs-container .tab").all();
      return Promise.all(tabs.map(async (tab) => (await tab.getAttribute("data-resource-name")) ?? ""));
    },
    async reload() {
      await page.reload();
      await restored(page);
    },
    async screenshot(file) {
      await page.screenshot({ path: file });
    },
  };
}

/** The editor marks the end of its start; the bar at the bottom and a connected extension host come with it. */
async function restored(page: Page): Promise<void> {
  await page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60_000 });
  await page.waitForFunction("performance.getEntriesByName('code/didStartWorkbench').length > 0", undefined, { timeout: 60_000 });
}
