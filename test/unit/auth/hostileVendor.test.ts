import assert from "node:assert/strict";
import type { DeviceCode } from "../../../src/auth/loginUi";
import { listProfiles } from "../../../src/auth/profiles";
import { createFileCredentialStore } from "../../../src/store/fileCredentialStore";
import { runCli } from "../../support/cli";
import { moveHome, useSandbox } from "../../support/useSandbox";
import { consentingUi, signInWith, useVendorsInProcess } from "./inProcess";

const escape = "\x1b";

/** Anybody's host can be named as an enterprise's. */
describe("a vendor that is not to be trusted", () => {
  const scene = useSandbox();
  useVendorsInProcess(scene);
  beforeEach(() => moveHome(scene));

  describe("has nothing shown or opened", () => {
    const page = "https://example.ghe.com/login/device";
    const code = "ABCD-1234";

    /** What the person is shown of a device code whose vendor answers so. */
    async function shownOf(provider: string, path: string, body: Record<string, unknown>, domain?: string): Promise<DeviceCode[]> {
      const shown: DeviceCode[] = [];
      scene.sandbox.addFault({ kind: "answer", path, body });
      const ui = { ...consentingUi(scene), showDeviceCode: (device: DeviceCode) => Promise.resolve(void shown.push(device)) };
      await assert.rejects(signInWith(scene, provider, ui, { flow: "device", domain }), { code: "malformed_answer" });
      return shown;
    }

    for (const [what, verification_uri, user_code] of [
      ["a file for its page", "file:///home/ada/Downloads/evil.desktop", code],
      ["a page that is not encrypted", "http://example.ghe.com/login/device", code],
      ["a program for its page", "vscode://evil.evil/run", code],
      ["a page in words of a shell", `${page}$(touch$IFS/tmp/x)`, code],
      ["a page with another host's name before its own", "https://github.com@evil.example/login/device", code],
      ["a page that writes to the terminal", `${page}${escape}]0;x`, code],
      ["a page that is a link of a notification", `${page}[x](command:evil)`, code],
      ["no address for its page", "https://:", code],
      ["a code that writes to the terminal", page, `${escape}[2J${escape}]8;;https://evil.example${escape}\\AB`],
      ["a code that is a link of a notification", page, "[AB](command:evil)"],
      ["a code of several lines", page, "AB\nCD"],
      ["a code without an end", page, "A".repeat(41)],
      ["no code", page, ""],
    ] as const) {
      it(`that gives ${what}`, async () => {
        const body = { device_code: "d", user_code, verification_uri, expires_in: 900, interval: 1 };
        assert.deepEqual(await shownOf("github-copilot", "/login/device/code", body, "example.ghe.com"), []);
      });
    }

    it("that gives a code that writes to the terminal, in a protocol of its own", async () => {
      const body = { device_auth_id: "d", user_code: `${escape}[2J`, interval: "1" };
      assert.deepEqual(await shownOf("openai-codex", "/api/accounts/deviceauth/usercode", body), []);
    });
  });

  it("gives its accounts names that neither write to the terminal nor are links", async () => {
    const name = (who: string) => `${who}${escape}]0;title\x07\u202e [Click here](command:evil)`;
    for (const uuid of ["1", "2"]) {
      scene.sandbox.alterNextTokenReply("anthropic", { account: { uuid: "a", email_address: name("ada") }, organization: { uuid, name: name("Ada's") } });
      const { label } = await signInWith(scene, "anthropic", consentingUi(scene));
      const shown = (who: string) => `${who} 0;title Click here (command:evil)`;
      assert.equal(label, uuid === "1" ? shown("ada") : `${shown("ada")} (${shown("Ada's")})`);
    }
  });

  it("gives them no such names by way of a file either, which an older version may have written", async () => {
    await createFileCredentialStore(scene.home.aihub).update(({ credentials }) => {
      credentials["anthropic:default"] = { type: "oauth", access: "a", refresh: "r", expires: 0, email: `ada${escape}[2J [x](command:evil)` };
    });
    const [profile] = listProfiles(await createFileCredentialStore(scene.home.aihub).read());
    assert.equal(profile?.label, "ada 2J x (command:evil)");
    const { stdout } = await runCli(["auth", "status"], scene.env);
    assert.ok(!stdout.includes(escape) && !stdout.includes("]("), stdout);
  });
});
