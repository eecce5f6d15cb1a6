import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { after, afterEach, before } from "mocha";
import { startSandbox, type Sandbox } from "../sandbox/sandbox";
import { endRunningCommands } from "./cli";
import { createPerson, type Person } from "./person";
import { createTemporaryHome, type TemporaryHome } from "./temporaryHome";

export interface Scene {
  sandbox: Sandbox;
  person: Person;
  home: TemporaryHome;
  /** For a command that a person runs at home: their `HOME`, and the way to the vendors. */
  env: Record<string, string>;
  /** How often a refresh token was spent twice because a test left no other way. */
  unavoidableReuse?: number;
}

/**
 * A home and the vendors for the tests of one `describe`. What was issued is recorded, for the search for leaks, and
 * after each test it is seen that nobody spent a refresh token twice.
 */
export function useSandbox(): Scene {
  const scene = {} as Scene;
  before(async () => {
    scene.sandbox = await startSandbox();
    scene.person = createPerson(scene.sandbox);
    scene.home = await createTemporaryHome();
    scene.env = { ...scene.sandbox.env, HOME: scene.home.path };
  });
  afterEach(() => {
    scene.sandbox.clearFaults();
    expectNoReuse(scene.sandbox, scene.unavoidableReuse);
  });
  after(async () => {
    endRunningCommands();
    recordSecrets(scene.sandbox);
    await scene.person.close();
    await scene.sandbox.close();
    await scene.home.remove();
  });
  return scene;
}

/** A fresh home for each test, the vendors stay. */
export async function moveHome(scene: Scene): Promise<void> {
  await scene.home.remove();
  scene.home = await createTemporaryHome();
  scene.env = { ...scene.sandbox.env, HOME: scene.home.path };
}

/** Vendors end a whole sign-in whose refresh token comes a second time. That must never be our doing. */
export function expectNoReuse({ reuseDetected }: Pick<Sandbox, "reuseDetected">, unavoidable = 0): void {
  assert.equal(reuseDetected(), unavoidable, "a refresh token was spent twice");
}

/** `npm test` searches all output and every log of the run for these. */
export function recordSecrets(sandbox: Sandbox): void {
  const file = process.env.AIHUB_TEST_SECRETS;
  if (file) appendFileSync(file, `${sandbox.secrets().join("\n")}\n`, { mode: 0o600 });
}
