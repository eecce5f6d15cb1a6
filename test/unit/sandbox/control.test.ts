import assert from "node:assert/strict";
import type { Sandbox } from "../../sandbox/sandbox";
import { startSandbox } from "../../sandbox/sandbox";
import type { Visitor } from "./visitor";
import { createVisitor, memberAt } from "./visitor";

describe("sandbox: controls over HTTP", () => {
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

  async function get(path: string): Promise<unknown> {
    return (await fetch(`${sandbox.controlUrl}${path}`)).json();
  }

  async function post(path: string, body: unknown): Promise<Response> {
    return fetch(`${sandbox.controlUrl}${path}`, { method: "POST", body: JSON.stringify(body) });
  }

  it("do what the sandbox itself offers", async () => {
    await post("/persons", { vendor: "anthropic", account: { email: "mary@example.com" } });
    const { access, refresh } = await visitor.signIn("anthropic");
    assert.equal(memberAt(await get("/requests"), ["1", "account"]), "mary@example.com");
    assert.deepEqual(await get("/secrets"), sandbox.secrets());

    await post("/faults", { kind: "status", vendor: "anthropic", status: 503 });
    assert.equal((await visitor.refresh("anthropic", refresh)).status, 503);
    await post("/lifetime", { vendor: "anthropic", seconds: 60 });
    assert.equal((await visitor.refresh("anthropic", refresh)).at("expires_in"), 60);
    await visitor.refresh("anthropic", refresh);
    assert.equal(await get("/reuse-detected"), 1);

    await post("/expire", {});
    const headers = { authorization: `Bearer ${access}` };
    assert.equal((await visitor.ask("https://api.anthropic.com/api/oauth/profile", { headers })).status, 401);
  });

  it("revoke accounts, pace devices, expire codes, script answers and make keys", async () => {
    const { refresh } = await visitor.signIn("openai");
    await post("/revoke", { vendor: "openai", account: "grace@example.com" });
    assert.equal((await visitor.refresh("openai", refresh)).at("error"), "invalid_grant");

    await post("/device-interval", { vendor: "github", seconds: 0 });
    const device = await visitor.startGithubDevice();
    await post("/expire-codes", { vendor: "github" });
    assert.equal((await visitor.pollGithub(device.deviceCode)).at("error"), "expired_token");

    await post("/script", { vendor: "openai", text: "Scripted." });
    const key: unknown = await (await post("/api-keys", { vendor: "openai" })).json();
    const body = { model: "gpt-5", stream: true, input: [{ role: "user", content: "hi" }] };
    const headers = { authorization: `Bearer ${String(key)}` };
    assert.match((await visitor.postJson("https://api.openai.com/v1/responses", body, headers)).text, /"text":"Scripted\."/);
  });

  it("say what is wrong with a request", async () => {
    assert.equal((await post("/nothing", {})).status, 404);
    const answer = await post("/faults", { kind: "strange" });
    assert.equal(answer.status, 400);
    assert.equal((await post("/persons", { vendor: "github", account: { email: "a@example.com" } })).status, 400);
  });
});
