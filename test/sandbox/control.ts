import type { IncomingMessage, RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { faultSchema } from "./faults";
import type { SandboxControls } from "./sandbox";
import { vendors } from "./types";

const vendor = z.enum(vendors);
const account = z.object({
  email: z.string().optional(),
  login: z.string().optional(),
  name: z.string().optional(),
  copilot: z.boolean().optional(),
});
const maybeVendor = z.object({ vendor: vendor.optional() });
const seconds = z.object({ vendor, seconds: z.number().nonnegative() });

type Operation = (controls: SandboxControls, body: unknown) => unknown;

/** The controls as "METHOD /path", for tests in other processes. Bodies and answers are JSON. */
const operations: Record<string, Operation> = {
  "GET /requests": (controls) => controls.requests(),
  "GET /secrets": (controls) => controls.secrets(),
  "GET /reuse-detected": (controls) => controls.reuseDetected(),
  "POST /persons": (controls, body) => {
    const asked = z.object({ vendor, account }).parse(body);
    controls.signIn(asked.vendor, asked.account);
  },
  "POST /faults": (controls, body) => controls.addFault(faultSchema.parse(body)),
  "POST /expire": (controls, body) => controls.expireAccessTokens(maybeVendor.parse(body).vendor),
  "POST /expire-codes": (controls, body) => controls.expireCodes(maybeVendor.parse(body).vendor),
  "POST /revoke": (controls, body) => {
    const asked = z.object({ vendor, account: z.string() }).parse(body);
    controls.revokeAccount(asked.vendor, asked.account);
  },
  "POST /lifetime": (controls, body) => {
    const asked = seconds.parse(body);
    controls.setTokenLifetime(asked.vendor, asked.seconds);
  },
  "POST /device-interval": (controls, body) => {
    const asked = seconds.parse(body);
    controls.setDeviceInterval(asked.vendor, asked.seconds);
  },
  "POST /script": (controls, body) => {
    const asked = z.object({ vendor, text: z.string().optional() }).parse(body);
    controls.setReply(asked.vendor, asked.text);
  },
  "POST /api-keys": (controls, body) =>
    controls.createApiKey(z.object({ vendor: z.enum(["anthropic", "openai"]) }).parse(body).vendor),
};

/** The sandbox's controls as JSON over HTTP: 200 with the result, 400 with `{error}`, 404. */
export function createControl(controls: SandboxControls): RequestListener {
  async function run(request: IncomingMessage): Promise<[number, unknown]> {
    const operation = operations[`${request.method} ${request.url}`];
    if (!operation) {
      return [404, { error: `Known: ${Object.keys(operations).join(", ")}` }];
    }
    try {
      const body: unknown = JSON.parse((await text(request)) || "{}");
      return [200, operation(controls, body) ?? null];
    } catch (error) {
      return [400, { error: error instanceof z.ZodError ? z.prettifyError(error) : String(error) }];
    }
  }

  return (request, response) => {
    void run(request).then(([status, body]) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  };
}
