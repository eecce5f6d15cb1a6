import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { placeAgents } from "../../support/agentsFile";
import { ask, launchAgent } from "../../support/agentTerminal";
import { hasTerminals, runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { skipBecause } from "../../support/skipBecause";
import { useSandbox } from "../../support/useSandbox";

describe("a running agent that leaves its proxy for a sign-in", () => {
  const scene = useSandbox();
  let proxy: Server;
  const keysReceived: unknown[] = [];

  before(async function () {
    if (!hasTerminals()) skipBecause(this, "there is no util-linux script here, which opens a terminal");
    proxy = createServer((request, response) => {
      keysReceived.push(request.headers["x-api-key"] ?? request.headers.authorization);
      response.writeHead(401).end("{}");
    });
    await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
    const base_url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    await placeAgents(scene.home, [{ id: "pilot", model: { provider: "anthropic", model: "claude-sonnet-4-5", base_url, auth_token: "token-of-the-proxy" }, auth: { mode: "proxy" } }]);
    await signIn(scene, "anthropic");
  });
  after(() => {
    proxy?.closeAllConnections();
    proxy?.close();
  });

  it("sends the sign-in's token to the vendor, also in a new session after one that was shortened by the proxy", async () => {
    const terminal = await launchAgent(scene, "pilot");
    await ask(terminal, "onex", /The proxy at \S+ refused the token/);
    // Pi shortens a conversation with a model of its own, which every session has.
    await ask(terminal, "/compact", /Compaction failed/);
    await ask(terminal, "/new", /New session started/);
    assert.equal((await runCli(["agent", "set-auth", "pilot", "--mode", "oauth"], scene.env)).code, 0);
    const before = keysReceived.length;
    await ask(terminal, "twox", /ada@example\.com.{0,80}You said: twox/s);
    assert.equal(keysReceived.length, before);
    assert.deepEqual([...new Set(keysReceived)], ["token-of-the-proxy"]);
  });
});
