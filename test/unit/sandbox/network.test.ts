import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { networkInterfaces } from "node:os";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { EnvHttpProxyAgent, fetch, ProxyAgent, WebSocket } from "undici";
import type { Sandbox } from "../../sandbox/sandbox";
import { startSandbox } from "../../sandbox/sandbox";
import type { Visitor } from "./visitor";
import { createVisitor } from "./visitor";

describe("sandbox: network", () => {
  let sandbox: Sandbox;
  let visitor: Visitor;

  before(async () => {
    sandbox = await startSandbox();
    visitor = createVisitor(sandbox);
  });

  after(async () => {
    await visitor.close();
    await sandbox.close();
  });

  it("refuses hosts that are not played", async () => {
    const answer = await visitor.ask("https://example.com/secret?x=1");
    assert.deepEqual([answer.status, answer.text], [502, "not played: example.com"]);
    const last = sandbox.requests().at(-1);
    assert.deepEqual([last?.host, last?.path, last?.note], ["example.com", "/secret", "not played"]);
  });

  it("refuses plain HTTP, even to hosts that are played", async () => {
    const { hostname, port } = new URL(sandbox.proxyUrl);
    const request = httpRequest({ hostname, port, path: "http://github.com/login", headers: { host: "github.com" } });
    request.end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    assert.deepEqual([response.statusCode, await text(response)], [502, "not played: github.com"]);
  });

  it("records unknown paths of hosts that are played", async () => {
    assert.equal((await visitor.ask("https://api.github.com/nothing")).status, 404);
    assert.equal(sandbox.requests().at(-1)?.note, "unknown path");
  });

  it("refuses WebSockets with an ordinary status", async () => {
    const ca = readFileSync(sandbox.caFile, "utf8");
    const dispatcher = new ProxyAgent({ uri: sandbox.proxyUrl, requestTls: { ca } });
    const socket = new WebSocket("wss://chatgpt.com/backend-api/codex/responses", { dispatcher });
    await new Promise((resolve) => socket.addEventListener("error", resolve, { once: true }));
    assert.equal(sandbox.requests().at(-1)?.status, 426);
    await dispatcher.destroy();
  });

  it("is reached through the environment it names", async () => {
    assert.deepEqual(Object.keys(sandbox.env).sort(), [
      "HTTPS_PROXY",
      "NODE_EXTRA_CA_CERTS",
      "NODE_USE_ENV_PROXY",
      "NO_PROXY",
      "SSL_CERT_FILE",
      "https_proxy",
      "no_proxy",
    ]);
    const ca = readFileSync(sandbox.env["SSL_CERT_FILE"] ?? "", "utf8");
    const { HTTPS_PROXY: httpsProxy, NO_PROXY: noProxy } = sandbox.env;
    const dispatcher = new EnvHttpProxyAgent({ httpsProxy, noProxy, requestTls: { ca } });
    const response = await fetch("https://github.com/login/device", { dispatcher });
    assert.equal(response.status, 200);
    await response.text();
    const control = await fetch(`${sandbox.controlUrl}/requests`, { dispatcher });
    assert.ok(Array.isArray(await control.json()), "loopback is not proxied");
    await dispatcher.close();
  });

  it("listens on loopback only", async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address && !address.internal && address.family === "IPv4");
    if (!outside) {
      return;
    }
    for (const url of [sandbox.proxyUrl, sandbox.controlUrl]) {
      const socket = connect(Number(new URL(url).port), outside.address);
      const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
      assert.equal(error.code, "ECONNREFUSED");
    }
  });

  it("streams in pieces", async () => {
    const ca = readFileSync(sandbox.caFile, "utf8");
    const dispatcher = new ProxyAgent({ uri: sandbox.proxyUrl, requestTls: { ca } });
    const response = await fetch("https://api.anthropic.com/v1/messages", {
      method: "POST",
      dispatcher,
      headers: {
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        "x-api-key": sandbox.createApiKey("anthropic"),
      },
      body: JSON.stringify({
        model: "claude-sonnet-4-5",
        max_tokens: 10,
        stream: true,
        messages: [{ role: "user", content: "x".repeat(200) }],
      }),
    });
    let count = 0;
    for await (const _chunk of response.body ?? []) {
      count += 1;
    }
    assert.ok(count > 3, `${count} pieces`);
    await dispatcher.close();
  });
});
