import assert from "node:assert/strict";
import { redact } from "../../../src/common/redact";

describe("redact", () => {
  const made = (prefix: string) => `${prefix}${"x".repeat(24)}`;

  for (const secret of [
    made("sk-ant-oat01-"),
    made("sk-ant-api03-"),
    made("sk-proj-"),
    made("ghu_"),
    made("rt_"),
    `eyJ${"a".repeat(20)}.eyJ${"b".repeat(20)}.${"c".repeat(20)}`,
    `tid=${"1".repeat(12)};exp=1;proxy-ep=proxy.individual.githubcopilot.com`,
  ]) {
    it(`hides ${secret.slice(0, 9)}…`, () => {
      assert.doesNotMatch(redact(`before ${secret} after`), /x{8}|a{8}|1{8}/);
      assert.match(redact(`before ${secret} after`), /^before … after$/);
    });
  }

  it("hides the parameters of a redirect and keeps the address readable", () => {
    assert.equal(redact("GET http://localhost:1455/auth/callback?code=abc123&state=def456"), "GET http://localhost:1455/auth/callback?code=…&state=…");
  });

  it("hides members of a JSON body", () => {
    assert.equal(redact('{"refresh_token": "abc", "expires_in": 3600}'), '{"refresh_token": "…", "expires_in": 3600}');
  });

  it("leaves plain words alone", () => {
    const words = "Renewing anthropic:default. The code was not accepted; status 400.";
    assert.equal(redact(words), words);
  });
});
