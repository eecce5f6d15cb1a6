import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Sandbox } from "../sandbox/sandbox";
import { startTalker, type Talker } from "../support/childProcess";
import { signIn } from "../support/signIn";
import { expireStored, oauthFile, storedCredentials, type Stored } from "../support/storedCredential";
import { createTemporaryHome } from "../support/temporaryHome";
import type { Scene } from "../support/useSandbox";
import { markOf, type Outcome } from "./children/onGo.mjs";
import { milliseconds, quantile, quantileRows, timeRow, type Measured, type Row } from "./figures";

const processes = 20;
const rounds = 3;
const vendorLatency = 500;
/** How soon after the winner's write the last of ours should be done, ms. */
const limit = 100;

interface Round {
  refreshes: number;
  reused: number;
  errors: string[];
  /** From the winner's write until each process has its token, ms. */
  afterWrite: number[];
  /** From the release to the last process that has its token, ms. */
  total: number;
}

interface Contender {
  file: string;
  expire: () => Promise<void>;
  start: () => Talker;
}

/** Twenty processes meet one expired credential at the same moment, ours and Pi's in turn. */
export async function measureStorm(scene: Scene, bundle: string): Promise<Measured> {
  const peerHome = await createTemporaryHome();
  try {
    const ours = await prepareOurs(scene, bundle);
    const peer = await preparePeer({ ...scene, home: peerHome, env: { ...scene.env, HOME: peerHome.path } });
    const results: { ours: Round; peer: Round }[] = [];
    for (let round = 0; round < rounds; round++) {
      results.push({ ours: await runRound(scene.sandbox, ours), peer: await runRound(scene.sandbox, peer) });
    }
    return {
      title: `${processes} processes, one expired credential, a vendor that takes ${vendorLatency} ms`,
      method:
        `${rounds} rounds each, in turn: ${processes} started processes are released at once, each asks for the token (beside it: ` +
        "`getApiKey` of Pi's `AuthStorage`); the winner's write is the modification time of the file with the tokens, " +
        `which ours gets before its fsync and rename; the aim for the last of ours is ${limit} ms.`,
      rows: rowsOf(results.map((each) => each.ours), results.map((each) => each.peer)),
    };
  } finally {
    await peerHome.remove();
  }
}

async function prepareOurs(scene: Scene, bundle: string): Promise<Contender> {
  await signInOrFail(scene);
  return {
    file: oauthFile(scene.home.aihub),
    expire: () => expireStored(scene.home.aihub, "anthropic"),
    start: () => startTalker([bundle, scene.home.aihub], scene.env),
  };
}

/** A sign-in of its own, moved to where Pi looks for it. */
async function preparePeer(scene: Scene): Promise<Contender> {
  await signInOrFail(scene);
  const { anthropic } = await storedCredentials(scene.home.aihub);
  if (!anthropic) throw new Error("The sign-in is not stored");
  const { type, access, refresh, expires } = anthropic;
  const file = join(scene.home.path, ".pi", "agent", "auth.json");
  const write = (entry: Stored) => writeFile(file, JSON.stringify({ anthropic: entry }, null, 2), { mode: 0o600 });
  await mkdir(dirname(file), { recursive: true });
  await write({ type, access, refresh, expires });
  return {
    file,
    expire: async () => write({ ...(await storedEntry(file)), expires: Date.now() - 10 * 60_000 }),
    start: () => startTalker(["--import", "tsx", join(__dirname, "children", "pi.mts"), file], scene.env),
  };
}

async function signInOrFail(scene: Scene): Promise<void> {
  const { code } = await signIn(scene, "anthropic");
  if (code !== 0) throw new Error(`aihub auth login ended with ${code}`);
}

async function runRound(sandbox: Sandbox, { file, expire, start }: Contender): Promise<Round> {
  await expire();
  const talkers = Array.from({ length: processes }, start);
  await Promise.all(talkers.map((talker) => talker.line()));
  const received = sandbox.requests().length;
  const reusedBefore = sandbox.reuseDetected();
  sandbox.addFault({ host: "platform.claude.com", kind: "latency", ms: vendorLatency, times: processes });

  const released = Date.now();
  for (const talker of talkers) talker.tell("go");
  const outcomes = await Promise.all(talkers.map(async (talker) => JSON.parse(await talker.line()) as Outcome));
  const { mtimeMs } = await stat(file);
  await Promise.all(talkers.map((talker) => talker.end()));
  sandbox.clearFaults();

  const mark = markOf((await storedEntry(file)).access);
  return {
    refreshes: sandbox.requests().slice(received).filter(({ grantType }) => grantType === "refresh_token").length,
    reused: sandbox.reuseDetected() - reusedBefore,
    errors: outcomes.flatMap((each) => each.error ?? (each.mark === mark ? [] : ["another token"])),
    afterWrite: outcomes.map(({ done }) => done - mtimeMs),
    total: Math.max(...outcomes.map(({ done }) => done)) - released,
  };
}

async function storedEntry(file: string): Promise<Stored> {
  const { anthropic } = JSON.parse(await readFile(file, "utf8")) as Record<string, Stored>;
  if (!anthropic) throw new Error("The sign-in is lost");
  return anthropic;
}

function rowsOf(ours: Round[], peer: Round[]): Row[] {
  const each = (what: string, value: (round: Round) => number | string): Row => {
    const list = (side: Round[]) => side.map(value).join(", ");
    return { what, ours: list(ours), peer: list(peer), ratio: "" };
  };
  const median = (what: string, value: (round: Round) => number) =>
    timeRow(`${what}, p50 of the rounds`, quantile(ours.map(value), 0.5), quantile(peer.map(value), 0.5));
  const all = (side: Round[]) => side.flatMap(({ afterWrite }) => afterWrite);

  for (const { errors } of [...ours, ...peer]) if (errors.length > 0) console.error(`storm: ${[...new Set(errors)].join(", ")}`);
  for (const late of ours.map(last).filter((time) => time > limit)) {
    console.error(`storm: the last of ours was done ${milliseconds(late)} after the winner's write, not within ${limit} ms`);
  }
  return [
    each("refreshes that the vendor saw, by round", ({ refreshes }) => refreshes),
    each("of them with a token that was spent already", ({ reused }) => reused),
    each("processes that got no token", ({ errors }) => errors.length),
    ...quantileRows("winner's write to a process done", all(ours), all(peer)),
    each("winner's write to the last process done, by round", (round) => milliseconds(last(round))),
    median("winner's write to the last process done", last),
    median("release to the last process done", ({ total }) => total),
  ];
}

function last({ afterWrite }: Round): number {
  return Math.max(...afterWrite);
}
