import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { placeAgents } from "../../support/agentsFile";
import { ask, launchAgent } from "../../support/agentTerminal";
import { hasTerminals, runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { skipBecause } from "../../support/skipBecause";
import { useSandbox } from "../../support/useSandbox";

describe("a running agent that has no key for a while", () => {
  const scene = useSandbox();
  const model = { provider: "anthropic", model: "claude-sonnet-4-5" };
  const place = () =>
    placeAgents(scene.home, [
      { id: "oauth", model, auth: { mode: "oauth" } },
      { id: "key", model, auth: { mode: "api_key" } },
    ]);

  before(async function () {
    if (!hasTerminals()) skipBecause(this, "there is no util-linux script here, which opens a terminal");
    await place();
  });

  const modelRequests = () => scene.sandbox.requests().filter(({ path }) => path === "/v1/messages").length;

  it("answers again after the only account was signed out and in", async () => {
    await signIn(scene, "anthropic");
    const terminal = await launchAgent(scene, "oauth");
    await ask(terminal, "onex", /You said: onex/);
    assert.equal((await runCli(["auth", "logout", "anthropic", "--yes"], scene.env)).code, 0);
    const before = modelRequests();
    await ask(terminal, "twox", /Nobody is signed in to Anthropic/);
    await ask(terminal, "threex", /threex.*Nobody is signed in to Anthropic/s);
    assert.equal(modelRequests(), before);
    await signIn(scene, "anthropic");
    await ask(terminal, "fourx", /You said: fourx/);
  });

  it("answers again on its API key after its config could not be read", async () => {
    const terminal = await launchAgent(scene, "key", { ANTHROPIC_API_KEY: scene.sandbox.createApiKey("anthropic") });
    await ask(terminal, "onex", /You said: onex/);
    const file = await place();
    await writeFile(file, "{ broken");
    const before = modelRequests();
    await ask(terminal, "twox", /twox.*aihub\.json/s);
    assert.equal(modelRequests(), before);
    await place();
    await ask(terminal, "threex", /You said: threex/);
  });
});
