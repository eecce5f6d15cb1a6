import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startCli } from "../../support/cli";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

/** More than the pipes on the way hold: what the reader has not taken waits in the agent's process. */
const answer = "x".repeat(1_000_000);

describe("aihub send into a pipe", () => {
  let home: TemporaryHome;
  let model: Server;
  let answered: Promise<unknown>;

  // The sandbox's models speak slowly, in small pieces; this one says it all at once.
  before(async () => {
    home = await createTemporaryHome();
    model = createServer((request, response) => {
      answered = once(response, "finish");
      request.resume().on("end", () => sendAnswer(response));
    });
    await new Promise<void>((listening) => model.listen(0, "127.0.0.1", listening));
    const base_url = `http://127.0.0.1:${(model.address() as AddressInfo).port}`;
    const agent = { id: "pilot", workspace: home.path, model: { provider: "anthropic", model: "claude-sonnet-4-5", base_url, auth_token: "local" }, auth: { mode: "proxy" } };
    await mkdir(home.aihub, { mode: 0o700 });
    await writeFile(join(home.aihub, "aihub.json"), JSON.stringify({ agents: [agent] }));
  });
  after(async () => {
    model.closeAllConnections();
    model.close();
    await home.remove();
  });

  it("loses nothing of a long answer to a reader that is not ready yet", async () => {
    const asked = once(model, "request");
    const run = startCli(["send", "-a", "pilot", "-m", "Hello"], { HOME: home.path });
    run.child.stdout.pause();
    // What ends before it asks has said why.
    const early = await Promise.race([asked.then(() => undefined), run.result]);
    assert.equal(early, undefined, early?.stderr);
    await answered;
    // A process that did not wait for its reader would end now; one that waits cannot be waited for.
    await Promise.race([once(run.child, "exit"), pause(1500)]);
    run.child.stdout.resume();
    const { code, stdout, stderr } = await run.result;
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(stdout.length, answer.length + 1);
    assert.ok(stdout === `${answer}\n`, "the answer arrived changed");
  });
});

/** A streamed answer as https://docs.anthropic.com/en/api/messages-streaming says, the text in one event. */
function sendAnswer(response: ServerResponse): void {
  const usage = { input_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };
  const message = { id: "msg_1", type: "message", role: "assistant", model: "claude-sonnet-4-5", content: [], stop_reason: null, stop_sequence: null, usage };
  const events: ({ type: string } & Record<string, unknown>)[] = [
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: answer } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 1 } },
    { type: "message_stop" },
  ];
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
}
