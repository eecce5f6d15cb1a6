import * as vscode from "vscode";
import { messageOf } from "../common/errors";
import { configFile } from "../gateway/paths";
import { watchFiles } from "../store/watch";
import { accountsTree } from "./accountsView";
import { views } from "./ids";
import { loadAgents, type Services } from "./services";
import type { TreeNode } from "./treeNodes";

/** How often the agents' own files, which may be anywhere, are looked at while the view is seen, in ms. */
const lookInterval = 10_000;

/** The AIHub side bar. Agents and the gateway are looked for when it is first seen. */
export function createViews(services: Services): vscode.Disposable {
  const accountsChanged = new vscode.EventEmitter<void>();
  const agents = createAgentsTree(services);
  const accountsView = vscode.window.createTreeView(views.accounts, { treeDataProvider: accountsTree(services, accountsChanged.event) });
  const agentsView = vscode.window.createTreeView(views.agents, { treeDataProvider: agents.tree });
  const timer = setInterval(() => agentsView.visible && agents.look(), lookInterval);
  return vscode.Disposable.from(
    ...[accountsView, agentsView, accountsChanged, agents],
    services.store.onDidChange(() => {
      accountsChanged.fire();
      agents.look();
    }),
    watchFiles([configFile(services.home)], agents.look),
    agentsView.onDidChangeVisibility(agents.look),
    { dispose: () => clearInterval(timer) },
  );
}

function createAgentsTree(services: Services) {
  const changed = new vscode.EventEmitter<void>();
  let chunk: Awaited<ReturnType<typeof loadAgents>> | undefined;
  let nodes: TreeNode[] = [];
  const load = async () => {
    if (!chunk) {
      chunk = await loadAgents();
      services.subscriptions.push(chunk.gatewayOf(services).onDidChange(look));
    }
    return chunk.agentNodes(services);
  };
  // A tree that is drawn anew drops a menu that stands open on it: only what differs is drawn.
  const look = () => {
    if (!chunk) return;
    load().then(
      (now) => {
        if (JSON.stringify(now) !== JSON.stringify(nodes)) changed.fire();
      },
      (error: unknown) => services.log.warn(messageOf(error)),
    );
  };
  const tree: vscode.TreeDataProvider<TreeNode> = {
    onDidChangeTreeData: changed.event,
    getChildren: async (node) => (node ? [] : (nodes = await load())),
    getTreeItem: (node) => chunk?.agentItem(node) ?? new vscode.TreeItem(""),
  };
  return { tree, look, dispose: () => changed.dispose() };
}
