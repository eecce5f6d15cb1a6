import { basename, dirname } from "node:path";
import { findNodeAtLocation, getNodeValue, parseTree, type Node } from "jsonc-parser";
import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from "yaml";
import { membersOf } from "../common/record";
import { authModes, sdks, type Agent } from "./agent";

/** A piece of a text. */
export interface Span {
  offset: number;
  length: number;
}

/** A key of the auth block, and what stands (or may be written) behind it. */
export interface Slot {
  /** From behind the colon to the end of the value, or of the line where there is none. */
  area: Span;
  value?: { text: string; span: Span };
}

/** An agent in the text of a config file, which may be in the middle of being written. */
export interface AgentLocation {
  /** As far as it can be read: what has the wrong type is left out. */
  agent: Agent;
  /** Where the agent begins, for what stands above it. */
  offset: number;
  /** The value of its `id`, where there are other agents beside it. */
  id?: Span;
  /** The key `auth`, if it is there. */
  auth?: Span;
  mode?: Slot;
  profileId?: Slot;
}

/**
 * The agents of a config file with the places of their auth, in one pass. Where the text does not parse, what can be
 * made out around that place.
 *
 * @param file its name says whether it is an `aihub.json` or an `agent.yaml`; other programs have `agent.yaml` files
 *   too, so that only one counts whose folder is named like its id
 */
export function locateAgents(file: string, text: string): AgentLocation[] {
  return file.endsWith(".json") ? locateInJson(file, text) : locateInYaml(file, text);
}

/** The slot in which a place of the text is, with its agent. */
export function slotAt(locations: readonly AgentLocation[], offset: number): { location: AgentLocation; key: "mode" | "profileId"; slot: Slot } | undefined {
  for (const location of locations) {
    for (const key of ["mode", "profileId"] as const) {
      const slot = location[key];
      if (slot && offset >= slot.area.offset && offset <= slot.area.offset + slot.area.length) return { location, key, slot };
    }
  }
  return undefined;
}

function locateInJson(file: string, text: string): AgentLocation[] {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  const list = tree && findNodeAtLocation(tree, ["agents"]);
  if (list?.type !== "array") return [];
  return (list.children ?? []).flatMap((node, index) => {
    if (node.type !== "object") return [];
    const id = propertyOf(node, "id")?.children?.[1];
    const auth = propertyOf(node, "auth");
    const block = auth?.children?.[1];
    return {
      agent: agentOf(getNodeValue(node) as unknown, file, ["agents", index]),
      offset: node.offset,
      ...(id && { id: spanOf(id) }),
      ...(auth?.children?.[0] && { auth: spanOf(auth.children[0]) }),
      ...slots((key) => jsonSlot(text, block, key)),
    };
  });
}

function jsonSlot(text: string, block: Node | undefined, key: string): Slot | undefined {
  const property = propertyOf(block, key);
  if (property?.colonOffset === undefined) return undefined;
  const value = property.children?.[1];
  const written = value?.type === "string" ? { text: String(value.value), span: spanOf(value) } : undefined;
  return slot(text, property.colonOffset + 1, value && value.offset + value.length, written);
}

function propertyOf(object: Node | undefined, key: string): Node | undefined {
  return object?.children?.find((property) => property.type === "property" && property.children?.[0]?.value === key);
}

function locateInYaml(file: string, text: string): AgentLocation[] {
  const document = parseDocument(text, { logLevel: "silent" });
  const map = document.contents;
  if (!isMap(map)) return [];
  const agent = agentOf(valueOf(() => document.toJS()), file, []);
  if (agent.id !== basename(dirname(file))) return [];
  const auth = pairOf(map, "auth");
  const block = auth?.value;
  return [
    {
      agent,
      offset: rangeOf(map.items[0]?.key)?.[0] ?? 0,
      ...(auth && { auth: yamlSpan(auth.key) }),
      ...slots((key) => (isMap(block) ? yamlSlot(text, block, key) : undefined)),
    },
  ];
}

function yamlSlot(text: string, block: YAMLMap, key: string): Slot | undefined {
  const pair = pairOf(block, key);
  const keyRange = rangeOf(pair?.key);
  if (!pair || !keyRange) return undefined;
  const written = isScalar(pair.value) && typeof pair.value.value === "string" ? { text: pair.value.value, span: yamlSpan(pair.value) } : undefined;
  return slot(text, text.indexOf(":", keyRange[1]) + 1, written && written.span.offset + written.span.length, written);
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return (map.items).find((pair) => isScalar(pair.key) && pair.key.value === key);
}

function rangeOf(node: unknown): readonly number[] | null | undefined {
  return isScalar(node) ? node.range : undefined;
}

function yamlSpan(node: unknown): Span {
  const [start = 0, end = start] = rangeOf(node) ?? [];
  return { offset: start, length: end - start };
}

/** Aliases can name what is not there. */
function valueOf(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function slots(find: (key: "mode" | "profileId") => Slot | undefined): Pick<AgentLocation, "mode" | "profileId"> {
  const mode = find("mode");
  const profileId = find("profileId");
  return { ...(mode && { mode }), ...(profileId && { profileId }) };
}

function slot(text: string, start: number, end: number | undefined, value: Slot["value"]): Slot {
  const stop = end ?? start + (/^[^\r\n,}]*/.exec(text.slice(start))?.[0].length ?? 0);
  return { area: { offset: start, length: stop - start }, ...(value && { value }) };
}

function agentOf(value: unknown, file: string, path: Agent["path"]): Agent {
  const { id, name, sdk, model, auth } = membersOf(value);
  const { provider, model: modelName, base_url, auth_token } = membersOf(model);
  const { mode, profileId } = membersOf(auth);
  return {
    ...{ file, path, id: textOf(id) ?? "", name: textOf(name) },
    sdk: sdks.find((each) => each === sdk),
    model: { provider: textOf(provider), model: textOf(modelName), base_url: textOf(base_url), auth_token: textOf(auth_token) },
    auth: { mode: authModes.find((each) => each === mode), profileId: textOf(profileId) },
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function spanOf(node: Node): Span {
  return { offset: node.offset, length: node.length };
}
