import assert from "node:assert/strict";
import { arrival } from "../../support/arrival";
import { startCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { expireStored, storedCredentials } from "../../support/storedCredential";
import { useSandbox } from "../../support/useSandbox";

describe("a command that is asked to end in the midst of a renewal", () => {
  const scene = useSandbox();
  before(() => signIn(scene, "anthropic"));

  for (const [signal, expected] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    it(`by ${signal} stores the new tokens first`, async () => {
      await expireStored(scene.home.aihub, "anthropic");
      const old = (await storedCredentials(scene.home.aihub)).anthropic!;
      scene.sandbox.addFault({ host: "platform.claude.com", kind: "latency", ms: 1000 });
      const before = scene.sandbox.requests().length;
      const run = startCli(["auth", "token", "anthropic"], scene.env);
      await arrival(scene.sandbox, "/v1/oauth/token", before);
      run.child.kill(signal);
      const { code, stdout } = await run.result;
      assert.deepEqual([code, stdout], [expected, ""]);
      const now = (await storedCredentials(scene.home.aihub)).anthropic!;
      assert.ok(now.refresh !== old.refresh && now.access !== old.access, "the new tokens are lost");
    });
  }
});
