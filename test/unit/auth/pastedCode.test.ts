import assert from "node:assert/strict";
import { parsePastedCode as parse } from "../../../src/auth/pastedCode";

describe("a pasted code", () => {
  const state = "st-4_te";
  const parsePastedCode = (pasted: string, path: string) => parse(pasted, { state, redirectUri: `http://localhost:53692${path}` });

  for (const [what, pasted, path = "/callback"] of [
    ["the whole address", `http://localhost:53692/callback?code=c0-d_e&state=${state}`],
    ["the address with other parameters", `https://console.anthropic.com/oauth/code/callback?x=1&state=${state}&code=c0-d_e`, "/oauth/code/callback"],
    ["the address without its scheme", `localhost:53692/callback?code=c0-d_e&state=${state}#`],
    ["the address without its scheme and host", `/callback?code=c0-d_e&state=${state}`],
    ["the address in quotes, at the end of a sentence", `“http://localhost:53692/callback?code=c0-d_e&state=${state}”.`],
    ["the address between angle brackets", `<http://localhost:53692/callback?code=c0-d_e&state=${state}>`],
    ["what Anthropic's page shows", `c0-d_e#${state}`],
    ["parameters", `code=c0-d_e&state=${state}`],
    ["parameters with a question mark", `?code=c0-d_e&state=${state}`],
    ["a bare code", "c0-d_e"],
    ["white space around and a line break within", `  \n c0-\nd_e#${state} \t`],
  ] as const) {
    it(`is understood as ${what}`, () => {
      const parameters = parsePastedCode(pasted, path);
      assert.equal(parameters.get("code"), "c0-d_e");
      assert.equal(parameters.get("state"), state);
    });
  }

  for (const pasted of ["c0-d_e#another", "code=c0-d_e&state=another", "http://localhost:1/callback?code=c0-d_e&state=another"]) {
    it(`of another sign-in is refused: ${pasted}`, () => {
      assert.throws(() => parsePastedCode(pasted, "/callback"), { code: "state_mismatch" });
    });
  }

  for (const pasted of ["", "   ", "http://localhost:53692/callback", "https://example.com/?state=st-4_te", "#st-4_te", "http://[", "I have no code", "https://claude.ai/oauth/authorize?code=true&state=st-4_te", "claude.ai/oauth/authorize?code=true&state=st-4_te", "/oauth/authorize?code=true&state=st-4_te"]) {
    it(`that is none is refused: “${pasted}”`, () => {
      assert.throws(() => parsePastedCode(pasted, "/callback"), { code: "code_missing" });
    });
  }

  it("that is a denial keeps the vendor's reason", () => {
    const parameters = parsePastedCode(`http://localhost:1455/auth/callback?error=access_denied&state=${state}`, "/auth/callback");
    assert.equal(parameters.get("error"), "access_denied");
  });
});
