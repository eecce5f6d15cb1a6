import assert from "node:assert/strict";
import type { Sandbox } from "../../sandbox/sandbox";
import { startSandbox } from "../../sandbox/sandbox";
import type { Visitor } from "./visitor";
import { createVisitor } from "./visitor";

describe("sandbox: device flows", () => {
  let sandbox: Sandbox;
  let visitor: Visitor;

  beforeEach(async () => {
    sandbox = await startSandbox();
    visitor = createVisitor(sandbox);
    // Polls follow each other at once here, except where pacing is the subject.
    sandbox.setDeviceInterval("github", 0);
  });

  afterEach(async () => {
    await visitor.close();
    await sandbox.close();
  });

  describe("GitHub", () => {
    const devicePage = "https://github.com/login/device";

    it("answers JSON only when asked for it", async () => {
      const fields = { client_id: "Iv1.b507a08c87ecfe98", scope: "read:user" };
      const form = await visitor.postForm("https://github.com/login/device/code", fields);
      assert.match(form.header("content-type") ?? "", /^application\/x-www-form-urlencoded/);
      assert.match(new URLSearchParams(form.text).get("user_code") ?? "", /^[A-Z0-9]{4}-[A-Z0-9]{4}$/);
      const json = await visitor.postForm("https://github.com/login/device/code", fields, { accept: "application/json" });
      assert.equal(json.at("verification_uri"), devicePage);
      assert.equal(json.at("expires_in"), 900);
      const unknown = await visitor.postForm("https://github.com/login/device/code", { ...fields, client_id: "x" });
      assert.equal(unknown.status, 404);
    });

    it("goes from pending through the person's page to a token, once", async () => {
      const { deviceCode, userCode } = await visitor.startGithubDevice();
      const pending = await visitor.pollGithub(deviceCode);
      assert.deepEqual([pending.status, pending.at("error")], [200, "authorization_pending"]);

      assert.match((await visitor.ask(devicePage)).text, /<input id="user_code"/);
      const consent = await visitor.postForm(devicePage, { user_code: userCode.toLowerCase().replace("-", "") });
      assert.match(consent.text, /linus-example[^]*<button id="authorize"/);
      await visitor.postForm(devicePage, { user_code: userCode, decision: "authorize" });

      const done = await visitor.pollGithub(deviceCode);
      assert.match(String(done.at("access_token")), /^ghu_/);
      assert.equal(done.at("scope"), "read:user");
      assert.equal((await visitor.pollGithub(deviceCode)).at("error"), "incorrect_device_code");
    });

    it("tells a wrong code on the page", async () => {
      const answer = await visitor.postForm(devicePage, { user_code: "AAAA-0000" });
      assert.equal(answer.status, 400);
      assert.match(answer.text, /role="alert"/);
    });

    it("slows down who polls too fast", async () => {
      sandbox.setDeviceInterval("github", 5);
      const { deviceCode } = await visitor.startGithubDevice();
      assert.equal((await visitor.pollGithub(deviceCode)).at("error"), "authorization_pending");
      const slow = await visitor.pollGithub(deviceCode);
      assert.deepEqual([slow.status, slow.at("error"), slow.at("interval")], [200, "slow_down", 10]);
    });

    it("reports denial, expiry and an unknown code", async () => {
      const denied = await visitor.startGithubDevice();
      await visitor.postForm(devicePage, { user_code: denied.userCode, decision: "deny" });
      assert.equal((await visitor.pollGithub(denied.deviceCode)).at("error"), "access_denied");

      const faulty = await visitor.startGithubDevice();
      sandbox.addFault({ kind: "denied", vendor: "github" });
      await visitor.postForm(devicePage, { user_code: faulty.userCode, decision: "authorize" });
      assert.equal((await visitor.pollGithub(faulty.deviceCode)).at("error"), "access_denied");

      const expired = await visitor.startGithubDevice();
      sandbox.expireCodes("github");
      assert.equal((await visitor.pollGithub(expired.deviceCode)).at("error"), "expired_token");
      const tooLate = await visitor.postForm(devicePage, { user_code: expired.userCode, decision: "authorize" });
      assert.equal(tooLate.status, 400);
      assert.equal((await visitor.pollGithub("nothing")).at("error"), "incorrect_device_code");
    });

    for (const [domain, plan] of [["github.com", "individual"], ["example.ghe.com", "enterprise"]] as const) {
      it(`gives the user and a Copilot token at ${domain}`, async () => {
        const token = await visitor.signInGithub(domain);
        const headers = { authorization: `Bearer ${token}` };
        const user = await visitor.ask(`https://api.${domain}/user`, { headers });
        assert.deepEqual([user.at("login"), user.at("email")], ["linus-example", null]);
        const copilot = await visitor.copilotToken(token, domain);
        assert.match(String(copilot.at("token")), new RegExp(`^tid=.*;exp=\\d+;.*proxy-ep=proxy\\.${plan}\\.githubcopilot\\.com;`));
        const elsewhere = domain === "github.com" ? "example.ghe.com" : "github.com";
        assert.equal((await visitor.copilotToken(token, elsewhere)).status, 401, "the token is this domain's only");
      });
    }

    it("gives no Copilot token for a bad token, without an editor, or without Copilot", async () => {
      assert.equal((await visitor.copilotToken("ghu_wrong")).at("message"), "Bad credentials");
      sandbox.signIn("github", { login: "no-copilot", copilot: false });
      const token = await visitor.signInGithub();
      assert.equal((await visitor.copilotToken(token)).status, 403);
      const headers = { authorization: `Bearer ${token}` };
      assert.equal((await visitor.ask("https://api.github.com/copilot_internal/v2/token", { headers })).status, 400);
    });
  });

  describe("OpenAI", () => {
    const api = "https://auth.openai.com/api/accounts/deviceauth";
    const devicePage = "https://auth.openai.com/codex/device";
    const client_id = "app_EMoamEEZ73f0CkXaXp7hrann";

    async function start() {
      const answer = await visitor.postJson(`${api}/usercode`, { client_id });
      assert.equal(typeof answer.at("interval"), "string");
      return { device_auth_id: String(answer.at("device_auth_id")), user_code: String(answer.at("user_code")) };
    }

    it("goes from pending through the person's page to a code that can be exchanged", async () => {
      const device = await start();
      assert.equal((await visitor.postJson(`${api}/token`, device)).status, 403);
      const consent = await visitor.postForm(devicePage, { user_code: device.user_code });
      assert.match(consent.text, /grace@example\.com/);
      await visitor.postForm(devicePage, { user_code: device.user_code, decision: "authorize" });

      const done = await visitor.postJson(`${api}/token`, device);
      assert.ok(done.at("code_challenge"));
      const tokens = await visitor.exchange("openai", String(done.at("authorization_code")), {
        code_verifier: String(done.at("code_verifier")),
        redirect_uri: "https://auth.openai.com/deviceauth/callback",
      });
      assert.equal(tokens.status, 200);
      assert.equal((await visitor.postJson(`${api}/token`, device)).status, 404, "once only");
    });

    it("ends polling on denial and expiry, and knows only its own codes", async () => {
      const denied = await start();
      await visitor.postForm(devicePage, { user_code: denied.user_code, decision: "deny" });
      assert.equal((await visitor.postJson(`${api}/token`, denied)).at("error", "code"), "access_denied");
      const expired = await start();
      sandbox.expireCodes("openai");
      assert.equal((await visitor.postJson(`${api}/token`, expired)).at("error", "code"), "deviceauth_expired");
      assert.equal((await visitor.postJson(`${api}/token`, { ...expired, user_code: "AAAA-0000" })).status, 404);
      assert.equal((await visitor.postJson(`${api}/usercode`, { client_id: "somebody" })).status, 400);
    });
  });
});
