import assert from "node:assert/strict";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { timedFetch } from "../../../src/common/http";

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
});
