import { isDeepStrictEqual } from "node:util";
import { findNodeAtLocation, parse, parseTree, stripComments, type Node, type ParseError } from "jsonc-parser";
import { AIHubError, isAIHubError } from "../common/errors";
import { isRecord } from "../common/record";
import { fileLock, withLock } from "../store/lock";
import type { MadeModels } from "../store/schema";
import { openDocument, readConfigText } from "./config";
import { place } from "./document";
import { setInJson } from "./jsonEdit";
import { modelsFile } from "./paths";
import { removeConfig, touchConfig, writeConfig } from "./writeConfig";

/** As Pi reads `models.json`. */
const lenient = { allowTrailingComma: true, disallowComments: false };

/** What stands in a `models.json` that was made for an alias alone. */
const emptyModels = '{\n  "providers": {}\n}\n';

/** `models.json` of the gateway. */
export interface Models {
  readonly text: string;
  /** By name; `undefined` where the file has no such key. */
  readonly providers: Readonly<Record<string, unknown>> | undefined;
}

/**
 * What stands in `models.json`; `undefined` when there is none.
 *
 * @throws AIHubError `config_invalid`
 */
export async function readModels(home: string): Promise<Models | undefined> {
  const file = modelsFile(home);
  const text = await readConfigText(file).catch((error: unknown) => {
    if (isAIHubError(error, "config_missing")) return undefined;
    throw error;
  });
  return text === undefined ? undefined : { text, providers: providersIn(file, text) };
}

/** What has to be made of the file before a provider can be added to it. */
export function missingIn(models: Models | undefined): MadeModels | undefined {
  if (!models) return "file";
  return models.providers ? undefined : "providers";
}

/** @param change gets the provider as it stands there */
export async function setModelsProvider(home: string, name: string, change: (entry: unknown) => Record<string, unknown>): Promise<void> {
  await changeModels(home, (models) => withProvider(modelsFile(home), models?.text ?? emptyModels, name, change(models?.providers?.[name])));
}

/** @param made what was made of the file for it, and goes with it if nobody has put anything there since */
export async function removeModelsProvider(home: string, name: string, made: MadeModels | undefined): Promise<void> {
  await changeModels(home, (models) => {
    if (!models) return undefined;
    const next = withProvider(modelsFile(home), models.text, name, undefined);
    if (made === "file" && next === emptyModels) return undefined;
    return made === "providers" ? withoutEmptyProviders(next) : next;
  });
}

/** @param change gives the new text, `undefined` for no file */
async function changeModels(home: string, change: (models: Models | undefined) => string | undefined): Promise<void> {
  const file = modelsFile(home);
  await withLock(file, fileLock, async (ensureHeld) => {
    const models = await readModels(home);
    const next = change(models);
    if (next === models?.text) return;
    if (next === undefined) await removeConfig(file, { ensureHeld });
    else await writeConfig(file, next, { isNew: models === undefined, ensureHeld });
    await touchConfig(home);
  });
}

function providersIn(file: string, text: string): Models["providers"] {
  const tree = treeOf(file, text);
  const node = findNodeAtLocation(tree, ["providers"]);
  const wrong = tree.type !== "object" ? { node: tree, what: "it" } : node && node.type !== "object" ? { node, what: "providers" } : undefined;
  if (wrong) throw new AIHubError("config_invalid", { file, ...place(text, wrong.node.offset), reason: `${wrong.what} should be of type object` });
  return (parse(text, [], lenient) as { providers?: Models["providers"] }).providers;
}

function treeOf(file: string, text: string): Node {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, lenient);
  if (tree && errors.length === 0) return tree;
  // What is wrong is told as for any other file; comments are no fault here.
  openDocument(file, stripComments(text, " "));
  throw new AIHubError("config_invalid", { file });
}

/** @throws AIHubError `config_invalid` where the edit would change more, or other things */
function withProvider(file: string, text: string, name: string, entry: Record<string, unknown> | undefined): string {
  const tree = treeOf(file, text);
  const before = parse(text, [], lenient) as { providers?: Record<string, unknown> };
  if (entry === undefined && before.providers?.[name] === undefined) return text;
  const next = before.providers ? setInJson(text, tree, ["providers", name], entry) : setInJson(text, tree, ["providers"], { [name]: entry });
  const { [name]: _replaced, ...others } = before.providers ?? {};
  const wanted = { ...before, providers: { ...others, ...(entry && { [name]: entry }) } };
  if (isDeepStrictEqual(parse(next, [], lenient), wanted)) return next;
  throw new AIHubError("config_invalid", { file, reason: `providers.${name} cannot be edited in place; change it by hand` });
}

/** A comment that somebody has put there stays, and what it stands in. */
function withoutEmptyProviders(text: string): string {
  const tree = parseTree(text, [], lenient);
  const node = tree && findNodeAtLocation(tree, ["providers"]);
  const isEmpty = node && /^\{\s*\}$/.test(text.slice(node.offset, node.offset + node.length));
  return isEmpty ? setInJson(text, tree, ["providers"], undefined) : text;
}

/** The models of a provider of the file, with this one among them. */
export function withModel(entry: unknown, id: string): unknown[] {
  const models: unknown = isRecord(entry) ? entry.models : undefined;
  const known: unknown[] = Array.isArray(models) ? models : [];
  return known.some((model) => isRecord(model) && model.id === id) ? known : [...known, { id }];
}
