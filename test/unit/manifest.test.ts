import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { authModeMeanings, authModes } from "../../src/gateway/agent";
import { flowKinds } from "../../src/providers/provider";
import { keyOnlyProviders, providers } from "../../src/providers/registry";
import { commands, settings, terminalProfiles, views } from "../../src/vscode/ids";

const root = join(__dirname, "../..");

interface Manifest {
  engines: { vscode: string };
  devDependencies: Record<string, string>;
  contributes: {
    authentication: { id: string; label: string }[];
    commands: { command: string; title: string; category: string }[];
    views: Record<string, { id: string }[]>;
    menus: Record<string, { command: string }[]>;
    jsonValidation: { url: string }[];
    yamlValidation: { url: string }[];
    terminal: { profiles: { id: string }[] };
    configuration: { properties: Record<string, { enum?: string[] }> };
  };
}

interface AgentSchema {
  properties: {
    auth: { properties: { mode: { enum: string[]; enumDescriptions: string[] } } };
    model: { properties: { provider: { examples: string[] } } };
  };
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

  it("contributes the views that the extension fills, and menus of its own commands", () => {
    const { menus, views: contributed } = manifest.contributes;
    assert.deepEqual(Object.values(contributed).flat().map(({ id }) => id), Object.values(views));
    const known = new Set<string>(Object.values(commands));
    assert.deepEqual(Object.values(menus).flat().filter(({ command }) => !known.has(command)), []);
  });

  it("lets no folder say where the gateway's tokens go or which program runs", () => {
    for (const id of [settings.cliPath, settings.gatewayUrl, settings.gatewayToken, settings.mirrorCredentials]) {
      assert.match(JSON.stringify(manifest.contributes.configuration.properties[id]), /"scope":"(?:machine|application)"/, id);
    }
  });

  it("ships the schemas that it contributes, which say of the modes what the editor says", () => {
    for (const { url } of [...manifest.contributes.jsonValidation, ...manifest.contributes.yamlValidation]) JSON.parse(readFileSync(join(root, url), "utf8"));
    assert.match(readFileSync(join(root, ".vscodeignore"), "utf8"), /^!schemas\/\*\*$/m);
    const schema = JSON.parse(readFileSync(join(root, "schemas", "agent.schema.json"), "utf8")) as AgentSchema;
    const { mode } = schema.properties.auth.properties;
    assert.deepEqual(mode.enum, authModes);
    assert.deepEqual(mode.enumDescriptions, authModes.map((each) => authModeMeanings[each]));
    assert.deepEqual(schema.properties.model.properties.provider.examples, [...providers.map(({ id }) => id), ...keyOnlyProviders]);
  });

  it("contributes the terminal profiles that the extension provides", () => {
    assert.deepEqual(manifest.contributes.terminal.profiles.map(({ id }) => id), Object.values(terminalProfiles));
  });

  it("contributes the settings that the extension reads by their ids, and no others", () => {
    const { properties } = manifest.contributes.configuration;
    assert.deepEqual(Object.keys(properties).sort(), Object.values(settings).sort());
    assert.deepEqual(properties[settings.preferredFlow]?.enum, ["auto", ...flowKinds]);
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

  /** Errors that the parsers of JSON and YAML know by these names. */
  const parsers = ["InvalidCommentToken", "BLOCK_AS_IMPLICIT_KEY"];

  it("load no Pi code, no OAuth client and no parser of configs at activation", () => {
    for (const mark of ["@mariozechner", "pi-coding-agent", "grant_type", ...parsers]) {
      assert.ok(!extension.includes(mark), mark);
    }
    assert.ok(readFileSync(join(root, "dist", "auth.js"), "utf8").includes("grant_type"));
    const agents = readFileSync(join(root, "dist", "agents.js"), "utf8");
    for (const mark of parsers) assert.ok(agents.includes(mark), mark);
  });
});
