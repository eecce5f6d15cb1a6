import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { dirname, join } from "node:path";
import { placeAgents } from "../../support/agentsFile";
import { cli, runCli, startProgram } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { useSandbox } from "../../support/useSandbox";

describe("aihub with nothing but the bundle", () => {
  const scene = useSandbox();
  let copy: string;
  const agents = [
    { id: "pilot", model: { provider: "anthropic", model: "claude-sonnet-4-5" } },
    { id: "coder", model: { provider: "openai-codex", model: "gpt-5.4" } },
    { id: "helper", model: { provider: "github-copilot", model: "gpt-4o" } },
  ];

  before(async () => {
    // No folder above it has packages.
    copy = join(scene.home.path, "bundle");
    await cp(dirname(cli), copy, { recursive: true });
    await placeAgents(scene.home, agents.map((agent) => ({ ...agent, auth: { mode: "oauth" } })));
    for (const { model } of agents) await signIn(scene, model.provider);
  });

  for (const { id, model } of agents) {
    it(`sends to ${model.provider} and gives the same answer`, async () => {
      for (const message of ["Hello there", "please tool:echo from-the-tool"]) {
        const args = ["send", "-a", id, "-m", message];
        const alone = startProgram(process.execPath, [join(copy, "cli.mjs"), ...args], scene.env, { cwd: scene.home.path });
        const answer = await alone.result;
        assert.deepEqual([answer.code, answer.stderr], [0, ""]);
        assert.match(answer.stdout, /You said: Hello there|The tool said: from-the-tool/);
        assert.deepEqual(answer, await runCli(args, scene.env));
      }
    });
  }
});
