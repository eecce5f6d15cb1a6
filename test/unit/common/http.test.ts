import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";
import { statusError, timedFetch } from "../../../src/common/http";

describe("a vendor's answer", () => {
  let server: Server;
  let answer: (response: ServerResponse) => void;
  let url: string;

  before(async () => {
    server = createServer((_request, response) => answer(response));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it("arrives as it is", async () => {
    answer = (response) => response.writeHead(418, { "x-kind": "teapot" }).end('{"a":1}');
    const response = await timedFetch()(url, {});
    assert.deepEqual([response.status, response.headers.get("x-kind"), await response.json()], [418, "teapot", { a: 1 }]);
  });

  it("that breaks off in its midst is none", async () => {
    answer = (response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write('{"access', () => response.destroy());
    };
    await assert.rejects(timedFetch()(url, {}), { code: "offline" });
  });

  it("that comes to a halt in its midst is none", async () => {
    answer = (response) => void response.writeHead(200, { "content-length": "100" }).write('{"access');
    await assert.rejects(timedFetch(undefined, 300)(url, {}), /no answer in time/);
  });

  it("that came while this process stood still beyond the limit is taken", async () => {
    const vendor = new Worker(
      `const { createServer } = require("node:http"); const { parentPort } = require("node:worker_threads");
      const server = createServer((_request, response) => { parentPort.postMessage(0); setTimeout(() => response.end("late"), 100); });
      server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`,
      { eval: true },
    );
    try {
      const [port] = (await once(vendor, "message")) as [number];
      const arrived = once(vendor, "message");
      const answered = timedFetch(undefined, 300)(`http://127.0.0.1:${port}/`, {});
      await arrived;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
      assert.equal(await (await answered).text(), "late");
    } finally {
      await vendor.terminate();
    }
  });

  it("that asks to wait for ages names a time all the same", async () => {
    answer = (response) => response.writeHead(429, { "retry-after": "1e300" }).end();
    const { details, message } = statusError("The vendor", await timedFetch()(url, {}));
    assert.ok(Number.isFinite(new Date(details.retryAt ?? 0).getTime()));
    assert.doesNotMatch(message, /Invalid/);
  });
});
