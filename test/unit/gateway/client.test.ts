import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { WebSocketServer } from "ws";
import { createPauses } from "../../../src/common/backoff";
import type { AIHubError } from "../../../src/common/errors";
import { silentLogger } from "../../../src/common/logger";
import { gatewayAddress } from "../../../src/gateway/address";
import { createGatewayClient, type GatewayClient, type GatewayState } from "../../../src/gateway/client";
import type { Endpoint } from "../../../src/gateway/connection";
import type { RunEvent } from "../../../src/gateway/protocol";
import { sendMessage } from "../../../src/gateway/sendMessage";
import { endGateways, freePort, startGateway } from "../../support/gateway";
import { signIn } from "../../support/signIn";
import { useSandbox } from "../../support/useSandbox";
import { until } from "../../support/until";

describe("the gateway", function () {
  this.timeout(120_000);
  const scene = useSandbox();
  const clients: GatewayClient[] = [];
  let port = 0;

  before(async () => {
    port = await freePort();
    const agents = [{ id: "pilot", model: { provider: "anthropic", model: "claude-sonnet-4-5" } }];
    await mkdir(scene.home.aihub, { mode: 0o700 });
    await writeFile(join(scene.home.aihub, "aihub.json"), JSON.stringify({ agents, gateway: { port } }));
    await signIn(scene, "anthropic");
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.dispose();
    await endGateways();
    scene.sandbox.clearFaults();
  });

  const follow = (token?: string) => followAt(async () => ({ url: (await gatewayAddress(scene.home.aihub))!.url, token }));
  const followAt = (locate: () => Promise<Endpoint>) => {
    const client = createGatewayClient(locate, silentLogger);
    clients.push(client);
    return client;
  };
  const stateOf = (client: GatewayClient, agent = "pilot") => client.state()?.agents.get(agent);
  const requestsIn = (log: string) => [...log.matchAll(/--> (\S+ \S+)/g)].map(([, request]) => request);

  it("is found by the config, tells who is idle and who works, and is asked nothing more", async () => {
    const gateway = await startGateway(scene.env);
    const client = follow();
    const states: (string | undefined)[] = [];
    client.onDidChange(() => states.push(stateOf(client)));
    await until("the connection", () => client.state() !== undefined);
    assert.equal(client.state()?.url, gateway.url);
    for (let turn = 0; turn < 3; turn++) await gateway.run("pilot", "Hi");
    await until("the last state", () => states.length === 7);
    assert.deepEqual(states, ["idle", ...Array.from({ length: 3 }, () => ["streaming", "idle"]).flat()]);
    const asked = requestsIn(gateway.output()).filter((request) => !request?.startsWith("POST"));
    assert.deepEqual(asked, ["GET /api/capabilities", "WS /ws", "GET /api/agents/status"]);
  });

  it("that works already says so from the first moment", async () => {
    const gateway = await startGateway(scene.env);
    scene.sandbox.addFault({ host: "api.anthropic.com", kind: "latency", ms: 60_000 });
    const answer = gateway.run("pilot", "Hi");
    await until("the run", () => requestsIn(gateway.output()).length === 1);
    const client = follow();
    await until("the connection", () => client.state() !== undefined);
    assert.equal(stateOf(client), "streaming");
    scene.sandbox.clearFaults();
    await answer;
    await until("its end", () => stateOf(client) === "idle");
  });

  it("is found again when it comes back, and when it comes late", async () => {
    const client = follow();
    for (let round = 0; round < 2; round++) {
      assert.equal(client.state(), undefined);
      const gateway = await startGateway(scene.env);
      await until("the connection", () => client.state() !== undefined);
      await gateway.kill();
      await until("that it is gone", () => client.state() === undefined);
    }
  });

  it("that accepts and then closes is asked less and less often", async () => {
    const server = createServer((request, response) => {
      const answer = request.url === "/api/capabilities" ? { version: 2, extensions: {}, agents: ["pilot"] } : { statuses: { pilot: "idle" } };
      response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
    });
    const sockets = new WebSocketServer({ server, path: "/ws" });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const [seen, counted] = [[] as number[], createPauses(1, 60_000)];
    const next = () => {
      const pause = counted.next();
      seen.push(pause);
      return pause;
    };
    const client = createGatewayClient(() => Promise.resolve({ url }), silentLogger, { ...counted, next });
    clients.push(client);
    let answered = 0;
    client.onDidChange(() => {
      if (!client.state()) return;
      answered++;
      sockets.clients.forEach((socket) => socket.close());
    });
    await until("many pauses", () => seen.length === 8);
    client.dispose();
    server.close();
    server.closeAllConnections();
    assert.ok(answered >= 8);
    assert.deepEqual(seen, [...seen].sort((one, other) => one - other));
    assert.ok(seen[7]! >= 64, seen.join());
  });

  it("that asks for a token gets it only when there is one", async () => {
    const gateway = await startGateway({ ...scene.env, GATEWAY_BEARER: "fake-token-of-a-person" });
    await assert.rejects(sendMessage({ url: gateway.url }, { agentId: "pilot", text: "Hi" }, () => {}, new AbortController().signal), { code: "gateway_refused" });
    const client = follow("fake-token-of-a-person");
    await until("the connection", () => client.state() !== undefined);
  });

  it("is known to whoever waits for the first answer, and nobody waits for one that is not there", async () => {
    assert.equal(await follow().ready(), undefined);
    const early = follow();
    const gateway = await startGateway(scene.env);
    // On a busy machine the answer may take longer than anybody waits.
    for (const client of [() => early, follow]) {
      let state: GatewayState | undefined;
      await until("the answer", async () => (state = await client().ready()) !== undefined);
      assert.deepEqual([state?.url, state?.agents.get("pilot")], [gateway.url, "idle"]);
    }
  });

  it("is asked once more when its config was changed, and knows the agents that came and went", async () => {
    const file = join(scene.home.aihub, "aihub.json");
    const before = await readFile(file, "utf8");
    const gateway = await startGateway(scene.env);
    const client = follow();
    await until("the connection", () => client.state() !== undefined);
    await writeFile(file, before.replace('"pilot"', '"scout"'));
    client.retry();
    client.retry();
    await until("the other agent", () => client.state()?.agents.has("scout") === true);
    assert.deepEqual([...client.state()!.agents.keys()], ["scout"]);
    assert.deepEqual(requestsIn(gateway.output()), ["GET /api/capabilities", "WS /ws", "GET /api/agents/status", "GET /api/capabilities", "GET /api/agents/status"]);
    await writeFile(file, before);
  });

  it("is left for the one at another address when that is set, and for none when nobody is there", async () => {
    const [first, otherHome] = [await startGateway(scene.env), join(scene.home.path, "other")];
    await mkdir(otherHome, { mode: 0o700 });
    await writeFile(join(otherHome, "aihub.json"), JSON.stringify({ agents: [{ id: "other", model: { model: "anthropic/m" } }], gateway: { port: await freePort() } }));
    const second = await startGateway({ ...scene.env, AIHUB_HOME: otherHome });
    let url = first.url;
    const client = followAt(() => Promise.resolve({ url }));
    await until("the first one", () => client.state()?.url === first.url);
    url = second.url;
    client.retry();
    await until("the other one", () => client.state()?.url === second.url);
    assert.deepEqual([...client.state()!.agents.keys()], ["other"]);
    url = `http://127.0.0.1:${await freePort()}`;
    client.retry();
    await until("that nobody is there", () => client.state() === undefined && client.fault()?.code === "gateway_missing");
  });

  it("that refuses a token says so until there is the right one", async () => {
    await startGateway({ ...scene.env, GATEWAY_BEARER: "fake-token-of-a-person" });
    let token = "fake-token-of-nobody";
    const client = followAt(async () => ({ url: (await gatewayAddress(scene.home.aihub))!.url, token }));
    let told = 0;
    client.onDidChange(() => told++);
    await until("what is said", () => told > 0);
    assert.deepEqual([client.state(), client.fault()?.code], [undefined, "gateway_refused"]);
    token = "fake-token-of-a-person";
    client.retry();
    await until("the connection", () => client.state() !== undefined);
    assert.equal(client.fault(), undefined);
    token = "fake-token-of-nobody";
    client.retry();
    await until("the refusal", () => client.fault()?.code === "gateway_refused");
    assert.equal(client.state(), undefined);
  });

  it("is not taken for another server on its port", async () => {
    const server = createServer((_request, response) => response.end("<h1>Another program</h1>"));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const heard: string[] = [];
    const client = createGatewayClient(() => Promise.resolve({ url }), { ...silentLogger, debug: (message) => heard.push(message) });
    clients.push(client);
    await until("what is said", () => heard.length > 0);
    assert.match(heard[0] ?? "", /is not the aihub gateway/);
    assert.equal(client.state(), undefined);
    server.close();
    server.closeAllConnections();
  });

  it("streams the answer to a message as it comes", async () => {
    const gateway = await startGateway(scene.env);
    const events: RunEvent[] = [];
    await sendMessage({ url: gateway.url }, { agentId: "pilot", text: "How are you?" }, (event) => events.push(event), new AbortController().signal);
    const texts = events.flatMap((event) => (event.type === "text" ? [event.data] : []));
    assert.equal(texts.join(""), "Hello from claude-sonnet-4-5, ada@example.com. You said: How are you?");
    assert.ok(texts.length > 1);
    assert.equal(events.at(-1)?.type, "done");
  });

  it("says why it could not run an agent", async () => {
    const gateway = await startGateway(scene.env);
    const send = (agentId: string) => sendMessage({ url: gateway.url }, { agentId, text: "Hi" }, () => {}, new AbortController().signal);
    await assert.rejects(send("nobody"), /could not run the agent nobody: Agent not found/);
    await gateway.kill();
    await assert.rejects(send("pilot"), { code: "gateway_missing" });
  });

  it("ends a run that is aborted", async () => {
    const gateway = await startGateway(scene.env);
    const client = follow();
    await until("the connection", () => client.state() !== undefined);
    scene.sandbox.addFault({ host: "api.anthropic.com", kind: "latency", ms: 20_000 });
    const abort = new AbortController();
    const run = sendMessage({ url: gateway.url }, { agentId: "pilot", text: "Hi" }, () => {}, abort.signal);
    await until("the run", () => stateOf(client) === "streaming");
    abort.abort();
    await assert.rejects(run, { code: "cancelled" });
    await until("its end", () => stateOf(client) === "idle");
  });

  describe("is where", () => {
    for (const [what, config, setting, wanted] of [
      ["its defaults say", {}, undefined, "http://127.0.0.1:4000 http://127.0.0.1:3000"],
      ["the config says", { gateway: { host: "127.0.0.2", port: 4100 }, ui: { port: 3100 } }, undefined, "http://127.0.0.2:4100 http://127.0.0.1:3100"],
      ["it can be reached when it listens everywhere", { gateway: { bind: "lan" } }, undefined, "http://127.0.0.1:4000 http://127.0.0.1:3000"],
      ["an IPv6 address says", { gateway: { host: "::1" } }, undefined, "http://[::1]:4000 http://127.0.0.1:3000"],
      ["the config says, whatever else cannot be used in it", { gateway: { port: 5000, bind: "all", host: 7 }, ui: { port: "3001" } }, undefined, "http://127.0.0.1:5000 http://127.0.0.1:3000"],
      ["the config says beside a section of the wrong type", { gateway: { port: 5000 }, ui: null }, undefined, "http://127.0.0.1:5000 http://127.0.0.1:3000"],
      ["its defaults say for what is empty or out of range", { gateway: { host: "", port: 70000 }, ui: { port: 3000.5 } }, undefined, "http://127.0.0.1:4000 http://127.0.0.1:3000"],
      ["its defaults say for a host that is none", { gateway: { host: "http://hub", port: 5000 } }, undefined, "http://127.0.0.1:5000 http://127.0.0.1:3000"],
      ["the setting says, with its page on the same machine", { ui: { port: 3100 } }, "http://10.0.0.5:4000", "http://10.0.0.5:4000 http://10.0.0.5:3100"],
      ["the setting says for another port of this machine", { ui: { port: 3100 } }, "http://localhost:4100", "http://localhost:4100 http://127.0.0.1:3100"],
      ["the setting says", { gateway: { port: 4100 }, ui: { enabled: false } }, "https://hub.example/base/", "https://hub.example/base undefined"],
    ] as const) {
      it(what, async () => {
        const home = join(scene.home.path, "where");
        await mkdir(home, { recursive: true });
        await writeFile(join(home, "aihub.json"), JSON.stringify(config));
        const address = await gatewayAddress(home, setting);
        assert.equal(`${address?.url} ${address?.pageUrl}`, wanted);
      });
    }

    it("the setting says, its page too, without a config", async () => {
      const address = await gatewayAddress(join(scene.home.path, "nowhere"), "https://hub.example");
      assert.deepEqual(address, { url: "https://hub.example", pageUrl: "https://hub.example:3000" });
    });

    it("nobody knows without a config and a setting", async () => {
      assert.equal(await gatewayAddress(join(scene.home.path, "nowhere")), undefined);
    });

    for (const [setting, said] of [
      ["localhost", "localhost"],
      ["http://127.0.0.1:99999", "http://127.0.0.1:99999"],
      ["http://127.0.0.1:4000/#/agents", "http://127.0.0.1:4000/#…"],
      ["http://127.0.0.1:4000/?token=a-secret-of-a-person", "http://127.0.0.1:4000/?…"],
      ["http://ada:a-secret-of-a-person@127.0.0.1:4000", "http://…@127.0.0.1:4000"],
    ] as const) {
      it(`nobody knows by “${said}”, and that is said without its secrets`, async () => {
        await assert.rejects(gatewayAddress(scene.home.aihub, setting), (error: AIHubError) => {
          assert.deepEqual([error.code, error.message.includes(`“${said}”`)], ["gateway_url_invalid", true], error.message);
          return true;
        });
      });
    }
  });
});
