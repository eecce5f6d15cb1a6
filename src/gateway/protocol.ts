import * as z from "zod/mini";

/* What the gateway answers by HTTP and streams by its WebSocket, as far as it is used here. */

export type AgentState = "idle" | "streaming";
const stateSchema = z.enum(["idle", "streaming"]);

/** `GET /api/capabilities`: by it the gateway is told from any other server on its port. */
export const capabilitiesSchema = z.looseObject({ version: z.number(), extensions: z.looseObject({}), agents: z.array(z.string()) });

/** `GET /api/agents/status` */
export const statusesSchema = z.looseObject({ statuses: z.record(z.string(), stateSchema) });

/** An event of the status subscription. */
export const statusEventSchema = z.looseObject({ type: z.literal("status"), agentId: z.string(), status: stateSchema });

/** An event of a run. The gateway may add others; they are skipped. */
export const runEventSchema = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("text"), data: z.string() }),
  z.looseObject({ type: z.literal("thinking"), data: z.string() }),
  z.looseObject({ type: z.literal("tool_call"), name: z.string(), arguments: z.unknown() }),
  z.looseObject({ type: z.literal("tool_result"), name: z.string(), content: z.string(), isError: z.optional(z.boolean()) }),
  z.looseObject({ type: z.literal("done"), meta: z.optional(z.looseObject({ aborted: z.optional(z.boolean()) })) }),
  z.looseObject({ type: z.literal("error"), message: z.string() }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;
