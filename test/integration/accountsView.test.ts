import assert from "node:assert/strict";
import { createFileCredentialStore } from "../../src/store/fileCredentialStore";
import { accountsTree } from "../../src/vscode/accountsView";
import { createTemporaryHome, type TemporaryHome } from "../support/temporaryHome";
import { until } from "../support/until";

describe("the accounts in the side bar", () => {
  let person: TemporaryHome;

  before(async () => void (person = await createTemporaryHome()));
  after(() => person.remove());

  it("are drawn anew when one looks different, and not with every change of the store", async () => {
    const store = createFileCredentialStore(person.aihub);
    const signIn = (label: string) =>
      store.update(({ credentials, index }) => {
        credentials["anthropic:default"] = { type: "oauth", access: "not-a-token", refresh: "not-a-refresh-token", expires: Date.now() + 8 * 3_600_000 };
        index.profiles["anthropic:default"] = { provider: "anthropic", type: "oauth", label };
      });
    await signIn("ada@example.com");
    const tree = accountsTree({ store });
    const draw = async () => {
      const [anthropic] = (await tree.getChildren()) ?? [];
      const [account] = (await tree.getChildren(anthropic)) ?? [];
      return account && (await tree.getTreeItem(account)).label;
    };
    await draw();
    const drawnAnew: unknown[] = [];
    const redraws = tree.onDidChangeTreeData?.(() => void draw().then((label) => drawnAnew.push(label)));
    const heard = new Promise<void>((resolve) => {
      const hearing = store.onDidChange(() => {
        hearing.dispose();
        resolve();
      });
    });
    await store.update(({ index }) => void (index.usageStats = { "anthropic:default": { lastUsed: Date.now() } }));
    await heard;
    await draw();
    await signIn("grace@example.com");
    await until("a new drawing", () => drawnAnew.length > 0);
    assert.deepEqual([...new Set(drawnAnew)], ["grace@example.com"]);
    redraws?.dispose();
    tree.dispose();
  });
});
