import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { readAgents } from "../../src/gateway/config";
import { createTemporaryHome } from "../support/temporaryHome";
import { quantileRows, type Measured } from "./figures";

const agents = 1000;
const rounds = 15;
const warmUp = 3;

/** 1,000 agents of both shapes, beside the bare parsers on the same files. */
export async function measureReadConfig(): Promise<Measured> {
  const inline = await measure(placeInline);
  const folders = await measure(placeFolders);
  return {
    title: `Reading ${agents} agents`,
    method:
      `${rounds} reads of a config with ${agents} agents (checked, with the place of every fault at hand), in turn with a bare read of the same files and \`JSON.parse\` ` +
      "or the `parse` of the package `yaml`.",
    rows: [...quantileRows("`aihub.json`, beside `JSON.parse`", inline.ours, inline.peer), ...quantileRows("a folder each, beside `yaml.parse`", folders.ours, folders.peer)],
  };
}

async function measure(place: (home: string) => Promise<() => Promise<unknown>>): Promise<{ ours: number[]; peer: number[] }> {
  const home = await createTemporaryHome();
  try {
    const series = { peer: await place(home.aihub), ours: () => readAgents(home.aihub) };
    const samples = { ours: [] as number[], peer: [] as number[] };
    for (let round = -warmUp; round < rounds; round++) {
      for (const key of round % 2 === 0 ? (["ours", "peer"] as const) : (["peer", "ours"] as const)) {
        const started = performance.now();
        await series[key]();
        if (round >= 0) samples[key].push(performance.now() - started);
      }
    }
    return samples;
  } finally {
    await home.remove();
  }
}

async function placeInline(home: string): Promise<() => Promise<unknown>> {
  const file = join(home, "aihub.json");
  await mkdir(home);
  await writeFile(file, JSON.stringify({ agents: Array.from({ length: agents }, (_, number) => agent(number)) }, null, 2));
  return async () => JSON.parse(await readFile(file, "utf8")) as unknown;
}

async function placeFolders(home: string): Promise<() => Promise<unknown>> {
  const files = Array.from({ length: agents }, (_, number) => join(home, "agents", `agent-${number}`, "agent.yaml"));
  await Promise.all(
    files.map(async (file, number) => {
      await mkdir(join(file, ".."), { recursive: true });
      const { id, name, workspace, model, auth } = agent(number);
      await writeFile(file, `# agent ${number}\nid: ${id}\nname: ${name}\nworkspace: ${workspace}\nmodel:\n  provider: ${model.provider}\n  model: ${model.model}\nauth:\n  mode: ${auth.mode}\n`);
    }),
  );
  await writeFile(join(home, "aihub.json"), '{"version": 3, "agents": "./agents/*"}');
  return () => Promise.all(files.map(async (file) => parse(await readFile(file, "utf8")) as unknown));
}

function agent(number: number) {
  return { id: `agent-${number}`, name: `Agent ${number}`, workspace: "~/work", model: { provider: "anthropic", model: "claude-sonnet-4-5" }, auth: { mode: "oauth" } };
}
