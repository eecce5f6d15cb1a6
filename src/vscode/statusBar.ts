import * as vscode from "vscode";
import { listProfiles, statusText, type Profile } from "../auth/profiles";
import { refreshAhead } from "../auth/refreshAhead";
import { messageOf } from "../common/errors";
import { providerName } from "../providers/registry";
import { commands, statusBarId } from "./ids";
import { literal } from "./markdown";
import type { Services } from "./services";

/** How often the remaining time is written anew, in ms. */
const tick = 30_000;

/** One item: whether the sign-ins hold, and when the next one renews. */
export function createStatusBar({ store }: Services): vscode.Disposable & { update(): void } {
  const item = vscode.window.createStatusBarItem(statusBarId, vscode.StatusBarAlignment.Right, 90);
  item.name = "AIHub";
  item.command = commands.showAccounts;
  item.show();

  const render = async () => {
    try {
      show(item, listProfiles(await store.read()).filter(({ type, status }) => type === "oauth" && status !== "not-connected"));
    } catch (error) {
      item.text = "$(warning) AIHub: cannot read sign-ins";
      item.tooltip = messageOf(error);
      item.backgroundColor = new vscode.ThemeColor("statusBarItem.errorBackground");
    }
  };
  const update = () => void render();
  const timer = setInterval(update, tick);
  update();
  return {
    update,
    dispose() {
      clearInterval(timer);
      item.dispose();
    },
  };
}

function show(item: vscode.StatusBarItem, profiles: readonly Profile[]): void {
  const troubled = profiles.find(({ status }) => status === "sign-in-again");
  item.backgroundColor = troubled ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
  item.text = troubled ? "$(warning) AIHub: sign in again" : `$(key) AIHub: ${summary(profiles)}`;
  item.tooltip = tooltip(profiles);
}

function summary(profiles: readonly Profile[]): string {
  if (profiles.length === 0) return "not signed in";
  const holding = profiles.filter(({ status }) => status === "connected");
  if (holding.length === 0) return "expired";
  const ours = holding.filter(({ takenOverFrom }) => takenOverFrom === null);
  // What was taken over, its owner renews: nobody here knows when.
  if (ours.length === 0) return `holds for ${duration(firstEnd(holding) - Date.now())}`;
  const inTime = firstEnd(ours) - refreshAhead - Date.now();
  return inTime > 0 ? `renews in ${duration(inTime)}` : "renewing";
}

function firstEnd(profiles: readonly Profile[]): number {
  return Math.min(...profiles.flatMap(({ expires }) => expires ?? []));
}

function tooltip(profiles: readonly Profile[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString(undefined, true);
  text.isTrusted = { enabledCommands: [commands.login, commands.showAccounts] };
  if (profiles.length === 0) text.appendMarkdown("Nobody is signed in.\n\n");
  for (const profile of profiles) {
    const provider = providerName(profile.provider);
    text.appendMarkdown(`**${literal(provider)}** · ${literal(profile.label)} · ${literal(describeStatus(profile))}\n\n`);
  }
  return text.appendMarkdown(`[Sign in](command:${commands.login}) · [Accounts](command:${commands.showAccounts})`);
}

/** For example “Connected, renews at 14:05”. */
export function describeStatus(profile: Profile): string {
  const { status, expires, takenOverFrom } = profile;
  const text = statusText(profile);
  if (expires === null || status === "sign-in-again" || status === "not-connected") return text;
  if (status === "expired") return takenOverFrom === null ? `${text}, will renew on next use` : text;
  if (takenOverFrom !== null) return `${text}, holds until ${moment(new Date(expires))}`;
  const renewal = new Date(Math.max(expires - refreshAhead, Date.now()));
  return `${text}, renews ${isToday(renewal) ? "at" : "on"} ${moment(renewal)}`;
}

function moment(date: Date): string {
  const options: Intl.DateTimeFormatOptions = isToday(date) ? { hour: "2-digit", minute: "2-digit" } : { dateStyle: "medium", timeStyle: "short" };
  return date.toLocaleString(vscode.env.language, options);
}

function isToday(date: Date): boolean {
  return date.toDateString() === new Date().toDateString();
}

function duration(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
