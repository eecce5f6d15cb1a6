import * as vscode from "vscode";
import { accountsTree } from "./accountsView";
import type { AgentRows } from "./agentsView";
import { views } from "./ids";
import { loadAgents, type Services } from "./services";
import type { TreeNode } from "./treeNodes";

/** The AIHub side bar. Agents and the gateway are looked for when it is first seen. */
export function createViews(services: Services): vscode.Disposable {
  const agentsChanged = new vscode.EventEmitter<void>();
  const accounts = accountsTree(services);
  const accountsView = vscode.window.createTreeView(views.accounts, { treeDataProvider: accounts });
  let opening: Promise<AgentRows> | undefined;
  let rows: AgentRows | undefined;
  const open = () => (opening ??= loadAgents().then(({ openAgentRows }) => (rows = openAgentRows(services, agentsView, () => agentsChanged.fire()))));
  const agentsTree: vscode.TreeDataProvider<TreeNode> = {
    onDidChangeTreeData: agentsChanged.event,
    getChildren: async (node) => (node ? [] : (await open()).draw()),
    getTreeItem: (node) => rows?.item(node) ?? new vscode.TreeItem(""),
  };
  const agentsView: vscode.TreeView<TreeNode> = vscode.window.createTreeView(views.agents, { treeDataProvider: agentsTree });
  return vscode.Disposable.from(accountsView, agentsView, accounts, agentsChanged);
}
