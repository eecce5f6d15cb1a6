import type { CredentialStore } from "../store/credentialStore";
import type { EditorLog } from "./log";

/** What the parts of the extension share. */
export interface Services {
  readonly home: string;
  readonly store: CredentialStore;
  readonly log: EditorLog;
  /** The folder of the bundles, for starting agents. */
  readonly distribution: string;
}

/** Sign-in and refresh, loaded when they are first needed: activation does without. */
export function loadAuth() {
  return import("./authChunk");
}

/** Reading and editing agents' files, with its JSON and YAML, likewise. */
export function loadAgents() {
  return import("./agentsChunk");
}
