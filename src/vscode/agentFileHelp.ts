import * as vscode from "vscode";
import { messageOf } from "../common/errors";
import { loadAgents, type Services } from "./services";

/** The files that hold agents, wherever they stand. */
const selector: vscode.DocumentSelector = [
  { scheme: "file", pattern: "**/aihub.json" },
  { scheme: "file", pattern: "**/agent.yaml" },
];

/** How long to wait for the next key before a changed file is looked at, in ms. */
const typingPause = 250;

/**
 * Help inside the files of agents: what each agent's auth comes to, what is wrong with it, what could stand there.
 * Only the registrations are made at once; the work is loaded with the first such file.
 */
export function registerAgentFileHelp(services: Services): vscode.Disposable & { update(): void } {
  const changed = new vscode.EventEmitter<void>();
  const diagnostics = vscode.languages.createDiagnosticCollection("aihub");
  const waiting = new Map<string, NodeJS.Timeout>();
  const newest = new WeakMap<vscode.TextDocument, symbol>();

  const check = async (document: vscode.TextDocument) => {
    const { version } = document;
    const mine = Symbol("check");
    newest.set(document, mine);
    const found = await (await loadAgents()).diagnose(services, document);
    // An older look may end after a younger one, and knows less: of the text, or of the sign-ins.
    if (!document.isClosed && document.version === version && newest.get(document) === mine) diagnostics.set(document.uri, found);
  };
  const checkSoon = (document: vscode.TextDocument, pause: number) => {
    if (vscode.languages.match(selector, document) === 0) return;
    const key = document.uri.toString();
    clearTimeout(waiting.get(key));
    const look = () => {
      waiting.delete(key);
      check(document).catch((error: unknown) => services.log.warn(messageOf(error)));
    };
    waiting.set(key, setTimeout(look, pause));
  };
  const forget = ({ uri }: vscode.TextDocument) => {
    clearTimeout(waiting.get(uri.toString()));
    waiting.delete(uri.toString());
    diagnostics.delete(uri);
  };
  const checkAll = () => vscode.workspace.textDocuments.forEach((document) => checkSoon(document, 0));
  checkAll();

  const registrations = [
    vscode.languages.registerCodeLensProvider(selector, {
      onDidChangeCodeLenses: changed.event,
      provideCodeLenses: async (document) => (await loadAgents()).codeLenses(services, document),
    }),
    vscode.languages.registerCompletionItemProvider(
      selector,
      { provideCompletionItems: async (document, position) => (await loadAgents()).completions(services, document, position) },
      ...['"', ":", " "],
    ),
    vscode.languages.registerHoverProvider(selector, {
      provideHover: async (document, position) => (await loadAgents()).hover(services, document, position),
    }),
    vscode.languages.registerCodeActionsProvider(
      selector,
      { provideCodeActions: async (document, range) => (await loadAgents()).codeActions(services, document, range) },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
    vscode.workspace.onDidOpenTextDocument((document) => checkSoon(document, 0)),
    vscode.workspace.onDidChangeTextDocument(({ document }) => checkSoon(document, typingPause)),
    vscode.workspace.onDidCloseTextDocument(forget),
  ];
  return {
    /** Call it when the sign-ins have changed. */
    update() {
      changed.fire();
      checkAll();
    },
    dispose() {
      for (const timer of waiting.values()) clearTimeout(timer);
      for (const each of [...registrations, changed, diagnostics]) each.dispose();
    },
  };
}
