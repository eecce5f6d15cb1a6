import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { after, before } from "mocha";
import { secretPlaces } from "../../../src/agent/guard/secretPlaces";
import { namesSecret } from "../../../src/agent/guard/shellGuard";
import { createTemporaryHome, type TemporaryHome } from "../../support/temporaryHome";

export interface GuardedHome {
  home: TemporaryHome;
  /** `~/work` */
  cwd: string;
  /** @param folder where the command runs, below the home */
  refuses(command: string, folder?: string): boolean;
}

/** A person's home with sign-ins in it, and an agent's workspace, for the tests of one `describe`. */
export function useGuardedHome(): GuardedHome {
  const personsHome = process.env.HOME;
  const guarded = {} as GuardedHome;
  before(async () => {
    const home = await createTemporaryHome();
    process.env.HOME = home.path;
    assert.equal(homedir(), home.path);
    const env = { AIHUB_HOME: home.aihub, HOME: home.path };
    Object.assign(guarded, {
      home,
      cwd: join(home.path, "work"),
      refuses: (command: string, folder = "work") => namesSecret(command, { places: secretPlaces(home.aihub, {}), cwd: join(home.path, folder), env }),
    });
    const files = [".aihub/credentials/oauth.json", ".aihub/agent/auth-profiles.json", ".aihub/auth.json", ".codex/auth.json", ".claude/.credentials.json", ".pi/agent/auth.json"];
    for (const file of [...files, "work/oauth.json", "work/src/auth.json", "work/.claude/settings.json", ".aihub/agents/pilot/notes.md", ".claude/CLAUDE.md"]) {
      mkdirSync(dirname(join(home.path, file)), { recursive: true });
      writeFileSync(join(home.path, file), "{}");
    }
  });
  after(async () => {
    process.env.HOME = personsHome;
    await guarded.home.remove();
  });
  return guarded;
}

/** For the name of a test. */
export const inOneLine = (command: string) => command.replaceAll("\n", "⏎").slice(0, 100);
