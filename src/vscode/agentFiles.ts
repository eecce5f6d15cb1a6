import { sep } from "node:path";
import * as vscode from "vscode";
import { listProfiles, profilesOf, type Profile } from "../auth/profiles";
import { isAIHubError } from "../common/errors";
import { agentModes, agentProvider, authModeMeanings, runsOnPi } from "../gateway/agent";
import { payerOfProfile } from "../auth/payer";
import { agentAccount } from "../gateway/agentAccount";
import { locateAgents, slotAt, type AgentLocation, type Span } from "../gateway/agentLocations";
import { agentProblems, type AgentProblem } from "../gateway/agentProblems";
import { withoutAlias } from "../gateway/alias";
import { agentsInText } from "../gateway/config";
import { findProvider } from "../providers/registry";
import { commands } from "./ids";
import { literal } from "./markdown";
import type { Services } from "./services";
import { describeStatus } from "./statusBar";

/** Each version of a document is parsed once, whoever asks. */
const parsed = new WeakMap<vscode.TextDocument, { version: number; locations: AgentLocation[] }>();

/** Above each agent: its account and status, and the way to change it. */
export async function codeLenses({ store }: Services, document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
  const snapshot = await store.read();
  const locations = locate(document);
  const inNeed = new Map(agentProblems(locations, snapshot).map((problem) => [problem.agent, problem]));
  return locations.flatMap(({ agent, offset }) => {
    const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset));
    const { text, profile } = agentAccount(agent, snapshot);
    const problem = inNeed.get(agent);
    // A common space beside an icon is swallowed.
    const icon = problem ? "$(warning)\u00a0" : profile ? "$(account)\u00a0" : "";
    const status = [icon + text, ...(profile ? [describeStatus(profile)] : [])].join(" · ");
    const lenses = [new vscode.CodeLens(range, { title: status, command: "" })];
    if (!runsOnPi(agent) || agent.id === "") return lenses;
    if (problem?.signIn) lenses.push(new vscode.CodeLens(range, signInCommand(problem.signIn)));
    lenses.push(new vscode.CodeLens(range, { title: "Change…", tooltip: "Set how this agent authenticates", command: commands.setAgentAuth, arguments: [referenceTo(agent)] }));
    return lenses;
  });
}

/** What would stop an agent, and the place where a file cannot be read at all. */
export async function diagnose(services: Services, document: vscode.TextDocument): Promise<vscode.Diagnostic[]> {
  const problems = agentProblems(locate(document), await services.store.read());
  const found = problems.map(({ span, severity, code, message }) => {
    const diagnostic = new vscode.Diagnostic(rangeOf(document, span), message, severity === "error" ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning);
    diagnostic.source = "AIHub";
    diagnostic.code = code;
    return diagnostic;
  });
  const fault = faultOf(services, document);
  return fault ? [fault, ...found] : found;
}

/** Ways out of the problems at a place. */
export async function codeActions({ store }: Services, document: vscode.TextDocument, range: vscode.Range): Promise<vscode.CodeAction[]> {
  const problems = agentProblems(locate(document), await store.read());
  return problems.filter(({ span }) => range.intersection(rangeOf(document, span))).flatMap((problem) => remediesFor(problem).map(quickFix));
}

/** Profiles behind `auth.profileId`, and modes behind `auth.mode` where no schema offers them. */
export async function completions({ store }: Services, document: vscode.TextDocument, position: vscode.Position): Promise<vscode.CompletionItem[]> {
  const found = slotAt(locate(document), document.offsetAt(position));
  if (!found) return [];
  const range = rangeToReplace(document, found.slot.value?.span, position);
  const isBesideColon = document.getText(new vscode.Range(document.positionAt(document.offsetAt(range.start) - 1), range.start)) === ":";
  const written = (text: string) => (isBesideColon ? " " : "") + (document.fileName.endsWith(".json") ? JSON.stringify(text) : text);
  const create = (text: string, detail: string, place: number) => {
    const item = new vscode.CompletionItem(text, vscode.CompletionItemKind.Value);
    Object.assign(item, { detail, range, insertText: written(text), filterText: written(text), sortText: String(place).padStart(4, "0") });
    return item;
  };
  const snapshot = await store.read();
  const agent = withoutAlias(found.location.agent, snapshot);
  if (found.key === "mode") return hasSchema(document) ? [] : agentModes(agent).map((mode, place) => create(mode, authModeMeanings[mode], place));
  const provider = agentProvider(agent);
  const profiles = provider ? profilesOf(provider, snapshot) : listProfiles(snapshot);
  const fitting = profiles.filter(({ type }) => agent.auth?.mode === undefined || type === agent.auth.mode);
  return fitting.map((profile, place) => create(profile.id, `${profile.label} · ${describeStatus(profile)}`, place));
}

