import assert from "node:assert/strict";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, beforeEach } from "mocha";
import { silentLogger } from "../../../src/common/logger";
import { createMirroredStore, type MirroredStore } from "../../../src/gateway/mirroredStore";
import { endGateways, freePort, startGateway, type GatewayProcess } from "../../support/gateway";
import { runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { storedCredentials, type Stored } from "../../support/storedCredential";
import { useSandbox, type Scene } from "../../support/useSandbox";
import { useVendorsInProcess } from "../auth/inProcess";

export type Entries = Record<string, { type: string; access?: string; refresh?: string; expires?: number; [key: string]: unknown }>;

export interface MirrorScene extends Scene {
  authFile(): string;
  entries(): Promise<Entries>;
  setEntries(change: (entries: Entries) => void): Promise<void>;
  /** The gateway of this home, started when it is first needed. */
  gateway(): Promise<GatewayProcess>;
  /** Makes the tokens of a provider due here and there, as after hours of no use. */
  expireEverywhere(provider?: string): Promise<void>;
  /** `aihub` with these arguments; standard output without its line end. */
  aihub(...args: string[]): Promise<string>;
  refreshes(): number;
  /** Ada's tokens in the store. */
  stored(this: void): Promise<Stored>;
  /** The same, when the gateway's copy has them too. */
  agreed(this: void): Promise<Stored>;
}

/** For each test a home with a gateway's config in which Ada has just signed in to Anthropic; the vendors and the gateway's process stay. */
export function useMirrorScene(): MirrorScene {
  const scene = useSandbox() as MirrorScene;
  useVendorsInProcess(scene);
  let gateway: Promise<GatewayProcess> | undefined;
  before(async () => {
    const agents = [
      { id: "pilot", name: "Pilot", model: { provider: "anthropic", model: "claude-sonnet-4-5" } },
      { id: "coder", name: "Coder", model: { provider: "openai-codex", model: "gpt-5.4" } },
    ];
    await mkdir(scene.home.aihub, { recursive: true, mode: 0o700 });
    await writeFile(join(scene.home.aihub, "aihub.json"), JSON.stringify({ agents, gateway: { port: await freePort() } }));
  });
  beforeEach(async () => {
    for (const folder of [scene.home.path, scene.home.aihub]) {
      for (const name of await readdir(folder)) {
        if (![".aihub", "aihub.json"].includes(name)) await rm(join(folder, name), { recursive: true, force: true });
      }
    }
  });
  beforeEach(async () => {
    scene.sandbox.signIn("anthropic", { email: "ada@example.com" });
    const { code, stderr } = await signIn(scene, "anthropic");
    assert.equal(code, 0, stderr);
  });
  // Whatever happens to the copy: nobody ever spends a refresh token twice.
  afterEach(() => assert.equal(scene.sandbox.reuseDetected(), 0));
  afterEach(() => scene.sandbox.clearFaults());
  after(endGateways);

  scene.authFile = () => join(scene.home.aihub, "auth.json");
  scene.entries = async () => JSON.parse(await readFile(scene.authFile(), "utf8")) as Entries;
  scene.setEntries = async (change) => {
    const entries = await scene.entries().catch(() => ({}));
    change(entries);
    await writeFile(scene.authFile(), JSON.stringify(entries, null, 2), { mode: 0o600 });
  };
  scene.gateway = () => (gateway ??= startGateway(scene.env));
  scene.expireEverywhere = async (provider = "anthropic") => {
    const expires = Date.now() - 60_000;
    const stored = await storedCredentials(scene.home.aihub);
    for (const [key, credential] of Object.entries(stored)) if (key.split(":")[0] === provider) credential.expires = expires;
    await writeFile(join(scene.home.aihub, "credentials", "oauth.json"), JSON.stringify(stored), { mode: 0o600 });
    await scene.setEntries((entries) => {
      if (entries[provider]) entries[provider].expires = expires;
    });
  };
  scene.aihub = async (...args) => {
    const { code, stdout, stderr } = await runCli(args, scene.env);
    if (code !== 0) throw new Error(stderr);
    return stdout.trimEnd();
  };
  scene.refreshes = () => scene.sandbox.requests().filter(({ grantType }) => grantType === "refresh_token").length;
  scene.stored = async () => (await storedCredentials(scene.home.aihub)).anthropic!;
  scene.agreed = async () => {
    const [ours, theirs] = [await scene.stored(), (await scene.entries()).anthropic!];
    assert.deepEqual([theirs.access, theirs.refresh, theirs.expires], [ours.access, ours.refresh, ours.expires]);
    return ours;
  };
  return scene;
}

/** A store as a window has it. */
export function openStore(home: string): MirroredStore {
  return createMirroredStore(home, silentLogger);
}
