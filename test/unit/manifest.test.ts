import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { providers } from "../../src/providers/registry";
import { commands } from "../../src/vscode/ids";

const root = join(__dirname, "../..");

interface Manifest {
  engines: { vscode: string };
  devDependencies: Record<string, string>;
  contributes: { authentication: { id: string; label: string }[]; commands: { command: string; title: string; category: string }[] };
}

describe("package.json", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

  it("contributes the authentication providers of the registry", () => {
    assert.deepEqual(manifest.contributes.authentication, providers.map(({ authenticationId, label }) => ({ id: authenticationId, label })));
  });

  it("contributes the commands that the extension registers", () => {
    assert.deepEqual(manifest.contributes.commands.map(({ command }) => command).sort(), Object.values(commands).sort());
    for (const { category, title } of manifest.contributes.commands) {
      assert.equal(category, "AIHub");
      assert.match(title, /^[A-Z]/);
    }
  });

  it("asks for the editor whose API it is written against", () => {
    assert.equal(manifest.engines.vscode, `^${manifest.devDependencies["@types/vscode"]}`);
  });
});

describe("the bundles", () => {
  const extension = readFileSync(join(root, "dist", "extension.js"), "utf8");

  it("keep what loads at activation under 100 KB", () => {
    assert.ok(Buffer.byteLength(extension) < 100_000, `${Buffer.byteLength(extension)} bytes`);
  });

  it("load no Pi code, no OAuth client and no YAML at activation", () => {
    for (const mark of ["@mariozechner", "pi-coding-agent", "grant_type", "agent.yaml"]) {
      assert.ok(!extension.includes(mark), mark);
    }
    assert.ok(readFileSync(join(root, "dist", "auth.js"), "utf8").includes("grant_type"));
    assert.ok(readFileSync(join(root, "dist", "agents.js"), "utf8").includes("agent.yaml"));
  });
});
