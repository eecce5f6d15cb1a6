import type { Locator, Page } from "playwright-core";
import { contains, exactly, until } from "./waiting";
import type { Wanted } from "./waiting";

export interface Notification {
  text: string;
  severity: "info" | "warning" | "error";
  /** The labels of its buttons. */
  actions: string[];
  /** Clicks a button by its label. */
  click(action: string): Promise<void>;
  /** Clicks a link in its text. */
  followLink(label: string): Promise<void>;
  dismiss(): Promise<void>;
}

export interface Notifications {
  /** Waits for a message that contains the text, among those that pop up and at last among those that went away. */
  waitFor(text: Wanted, options?: { timeout?: number }): Promise<Notification>;
  /** The texts of all that were not dismissed, shown or not. What was popped up is put away by this. */
  all(): Promise<string[]>;
  /** Dismisses all of them. */
  clear(): Promise<void>;
  /** Puts away what is popped up in front of something, without dismissing it. */
  uncover(place: Locator): Promise<void>;
}

/** Finds the notifications on the page. */
export function createNotifications(page: Page): Notifications {
  const items = page.locator(".notifications-toasts .notification-list-item:visible, .notifications-center .notification-list-item:visible");
  const toasts = page.locator(".notifications-toasts .notification-list-item:visible");
  const center = page.locator(".notifications-center:visible");
  const bell = page.locator("[id='status.notifications']");

  async function openCenter(): Promise<void> {
    if (await center.isVisible()) return;
    await bell.click();
    await center.waitFor();
  }

  async function closeCenter(): Promise<void> {
    if (!(await center.isVisible())) return;
    await bell.click();
    await center.waitFor({ state: "hidden" });
  }

  async function find(text: Wanted): Promise<Notification | undefined> {
    const shown = await items.locator(".notification-list-item-message").allInnerTexts();
    const found = shown.find((message) => contains(message.trim(), text));
    if (found === undefined) return undefined;
    const item = items.filter({ has: page.locator(".notification-list-item-message", { hasText: exactly(found.trim()) }) }).first();
    return describe(page, item).catch(() => undefined);
  }

  return {
    async waitFor(text, options) {
      let seen: string[] = [];
      const what = `a notification that says ${String(text)}`;
      try {
        return await until(page, what, () => find(text), { timeout: 20_000, ...options });
      } catch {
        await openCenter();
        seen = await items.locator(".notification-list-item-message").allInnerTexts();
        return until(page, what, () => find(text), { timeout: 40_000, seen: () => seen });
      }
    },
    async all() {
      await openCenter();
      const texts = await items.locator(".notification-list-item-message").allInnerTexts();
      await closeCenter();
      return texts.map((text) => text.trim());
    },
    async clear() {
      await openCenter();
      const button = center.locator(".codicon-notifications-clear-all");
      if (await button.isEnabled()) await button.click();
      await closeCenter();
    },
    async uncover(place) {
      if (await center.isVisible()) return closeCenter();
      const under = await place.boundingBox();
      const inFront = (await Promise.all((await toasts.all()).map((toast) => toast.boundingBox()))).some((box) => box && under && overlap(box, under));
      if (!inFront) return;
      await openCenter();
      await closeCenter();
    },
  };
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

function overlap(one: Box, other: Box): boolean {
  return one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;
}

async function describe(page: Page, item: Locator): Promise<Notification> {
  const quick = { timeout: 1000 };
  const icon = (await item.locator(".notification-list-item-icon").getAttribute("class", quick)) ?? "";
  const text = (await item.locator(".notification-list-item-message").innerText(quick)).trim();
  const buttons = item.locator(".notification-list-item-buttons-container .monaco-button");
  return {
    text,
    severity: icon.includes("codicon-error") ? "error" : icon.includes("codicon-warning") ? "warning" : "info",
    actions: (await buttons.allInnerTexts()).map((label) => label.trim()).filter(Boolean),
    click: (action) => buttons.filter({ hasText: exactly(action) }).click(),
    followLink: (label) => item.locator(".notification-list-item-message a").filter({ hasText: exactly(label) }).click(),
    async dismiss() {
      await item.hover();
      await item.locator(".codicon-notifications-clear").click();
      await page.mouse.move(0, 0);
    },
  };
}
