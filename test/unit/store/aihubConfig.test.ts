import assert from "node:assert/strict";
import { chmod, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCli } from "../../support/cli";
import { signIn } from "../../support/signIn";
import { useSandbox } from "../../support/useSandbox";

describe("with AIHUB_CONFIG, the folder of a project", () => {
  const scene = useSandbox();
  let project: string;

  before(async () => {
    project = join(scene.home.path, "x", "project");
    await mkdir(project, { recursive: true });
    await writeFile(join(project, "aihub.json"), '{"agents": []}');
    await chmod(project, 0o755);
    scene.env = { ...scene.env, AIHUB_CONFIG: join(project, "aihub.json") };
    const { code, stderr } = await signIn(scene, "anthropic");
    assert.equal(code, 0, stderr);
  });

  const mode = async (...path: string[]) => ((await stat(join(project, ...path))).mode & 0o777).toString(8);

  it("stays as open as it was, and only what holds secrets in it is for its owner alone", async () => {
    assert.equal(await mode(), "755");
    assert.equal(await mode("credentials"), "700");
    assert.equal(await mode("agent"), "700");
    assert.equal(await mode("credentials", "oauth.json"), "600");
    assert.equal(await mode("agent", "auth-profiles.json"), "600");
    assert.deepEqual(await readdir(scene.home.path), ["x"], "something stands outside of the project");
  });

  it("narrows its credentials again when they were opened, and says so", async () => {
    await chmod(join(project, "credentials"), 0o755);
    const { code, stderr } = await runCli(["auth", "logout", "anthropic", "--yes"], scene.env);
    assert.equal(code, 0);
    assert.match(stderr, /project\/credentials could be read by others; its permissions are now for you alone/);
    assert.equal(await mode("credentials"), "700");
    assert.equal(await mode(), "755");
  });
});
