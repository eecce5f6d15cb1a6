import type { MirroredStore } from "../gateway/mirroredStore";
import type { EditorLog } from "./log";

/** What the parts of the extension share. */
export interface Services {
  readonly home: string;
  readonly store: MirroredStore;
  readonly log: EditorLog;
  /** What ends with the window. */
  readonly subscriptions: { dispose(): unknown }[];
  /** The folder of the bundles, for starting agents. */
  readonly distribution: string;
}

/** Sign-in and refresh, loaded when they are first needed: activation does without. */
export function loadAuth() {
  return import("./authChunk");
}

/** Agents and the gateway, loaded with the first look at them: YAML, JSON editing and sockets are in it. */
export function loadAgents() {
  return import("./agentsChunk");
}
