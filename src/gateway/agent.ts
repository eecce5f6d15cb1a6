import * as z from "zod/mini";
import type { AuthConfig } from "../auth/resolve";
import { AIHubError } from "../common/errors";
import { findProvider } from "../providers/registry";

export const authModes = ["oauth", "api_key", "proxy"] as const;

/** What each mode means, and who pays. */
export const authModeMeanings: Readonly<Record<(typeof authModes)[number], string>> = {
  oauth: "Uses a sign-in of yours. Paid by that subscription, never by an API key.",
  api_key: "Uses an API key. Billed by use, never a subscription.",
  proxy: "Sends requests to model.base_url. Paid by whoever runs the proxy.",
};

/** How one agent authenticates, as its configuration says. */
export const agentAuthSchema = z.looseObject({
  mode: z.optional(z.enum(authModes)),
  profileId: z.optional(z.string()),
});
export type AgentAuth = Pick<z.infer<typeof agentAuthSchema>, "mode" | "profileId">;

export const sdks = ["pi", "claude", "openclaw"] as const;

/** What this project reads of an agent; the gateway's other keys are tolerated and kept. */
export const agentSchema = z.looseObject({
  id: z.string().check(z.minLength(1)),
  name: z.optional(z.string()),
  workspace: z.optional(z.string()),
  sdk: z.optional(z.enum(sdks)),
  model: z.optional(
    z.looseObject({
      provider: z.optional(z.string()),
      model: z.optional(z.string()),
      base_url: z.optional(z.string()),
      auth_token: z.optional(z.string()),
    }),
  ),
  thinking: z.optional(z.string()),
  auth: z.optional(agentAuthSchema),
});

export interface Agent extends z.infer<typeof agentSchema> {
  /** The file that holds it, and where in that file. */
  readonly file: string;
  readonly path: readonly (string | number)[];
}

/** The provider of an agent's model: named, or by the model's `provider/model` form. */
export function agentProvider(agent: Pick<Agent, "model">): string | undefined {
  return agent.model?.provider ?? (/^([\w-]+)\//.exec(agent.model?.model ?? ""))?.[1];
}

/** The modes that an agent can have: one whose provider has no sign-in cannot use one. */
export function agentModes(agent: Pick<Agent, "model">): readonly (typeof authModes)[number][] {
  const provider = agentProvider(agent);
  return authModes.filter((mode) => mode !== "oauth" || provider === undefined || findProvider(provider));
}

/** Whether an agent runs on the Pi SDK, whose sign-in is this project's affair. Any other signs in by itself. */
export function runsOnPi({ sdk }: Pick<Agent, "sdk">): boolean {
  return sdk === undefined || sdk === "pi";
}

/** What people call an agent. */
export function agentName({ id, name }: Pick<Agent, "id" | "name">): string {
  return name ?? id;
}

/** `anthropic/claude-sonnet-4-5`, as far as the agent names them. */
export function agentModelPath(agent: Agent): string {
  return [agentProvider(agent), agentModel(agent)].filter(Boolean).join("/");
}

/** The model's name without its provider. */
export function agentModel(agent: Pick<Agent, "model">): string | undefined {
  const provider = agentProvider(agent);
  const model = agent.model?.model;
  return provider && model?.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model;
}

/** What the resolver is asked with for an agent's own provider. One of the Claude SDK brings its server and token, whatever its `auth` says. */
export function agentAuthConfig({ sdk, model, auth }: Agent): AuthConfig {
  const server = { baseUrl: model?.base_url, authToken: model?.auth_token };
  if (sdk === "claude") return { mode: "proxy", ...server };
  return { mode: meantMode(auth), profileId: auth?.profileId, ...server };
}

/** A profile alone means its sign-in. */
export function meantMode({ mode, profileId }: AgentAuth = {}): AgentAuth["mode"] {
  return mode ?? (profileId ? "oauth" : undefined);
}

/**
 * Whether an agent of the Claude SDK names a proxy. One that does not leaves it to the `claude` command, which has a sign-in
 * of its own.
 *
 * @throws AIHubError `claude_proxy_incomplete`: a base URL alone would be sent that sign-in
 */
export function isOnProxy({ id, model }: Agent): boolean {
  if (Boolean(model?.base_url) !== Boolean(model?.auth_token)) throw new AIHubError("claude_proxy_incomplete", { agent: id });
  return Boolean(model?.base_url);
}
