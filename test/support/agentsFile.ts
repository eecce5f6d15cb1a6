import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TemporaryHome } from "./temporaryHome";

/** Writes an aihub.json with these agents; each works in `<home>/work` unless it says otherwise. */
export async function placeAgents(home: TemporaryHome, agents: readonly Record<string, unknown>[]): Promise<string> {
  const workspace = join(home.path, "work");
  const file = join(home.aihub, "aihub.json");
  await mkdir(workspace, { recursive: true });
  await mkdir(home.aihub, { recursive: true, mode: 0o700 });
  await writeFile(file, JSON.stringify({ agents: agents.map((agent) => ({ workspace, ...agent })) }));
  return file;
}

/** The only agent, as “Use Profile on Gateway” leaves it: on a provider's name that stands for its default account. */
export async function placeOnAlias(home: TemporaryHome, agent: { id: string; model: { provider: string; model: string } }): Promise<void> {
  const { provider } = agent.model;
  const name = `${provider}-default`;
  const file = join(home.aihub, "agent", "auth-profiles.json");
  const index = JSON.parse(await readFile(file, "utf8")) as { mirror?: object };
  const aliases = { [name]: { profile: `${provider}:default`, agents: { [agent.id]: agent.model } } };
  await writeFile(file, JSON.stringify({ ...index, mirror: { ...index.mirror, aliases } }), { mode: 0o600 });
  await placeAgents(home, [{ ...agent, model: { ...agent.model, provider: name }, auth: { mode: "api_key", profileId: `${provider}:default` } }]);
}
