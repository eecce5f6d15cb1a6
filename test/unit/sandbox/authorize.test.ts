import assert from "node:assert/strict";
import type { Sandbox } from "../../sandbox/sandbox";
import { startSandbox } from "../../sandbox/sandbox";
import type { Visitor } from "./visitor";
import { createVisitor } from "./visitor";

describe("sandbox: authorization endpoints", () => {
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

  const invalid: [string, Record<string, string | undefined>][] = [
    ["an unknown client", { client_id: "somebody" }],
    ["another response type", { response_type: "token" }],
    ["a redirect to another host", { redirect_uri: "http://127.0.0.1:53692/callback" }],
    ["a redirect that only starts right", { redirect_uri: "http://localhost:1455.example.com/callback" }],
    ["a plain challenge", { code_challenge_method: "plain" }],
    ["no challenge", { code_challenge: undefined }],
    ["a short challenge", { code_challenge: "abc" }],
    ["no state", { state: undefined }],
    ["a scope too many", { scope: "openid user:profile everything" }],
    ["no scope", { scope: undefined }],
  ];

  for (const vendor of ["anthropic", "openai"] as const) {
    for (const [what, changes] of invalid) {
      it(`${vendor} refuses ${what} with a page, not a redirect`, async () => {
        const url = visitor.authorizeUrl(vendor, changes);
        for (const answer of [await visitor.ask(url), await visitor.postForm(url, { decision: "authorize" })]) {
          assert.equal(answer.status, 400);
          assert.match(answer.header("content-type") ?? "", /^text\/html/);
        }
      });
    }

    it(`${vendor} refuses a parameter that comes twice`, async () => {
      const answer = await visitor.ask(`${visitor.authorizeUrl(vendor)}&state=other`);
      assert.equal(answer.status, 400);
    });

    it(`${vendor} asks the account in the browser, with both buttons`, async () => {
      sandbox.signIn(vendor, { email: "mary@example.com" });
      const page = await visitor.ask(visitor.authorizeUrl(vendor));
      assert.equal(page.status, 200);
      assert.match(page.text, /mary@example\.com/);
      assert.match(page.text, /sandbox/);
      assert.match(page.text, /<form method="post">[^]*<button id="authorize"[^]*<button id="deny"/);
    });

    it(`${vendor} redirects with code and state`, async () => {
      const target = await visitor.consent(vendor);
      assert.ok(target.searchParams.get("code"));
      assert.equal(target.searchParams.get("state"), "some-state");
      assert.equal(target.searchParams.has("scope"), vendor === "openai");
    });

    it(`${vendor} redirects a denial with access_denied and state`, async () => {
      const target = await visitor.consent(vendor, {}, "deny");
      assert.equal(target.searchParams.get("error"), "access_denied");
      assert.equal(target.searchParams.get("state"), "some-state");
      assert.equal(target.searchParams.has("code"), false);
    });
  }

  it("anthropic wants code=true, openai its own parameters", async () => {
    assert.equal((await visitor.ask(visitor.authorizeUrl("anthropic", { code: undefined }))).status, 400);
    for (const name of ["id_token_add_organizations", "codex_cli_simplified_flow", "originator"]) {
      assert.equal((await visitor.ask(visitor.authorizeUrl("openai", { [name]: undefined }))).status, 400, name);
    }
  });

  it("anthropic's hosted redirect shows code#state to paste", async () => {
    for (const host of ["console.anthropic.com", "platform.claude.com"]) {
      const target = await visitor.consent("anthropic", { redirect_uri: `https://${host}/oauth/code/callback` });
      const page = await visitor.ask(target.href);
      const shown = /<code id="code">([^<]+)<\/code>/.exec(page.text)?.[1];
      assert.equal(shown, `${target.searchParams.get("code")}#some-state`);
    }
  });

  it("a fault denies whatever is clicked", async () => {
    sandbox.addFault({ kind: "denied", vendor: "openai" });
    assert.equal((await visitor.ask(visitor.authorizeUrl("openai"))).status, 200, "the page itself is shown");
    const target = await visitor.consent("openai");
    assert.equal(target.searchParams.get("error"), "access_denied");
    assert.ok((await visitor.consent("openai")).searchParams.get("code"), "once only");
  });
});
