import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const agentSchema = z.looseObject({
  id: z.string().min(1),
  name: z.string().optional(),
  model: z.looseObject({ provider: z.string().optional(), model: z.string() }),
  auth: z.looseObject({ mode: z.enum(["oauth", "api_key", "proxy"]).optional(), profileId: z.string().optional() }).optional(),
});
export type GatewayAgent = z.infer<typeof agentSchema>;

const gatewaySchema = z.looseObject({ host: z.string().optional(), port: z.number().optional() }).optional();
const inlineSchema = z.looseObject({ agents: z.array(agentSchema), gateway: gatewaySchema });
const foldersSchema = z.looseObject({ version: z.literal(3), agents: z.union([z.string(), z.array(z.string())]), gateway: gatewaySchema });

/** How often the gateway looks at the files of the agents that it knows, in ms. */
const lookInterval = Number(process.env.GATEWAY_LOOK_INTERVAL ?? 5000);

/**
 * The gateway's config as it treats it: strict JSON of either shape; with folders, the files of known agents are
 * looked at again and again, a broken one drops its agent, and only a touched `aihub.json` brings one back.
 */
export function openConfig(home: string) {
  const file = join(home, "aihub.json");
  const config = z.union([foldersSchema, inlineSchema]).parse(JSON.parse(readFileSync(file, "utf8")));
  /** By the file that each stands in; those of the inline shape are read once. */
  let agents = new Map<string, GatewayAgent>();
  let touched = 0;

  const load = () => {
    touched = statSync(file).mtimeMs;
    const current = z.union([foldersSchema, inlineSchema]).parse(JSON.parse(readFileSync(file, "utf8")));
    const isFolders = "version" in current && current.version === 3;
    const entries = isFolders
      ? expand(home, foldersSchema.parse(current).agents).flatMap((path) => entryOf(path))
      : inlineSchema.parse(current).agents.map((agent) => [agent.id, agent] as const);
    agents = new Map(entries);
  };

  const look = () => {
    try {
      if (statSync(file).mtimeMs !== touched) return load();
    } catch (error) {
      console.error(`[config] ${String(error)}`);
      return;
    }
    for (const path of [...agents.keys()].filter((key) => key.endsWith(".yaml"))) {
      const [entry] = entryOf(path);
      if (entry) agents.set(...entry);
      else agents.delete(path);
    }
  };

  load();
  setInterval(look, lookInterval).unref();
  return {
    host: config.gateway?.host ?? "127.0.0.1",
    port: config.gateway?.port ?? 4000,
    agents: () => [...agents.values()],
    agent: (id: string) => [...agents.values()].find((agent) => agent.id === id),
  };
}

function entryOf(path: string): [string, GatewayAgent][] {
  try {
    const agent = agentSchema.parse(parse(readFileSync(path, "utf8")));
    if (agent.id !== basename(dirname(path))) throw new Error("its id is not its folder's name");
    return [[path, agent]];
  } catch (error) {
    console.error(`[config] dropped ${path}: ${String(error).split("\n")[0]}`);
    return [];
  }
}

function expand(home: string, patterns: string | string[]): string[] {
  return [patterns].flat().flatMap((pattern) => {
    if (!pattern.endsWith("/*")) return [join(resolve(home, pattern), "agent.yaml")];
    const folder = resolve(home, pattern.slice(0, -2));
    return readdirSync(folder).map((name) => join(folder, name, "agent.yaml"));
  });
}
