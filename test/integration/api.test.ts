import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { AIHubApi, LoginStep } from "../../src/vscode/api";
import { extensionId } from "./scene";

describe("a sign-in that another extension leads a person through", () => {
  const extension = () => vscode.extensions.getExtension<AIHubApi>(extensionId)!;
  let token: vscode.CancellationTokenSource;

  beforeEach(() => (token = new vscode.CancellationTokenSource()));
  afterEach(() => token.dispose());

  const start = async (provider: string) => {
    const api = await extension().activate();
    const { loginId, step } = await api.startLogin({ extension: extension(), provider, token: token.token });
    const complete = (more: { answer?: string; anotherWay?: boolean } = {}) => api.completeLogin({ loginId, ...more });
    return { step, complete };
  };
  const redirectOf = (step: LoginStep) => (step.kind === "browser" ? new URL(new URL(step.url).searchParams.get("redirect_uri") ?? "").host : step.kind);

  it("goes the other way that a step offers, also while the step is waited for", async () => {
    const { step, complete } = await start("github-copilot");
    assert.ok(step.kind === "device" && step.verificationUri === "https://github.com/login/device");
    assert.equal(step.anotherWay, "Having trouble? Try another way: on an enterprise's own domain");
    const waiting = complete();
    const question = await complete({ anotherWay: true });
    assert.deepEqual(question, await waiting);
    assert.equal(question.kind, "question");
    const device = await complete({ answer: "example.ghe.com" });
    assert.equal(device.kind === "device" && device.verificationUri, "https://example.ghe.com/login/device");
    token.cancel();
    await assert.rejects(complete(), { code: "cancelled" });
  });

  it("goes from a page in the browser to one that shows a code", async () => {
    const { step, complete } = await start("anthropic");
    assert.match(redirectOf(step), /^localhost:/);
    assert.ok(step.kind === "browser" && step.anotherWay?.endsWith("with a code to paste"));
    assert.equal(redirectOf(await complete({ anotherWay: true })), "console.anthropic.com");
    token.cancel();
    await assert.rejects(complete(), { code: "cancelled" });
  });
});