/** On a profile: whose it is, whether it holds, who pays. */
export async function hover({ store }: Services, document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | undefined> {
  const found = slotAt(locate(document), document.offsetAt(position));
  const value = found?.key === "profileId" ? found.slot.value : undefined;
  const profile = value && listProfiles(await store.read()).find(({ id }) => id === value.text);
  return profile && new vscode.Hover(describe(profile), rangeOf(document, value.span));
}

function describe(profile: Profile): vscode.MarkdownString {
  const provider = findProvider(profile.provider);
  const lines = [
    `${profile.label} · ${provider?.label ?? profile.provider}`,
    describeStatus(profile),
    ...(profile.expires === null ? [] : [`The present token holds until ${new Date(profile.expires).toLocaleString(vscode.env.language, { dateStyle: "medium", timeStyle: "short" })}`]),
    `Paid by ${payerOfProfile(profile)}`,
    ...(provider?.notice ? [provider.notice.text] : []),
  ];
  return new vscode.MarkdownString(lines.map(literal).join("\n\n"));
}

function locate(document: vscode.TextDocument): AgentLocation[] {
  const known = parsed.get(document);
  if (known?.version === document.version) return known.locations;
  const locations = locateAgents(document.fileName, document.getText());
  parsed.set(document, { version: document.version, locations });
  return locations;
}

/** Where a file does not parse or has a value of a wrong type; the editor itself says so for JSON. */
function faultOf({ home }: Services, document: vscode.TextDocument): vscode.Diagnostic | undefined {
  if (document.languageId === "json") return undefined;
  const isOurs = document.fileName.endsWith(".json") || document.fileName.startsWith(home + sep) || locate(document).length > 0;
  if (!isOurs) return undefined;
  try {
    agentsInText(document.fileName, document.getText());
    return undefined;
  } catch (error) {
    if (!isAIHubError(error, "config_invalid")) throw error;
    const { line = 1, column = 1, reason = "cannot be read" } = error.details;
    const place = new vscode.Position(line - 1, column - 1);
    const range = document.getWordRangeAtPosition(place) ?? document.lineAt(document.validatePosition(place)).range;
    const diagnostic = new vscode.Diagnostic(range, `The gateway cannot use this file: ${reason}.`);
    diagnostic.source = "AIHub";
    diagnostic.code = error.code;
    return diagnostic;
  }
}

function remediesFor({ agent, code, signIn }: AgentProblem): vscode.Command[] {
  // Only the person knows which of the two is to have another id.
  if (code === "agent_id_twice") return [];
  const named = { arguments: [referenceTo(agent)] };
  const profile: vscode.Command = { title: "Choose another profile…", command: commands.setAgentProfile, ...named };
  const mode: vscode.Command = { title: "Choose another mode…", command: commands.setAgentAuthMode, ...named };
  const others: Partial<Record<typeof code, vscode.Command[]>> = {
    ...{ agent_is_not_pi: [], agent_has_no_provider: [], profile_does_not_fit_mode: [profile, mode] },
    ...{ no_proxy_url: [mode], no_proxy_token: [mode], not_signed_in: [mode], no_sign_in: [mode] },
  };
  return [...(signIn ? [signInCommand(signIn)] : []), ...(others[code] ?? [profile])];
}

function signInCommand(target: NonNullable<AgentProblem["signIn"]>): vscode.Command {
  return { title: "Sign in…", tooltip: `Sign in to ${findProvider(target.provider)?.label}`, command: commands.login, arguments: [target] };
}

function quickFix(command: vscode.Command): vscode.CodeAction {
  const action = new vscode.CodeAction(command.title, vscode.CodeActionKind.QuickFix);
  action.command = command;
  return action;
}

function referenceTo({ file, id }: AgentLocation["agent"]) {
  return { file, id };
}

/** VS Code reads schemas for JSON, and for YAML with an extension for it. */
function hasSchema(document: vscode.TextDocument): boolean {
  return document.languageId === "json" || (document.languageId === "yaml" && vscode.extensions.getExtension("redhat.vscode-yaml") !== undefined);
}

/** The value that stands there; of one without its closing quote only what is left of the cursor. */
function rangeToReplace(document: vscode.TextDocument, span: Span | undefined, position: vscode.Position): vscode.Range {
  if (!span) return new vscode.Range(position, position);
  const range = rangeOf(document, span);
  const isOpen = /^(["'])(?:(?!\1).)*$/s.test(document.getText(range));
  return isOpen ? range.with({ end: position }) : range;
}

function rangeOf(document: vscode.TextDocument, { offset, length }: Span): vscode.Range {
  return new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
}
