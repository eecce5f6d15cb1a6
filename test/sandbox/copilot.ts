import type { Exchange, Handler, Route } from "./exchange";
import { bearerOf, headerOf, sendJson, sendText } from "./exchange";
import { parseMessages, streamMessages } from "./models/anthropicMessages";
import { parseCompletions, streamCompletions } from "./models/openaiCompletions";
import { parseResponses, streamResponses } from "./models/openaiResponses";
import type { Grant } from "./types";
import type { World } from "./world";

/** The API hosts that a Copilot token's `proxy-ep` leads to. */
export const copilotHosts = ["api.individual.githubcopilot.com", "api.enterprise.githubcopilot.com"];

const models = [
  { id: "claude-sonnet-4.5", vendor: "Anthropic" },
  { id: "gemini-2.5-pro", vendor: "Google" },
  { id: "gpt-4.1", vendor: "Azure OpenAI" },
  { id: "gpt-4o", vendor: "Azure OpenAI" },
  { id: "gpt-5", vendor: "Azure OpenAI" },
  { id: "gpt-5-mini", vendor: "Azure OpenAI" },
];

/** Copilot's model API: three formats for three families of models. */
export const copilotRoutes: Route[] = [
  { hosts: copilotHosts, method: "GET", path: "/models", handle: behindToken(listModels) },
  { hosts: copilotHosts, method: "POST", path: /^\/models\/[^/]+\/policy$/, handle: behindToken(acceptPolicy) },
  { hosts: copilotHosts, method: "POST", path: "/chat/completions", isModel: true, handle: model(parseCompletions, streamCompletions) },
  { hosts: copilotHosts, method: "POST", path: "/responses", isModel: true, handle: model(parseResponses, streamResponses) },
  { hosts: copilotHosts, method: "POST", path: "/v1/messages", isModel: true, handle: model(parseMessages, streamMessages) },
];

function refuse(exchange: Exchange, status: number, text: string): void {
  exchange.record.note = text;
  sendText(exchange, status, `${text}\n`);
}

type GrantHandler = (exchange: Exchange, world: World, grant: Grant) => void | Promise<void>;

/** Lets only live Copilot tokens through, sent to the host they name, by something that says it is an editor. */
function behindToken(handle: GrantHandler): Handler {
  return (exchange, world) => {
    const found = world.tokens.checkAccess(bearerOf(exchange.headers) ?? "", "github");
    if (typeof found === "string" || !found.apiHost) {
      return refuse(exchange, 401, `unauthorized: token ${found === "expired" ? "expired" : "invalid"}`);
    }
    if (found.apiHost !== exchange.host) {
      return refuse(exchange, 421, "Misdirected Request");
    }
    const missing = ["Editor-Version", "Copilot-Integration-Id"].find((name) => !headerOf(exchange, name.toLowerCase()));
    if (missing) {
      return refuse(exchange, 400, `bad request: missing ${missing} header for IDE auth`);
    }
    return handle(exchange, world, found.grant);
  };
}

/** A model endpoint of one format. */
function model<Request extends { model: string }>(
  parse: (exchange: Exchange) => Request | string,
  stream: (exchange: Exchange, request: Request, account: string, reply: string | undefined) => Promise<void>,
): Handler {
  return behindToken(async (exchange, world, grant) => {
    const request = parse(exchange);
    if (typeof request === "string") {
      exchange.record.note = request;
      sendJson(exchange, 400, { error: { message: request, code: "invalid_request_body" } });
      return;
    }
    exchange.record.model = request.model;
    await stream(exchange, request, grant.person.id, world.replies.get("github"));
  });
}

function listModels(exchange: Exchange): void {
  const data = models.map(({ id, vendor }) => ({ id, name: id, vendor, object: "model", model_picker_enabled: true }));
  sendJson(exchange, 200, { object: "list", data });
}

function acceptPolicy(exchange: Exchange): void {
  sendJson(exchange, 200, { state: "enabled" });
}
