import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { Sandbox } from "../sandbox/sandbox";

/** Resolves when a request for `path` has come in, after the first `after` ones. The sandbox tells nobody; it records. */
export async function arrival(sandbox: Sandbox, path: string, after: number): Promise<void> {
  for (const end = Date.now() + 15_000; Date.now() < end; await pause(5)) {
    if (sandbox.requests().slice(after).some((request) => request.path === path)) return;
  }
  assert.fail(`Nothing arrived at ${path}`);
}
