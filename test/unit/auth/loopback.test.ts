import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request, type IncomingMessage } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { listenOnLoopback, type LoopbackListener } from "../../../src/auth/loopback";
import { bundleChild, startTalker } from "../../support/childProcess";
import { skipBecause } from "../../support/skipBecause";

describe("the loopback listener", () => {
  let listener: LoopbackListener;

  beforeEach(async () => {
    listener = (await listenOnLoopback("/callback", 0, "right"))!;
  });
  afterEach(() => listener.close());

  const get = async (path: string, options: { host?: string; method?: string; address?: string } = {}) => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const { host = "localhost", method = "GET", address = "127.0.0.1" } = options;
      request({ host: address, port: listener.port, path, method, headers: { host: `${host}:${listener.port}` } }, resolve).on("error", reject).end();
    });
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  };

  /** Sends what no HTTP client would, and gives the answer as it came. */
  const exchange = async (request: string) => {
    const socket = connect(listener.port, "127.0.0.1");
    socket.write(request);
    return text(socket);
  };

  const isPending = async () => (await Promise.race([listener.redirect, new Promise((resolve) => setImmediate(() => resolve("pending")))])) === "pending";

  it("turns guesses away and goes on waiting", async () => {
    assert.equal((await get("/callback?code=x&state=guess")).status, 400);
    assert.equal((await get("/callback?code=x")).status, 400);
    assert.equal((await get("/other?code=x&state=right")).status, 404);
    assert.equal((await get("/callback?code=x&state=right", { method: "POST" })).status, 405);
    assert.equal((await get("/callback?code=x&state=right", { host: "attacker.example" })).status, 421);
    assert.ok(await isPending());
  });

  // No browser sends these; whoever finds the port can.
  for (const target of ["//", "http://[", "http://attacker.example/callback?code=x&state=right", "callback?code=x&state=right", "*"]) {
    it(`turns away a request for “${target}” and goes on waiting`, async () => {
      assert.match(await exchange(`GET ${target} HTTP/1.1\r\nHost: localhost:${listener.port}\r\n\r\n`), /^HTTP\/1\.1 400 /);
      assert.ok(await isPending());
      const page = get("/callback?code=c0de&state=right");
      await listener.redirect;
      listener.answer({ title: "Signed in", text: "" });
      assert.equal((await page).status, 200);
    });
  }

  it("gives the redirect, and the browser the outcome when it is known", async () => {
    const page = get("/callback?code=c0de&state=right");
    assert.equal((await listener.redirect).get("code"), "c0de");
    listener.answer({ title: "Signed in <b>", text: "You can go back.", link: { uri: "vscode://a.b/c?d=1&e=2", label: "Back" } });
    const { status, body, headers } = await page;
    assert.equal(status, 200);
    assert.match(body, /Signed in &#60;b&#62;/);
    assert.match(body, /<a href="vscode:\/\/a\.b\/c\?d=1&#38;e=2">Back<\/a>/);
    assert.doesNotMatch(body, /c0de|right/);
    assert.match(String(headers["content-security-policy"]), /default-src 'none'/);
    assert.equal(headers["cache-control"], "no-store");
  });

  it("gives the outcome to a page that was loaded anew, before and after it is known", async () => {
    const pages = [get("/callback?code=c0de&state=right"), get("/callback?code=c0de&state=right")];
    await listener.redirect;
    await get("/callback?code=c0de&state=guess");
    listener.answer({ title: "Signed in", text: "" });
    pages.push(get("/callback?code=c0de&state=right"));
    for (const { status, body } of await Promise.all(pages)) {
      assert.equal(status, 200);
      assert.match(body, /Signed in/);
    }
  });

  it("answers on ::1 as well", async function () {
    const page = get("/callback?code=x&state=guess", { address: "::1" });
    const result = await page.catch((error: NodeJS.ErrnoException) => error.code);
    if (result === "EADDRNOTAVAIL" || result === "EAFNOSUPPORT") return this.skip();
    assert.equal((result as { status: number }).status, 400);
  });

  it("is not made on a port that is taken", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    const { port } = blocker.address() as AddressInfo;
    assert.equal(await listenOnLoopback("/callback", port, "s"), undefined);
    await new Promise((resolve) => blocker.close(resolve));
  });

  it("is not made on a port that the system keeps for itself", async function () {
    const folder = await mkdtemp(join(tmpdir(), "aihub-port-"));
    try {
      const child = startTalker([await bundleChild(join(__dirname, "listenAsNobody.ts"), folder), "80"], {});
      const { refusal, listens } = JSON.parse(await child.line()) as { refusal?: string; listens: boolean };
      await child.end();
      if (refusal !== "EACCES") skipBecause(this, `the system answers ${refusal ?? "nothing"} where it was to refuse a port`);
      assert.equal(listens, false);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("does not wait for a connection that a browser has opened to spare", async () => {
    const spare = connect(listener.port, "127.0.0.1");
    // Connections are taken in their order: this one is, when the next one has its answer.
    await get("/other");
    const setTimeout = globalThis.setTimeout;
    try {
      // A clock that stands still: nothing ends because its time is over.
      globalThis.setTimeout = Object.assign(() => setTimeout(() => {}).unref(), setTimeout);
      await listener.close();
    } finally {
      globalThis.setTimeout = setTimeout;
      spare.destroy();
    }
  });

  it("frees its port when closed, also while a page waits", async () => {
    const page = get("/callback?code=c&state=right").catch((error: NodeJS.ErrnoException) => error.code);
    await listener.redirect;
    await listener.close();
    assert.equal(await page, "ECONNRESET");
    const again = await listenOnLoopback("/callback", listener.port, "s");
    assert.equal(again?.port, listener.port);
    await again?.close();
  });
});
