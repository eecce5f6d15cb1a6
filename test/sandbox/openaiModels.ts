import type { Exchange, Route } from "./exchange";
import { bearerOf, headerOf, sendJson, sendText } from "./exchange";
import { parseResponses, streamResponses } from "./models/openaiResponses";
import { sendOpenaiError } from "./openaiErrors";
import type { Grant } from "./types";
import type { World } from "./world";

const codex = "/backend-api/codex/responses";

/** Models by subscription (chatgpt.com) and by API key (api.openai.com). */
export const openaiModelRoutes: Route[] = [
  { hosts: ["chatgpt.com"], method: "POST", path: codex, isModel: true, handle: codexResponses },
  { hosts: ["chatgpt.com"], method: "GET", path: codex, handle: refuseWebSocket },
  { hosts: ["api.openai.com"], method: "POST", path: "/v1/responses", isModel: true, handle: keyResponses },
];

function refuseWebSocket(exchange: Exchange): void {
  exchange.record.note = "WebSocket refused";
  sendText(exchange, 426, "The sandbox has no WebSockets.");
}

/** chatgpt.com puts complaints about the body in `detail`. */
function complain(exchange: Exchange, detail: string): void {
  exchange.record.note = detail;
  sendJson(exchange, 400, { detail });
}

function codexGrant(exchange: Exchange, world: World): Grant | undefined {
  const found = world.tokens.checkAccess(bearerOf(exchange.headers) ?? "", "openai");
  if (typeof found === "string") {
    return found === "expired"
      ? sendOpenaiError(exchange, 401, "token_expired", "Provided authentication token is expired. Please try signing in again.")
      : sendOpenaiError(exchange, 401, `token_${found === "revoked" ? "revoked" : "invalid"}`, "Could not validate your token.");
  }
  return headerOf(exchange, "chatgpt-account-id") === found.grant.person.organizationUuid
    ? found.grant
    : sendOpenaiError(exchange, 401, "account_mismatch", "chatgpt-account-id is not the token's account.");
}

async function codexResponses(exchange: Exchange, world: World): Promise<void> {
  const grant = codexGrant(exchange, world);
  if (!grant) {
    return;
  }
  const request = parseResponses(exchange);
  if (typeof request === "string") {
    return complain(exchange, request);
  }
  exchange.record.model = request.model;
  if (request.store !== false) {
    return complain(exchange, "Store must be set to false");
  }
  if (!request.instructions) {
    return complain(exchange, "Instructions are required");
  }
  if (!request.model.startsWith("gpt-")) {
    return complain(exchange, `The '${request.model}' model is not supported when using Codex with a ChatGPT account.`);
  }
  await streamResponses(exchange, request, grant.person.id, world.replies.get("openai"));
}

async function keyResponses(exchange: Exchange, world: World): Promise<void> {
  const grant = world.tokens.checkApiKey(bearerOf(exchange.headers) ?? "", "openai");
  if (!grant) {
    return sendOpenaiError(exchange, 401, "invalid_api_key", "Incorrect API key provided.");
  }
  const request = parseResponses(exchange);
  if (typeof request === "string") {
    return sendOpenaiError(exchange, 400, "invalid_request", request);
  }
  exchange.record.model = request.model;
  await streamResponses(exchange, request, grant.person.id, world.replies.get("openai"));
}
