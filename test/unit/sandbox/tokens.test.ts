import assert from "node:assert/strict";
import type { Sandbox } from "../../sandbox/sandbox";
import { startSandbox } from "../../sandbox/sandbox";
import type { Visitor } from "./visitor";
import { createVisitor, memberAt, tokensOf } from "./visitor";

const oauthVendors = ["anthropic", "openai"] as const;

function claimsOf(jwt: unknown): unknown {
  return JSON.parse(Buffer.from(String(jwt).split(".")[1] ?? "", "base64url").toString());
}

describe("sandbox: token endpoints", () => {
  let sandbox: Sandbox;
  let visitor: Visitor;

  beforeEach(async () => {
    sandbox = await startSandbox();
    visitor = createVisitor(sandbox);
  });

  afterEach(async () => {
    await visitor.close();
    await sandbox.close();
  });

  async function freshCode(vendor: "anthropic" | "openai", changes: Record<string, string> = {}): Promise<string> {
    return (await visitor.consent(vendor, changes)).searchParams.get("code") ?? "";
  }

  /** Whether an access token is alive, by a request that needs nothing but the token. */
  async function isAlive(vendor: "anthropic" | "openai", token: string): Promise<boolean> {
    const headers = { authorization: `Bearer ${token}` };
    const answer =
      vendor === "anthropic"
        ? await visitor.ask("https://api.anthropic.com/api/oauth/profile", { headers })
        : await visitor.postJson(
            "https://chatgpt.com/backend-api/codex/responses",
            {},
            { ...headers, "chatgpt-account-id": String(memberAt(claimsOf(token), ["https://api.openai.com/auth", "chatgpt_account_id"])) },
          );
    return answer.status !== 401;
  }

  for (const vendor of oauthVendors) {
    it(`${vendor} refuses a wrong PKCE verifier and burns the code`, async () => {
      const code = await freshCode(vendor);
      const wrong = await visitor.exchange(vendor, code, { code_verifier: "x".repeat(43) });
      assert.deepEqual([wrong.status, wrong.at("error")], [400, "invalid_grant"]);
      assert.equal((await visitor.exchange(vendor, code)).at("error"), "invalid_grant");
    });

    it(`${vendor} revokes what a code gave when the code comes back`, async () => {
      const code = await freshCode(vendor);
      const { access, refresh } = tokensOf(await visitor.exchange(vendor, code));
      assert.equal(await isAlive(vendor, access), true);
      assert.equal((await visitor.exchange(vendor, code)).at("error"), "invalid_grant");
      assert.equal(await isAlive(vendor, access), false);
      assert.equal((await visitor.refresh(vendor, refresh)).at("error"), "invalid_grant");
    });

    it(`${vendor} refuses an expired code`, async () => {
      const code = await freshCode(vendor);
      sandbox.expireCodes(vendor);
      assert.equal((await visitor.exchange(vendor, code)).at("error"), "invalid_grant");
    });

    it(`${vendor} refuses an unknown client and an unknown grant type`, async () => {
      assert.equal((await visitor.exchange(vendor, "x", { client_id: "somebody" })).at("error"), "invalid_client");
      assert.equal((await visitor.exchange(vendor, "x", { grant_type: "password" })).at("error"), "unsupported_grant_type");
    });

    it(`${vendor} rotates refresh tokens`, async () => {
      const first = await visitor.signIn(vendor);
      const second = tokensOf(await visitor.refresh(vendor, first.refresh));
      assert.notEqual(second.refresh, first.refresh);
      assert.notEqual(second.access, first.access);
      tokensOf(await visitor.refresh(vendor, second.refresh));
      assert.equal(sandbox.reuseDetected(), 0);
    });

    it(`${vendor} ends the whole sign-in when a used refresh token comes back`, async () => {
      const first = await visitor.signIn(vendor);
      const other = await visitor.signIn(vendor);
      const second = tokensOf(await visitor.refresh(vendor, first.refresh));
      const reuse = await visitor.refresh(vendor, first.refresh);
      if (vendor === "openai") {
        assert.deepEqual([reuse.status, reuse.at("error", "code")], [401, "refresh_token_reused"]);
      } else {
        assert.deepEqual([reuse.status, reuse.at("error")], [400, "invalid_grant"]);
      }
      assert.equal(sandbox.reuseDetected(), 1);
      assert.equal(await isAlive(vendor, second.access), false);
      assert.equal((await visitor.refresh(vendor, second.refresh)).at("error"), "invalid_grant");
      assert.equal(await isAlive(vendor, other.access), true, "another sign-in of the account lives on");
    });

    it(`${vendor} expires access tokens on demand and by lifetime, and revokes accounts`, async () => {
      const first = await visitor.signIn(vendor);
      sandbox.expireAccessTokens(vendor);
      assert.equal(await isAlive(vendor, first.access), false);
      sandbox.setTokenLifetime(vendor, 0);
      const answer = await visitor.refresh(vendor, first.refresh);
      assert.equal(answer.at("expires_in"), 0);
      assert.equal(await isAlive(vendor, tokensOf(answer).access), false);
      sandbox.revokeAccount(vendor, vendor === "anthropic" ? "ada@example.com" : "grace@example.com");
      assert.equal((await visitor.refresh(vendor, tokensOf(answer).refresh)).at("error"), "invalid_grant");
    });
  }

  it("anthropic answers with the account, and with it the profile", async () => {
    const answer = await visitor.exchange("anthropic", await freshCode("anthropic"));
    assert.equal(answer.at("token_type"), "Bearer");
    assert.equal(answer.at("expires_in"), 28_800);
    assert.equal(answer.at("account", "email_address"), "ada@example.com");
    assert.match(String(answer.at("access_token")), /^sk-ant-oat01-/);
    assert.match(String(answer.at("refresh_token")), /^sk-ant-ort01-/);
    const headers = { authorization: `Bearer ${tokensOf(answer).access}` };
    const profile = await visitor.ask("https://api.anthropic.com/api/oauth/profile", { headers });
    assert.equal(profile.at("account", "uuid"), answer.at("account", "uuid"));
    assert.equal(profile.at("organization", "uuid"), answer.at("organization", "uuid"));
  });

  it("anthropic wants JSON, the state, and the redirect of the authorization request", async () => {
    const form = await visitor.postForm("https://platform.claude.com/v1/oauth/token", { grant_type: "refresh_token" });
    assert.deepEqual([form.status, form.at("error")], [400, "invalid_request"]);
    const noState = await visitor.exchange("anthropic", await freshCode("anthropic"), { state: "" });
    assert.equal(noState.at("error"), "invalid_request");
    const otherState = await visitor.exchange("anthropic", await freshCode("anthropic"), { state: "other" });
    assert.equal(otherState.at("error"), "invalid_grant");
    const otherRedirect = { redirect_uri: "http://localhost:53693/callback" };
    const redirected = await visitor.exchange("anthropic", await freshCode("anthropic"), otherRedirect);
    assert.equal(redirected.at("error"), "invalid_grant");
  });

  it("openai wants a form, and one of two ports at the token call", async () => {
    const json = await visitor.postJson("https://auth.openai.com/oauth/token", { grant_type: "refresh_token" });
    assert.deepEqual([json.status, json.at("error")], [400, "invalid_request"]);
    const other = { redirect_uri: "http://localhost:1456/auth/callback" };
    assert.equal((await visitor.exchange("openai", await freshCode("openai", other), other)).status, 403);
    const second = { redirect_uri: "http://localhost:1457/auth/callback" };
    assert.equal((await visitor.exchange("openai", await freshCode("openai", second), second)).status, 200);
    const mixed = await visitor.exchange("openai", await freshCode("openai"), second);
    assert.deepEqual([mixed.status, mixed.at("error")], [400, "invalid_grant"]);
  });

  it("openai's tokens carry the claims that clients read", async () => {
    const answer = await visitor.exchange("openai", await freshCode("openai"));
    const access = claimsOf(answer.at("access_token"));
    const id = claimsOf(answer.at("id_token"));
    const account = memberAt(access, ["https://api.openai.com/auth", "chatgpt_account_id"]);
    assert.ok(account);
    assert.equal(memberAt(access, ["https://api.openai.com/profile", "email"]), "grace@example.com");
    assert.equal(memberAt(id, ["https://api.openai.com/auth", "chatgpt_account_id"]), account);
    assert.equal(memberAt(id, ["iss"]), "https://auth.openai.com");
    assert.deepEqual(memberAt(id, ["aud"]), ["app_EMoamEEZ73f0CkXaXp7hrann"]);
    assert.equal(memberAt(id, ["email"]), "grace@example.com");
    assert.match(String(answer.at("refresh_token")), /^rt_/);
  });

  it("openai revokes a sign-in", async () => {
    const { access, refresh } = await visitor.signIn("openai");
    const url = "https://auth.openai.com/oauth/revoke";
    const body = { token: refresh, token_type_hint: "refresh_token" };
    assert.equal((await visitor.postJson(url, body)).status, 400);
    assert.equal(await isAlive("openai", access), true);
    assert.equal((await visitor.postJson(url, { ...body, client_id: "app_EMoamEEZ73f0CkXaXp7hrann" })).status, 200);
    assert.equal(await isAlive("openai", access), false);
    assert.equal((await visitor.refresh("openai", refresh)).at("error"), "invalid_grant");
  });

  it("records whose token it was, and keeps every secret known but out of the records", async () => {
    for (const vendor of oauthVendors) {
      const tokens = await visitor.signIn(vendor);
      await visitor.refresh(vendor, tokens.refresh);
      assert.ok(sandbox.secrets().includes(tokens.access) && sandbox.secrets().includes(tokens.refresh));
    }
    const summary = sandbox.requests().map(({ vendor, path, grantType, account, status }) => [vendor, path, grantType, account, status]);
    assert.deepEqual(summary, [
      ["anthropic", "/oauth/authorize", undefined, "ada@example.com", 302],
      ["anthropic", "/v1/oauth/token", "authorization_code", "ada@example.com", 200],
      ["anthropic", "/v1/oauth/token", "refresh_token", "ada@example.com", 200],
      ["openai", "/oauth/authorize", undefined, "grace@example.com", 302],
      ["openai", "/oauth/token", "authorization_code", "grace@example.com", 200],
      ["openai", "/oauth/token", "refresh_token", "grace@example.com", 200],
    ]);
    const records = JSON.stringify(sandbox.requests());
    assert.ok(sandbox.secrets().length >= 13);
    assert.deepEqual(sandbox.secrets().filter((secret) => records.includes(secret)), []);
  });
});
