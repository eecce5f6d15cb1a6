import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { aborted } from "../../../src/common/aborted";
import type { LoginOptions } from "../../../src/auth/login";
import type { Action, LoginEnvironment, LoginUi } from "../../../src/auth/loginUi";
import type { Page } from "../../support/person";
import { isFree } from "../../support/ports";
import { signInsUnderWay, storedCredentials, storedIndex } from "../../support/storedCredential";
import { moveHome, useSandbox } from "../../support/useSandbox";
import { consentingUi, signInWith, useVendorsInProcess } from "./inProcess";

type Step = keyof Pick<LoginUi, "choose" | "externalUri" | "openBrowser" | "ask" | "showDeviceCode" | "progress">;

describe("a sign-in ends", () => {
  const scene = useSandbox();
  useVendorsInProcess(scene);
  beforeEach(() => moveHome(scene));
  afterEach(() => scene.sandbox.clearFaults());

  const never = () => new Promise<never>(() => {});
  const overSsh = (): Promise<LoginEnvironment> => Promise.resolve({ uiKind: "terminal", remoteName: "ssh" });
  /** Nobody consents, nobody pastes. */
  const idle = (): LoginUi => ({ ...consentingUi(scene), openBrowser: () => Promise.resolve(), showDeviceCode: (_code, signal) => aborted(signal) });

  const signIn = (provider: string, ui: LoginUi, options?: Partial<LoginOptions>) => signInWith(scene, provider, ui, options);

  const nothingLeft = async () => {
    await assert.rejects(storedCredentials(scene.home.aihub), { code: "ENOENT" });
    assert.deepEqual((await storedIndex(scene.home.aihub)).profiles ?? {}, {});
    assert.deepEqual(await signInsUnderWay(scene.home.aihub), []);
    const files = await readdir(scene.home.aihub, { recursive: true }).catch(() => []);
    assert.deepEqual(files.filter((name) => name.includes(".lock")), []);
    for (const port of [53692, 1455, 1457]) assert.ok(await isFree(port), `port ${port} is still open`);
  };

  const ways = [
    { name: "in the browser at anthropic", provider: "anthropic", flow: "loopback", token: "/v1/oauth/token", steps: ["choose", "externalUri", "openBrowser", "ask", "progress"] },
    { name: "in the browser at openai-codex", provider: "openai-codex", flow: "loopback", token: "/oauth/token", steps: ["externalUri", "openBrowser", "ask", "progress"] },
    { name: "with a pasted code at anthropic", provider: "anthropic", flow: "paste", token: "/v1/oauth/token", steps: ["choose", "openBrowser", "ask", "progress"] },
    { name: "with a pasted address at openai-codex", provider: "openai-codex", flow: "paste", token: "/oauth/token", steps: ["openBrowser", "ask", "progress"] },
    { name: "with a device code at openai-codex", provider: "openai-codex", flow: "device", token: "/oauth/token", steps: ["showDeviceCode", "progress"] },
    { name: "with a device code at github-copilot", provider: "github-copilot", flow: "device", token: "/copilot_internal/v2/token", steps: ["showDeviceCode", "progress"] },
  ] as const;

  for (const { name, provider, flow, token, steps } of ways) {
    describe(name, () => {
      for (const step of steps) {
        it(`when it is cancelled at “${step}”`, async () => {
          const cancel = new AbortController();
          const ui = cancellingAt(step, idle(), cancel);
          await assert.rejects(signIn(provider, ui, { flow, signal: cancel.signal }), { code: "cancelled" });
          await nothingLeft();
        });
      }

      it("when it is cancelled while the vendor takes its time with the tokens", async () => {
        scene.sandbox.addFault({ kind: "latency", ms: 10_000, path: token });
        const cancel = new AbortController();
        const asked = scene.sandbox.requests().length;
        const { ui, page } = consentingIn(flow);
        const outcome = assert.rejects(signIn(provider, ui, { flow, signal: cancel.signal }), { code: "cancelled" });
        await until(() => scene.sandbox.requests().slice(asked).some(({ path }) => path === token));
        cancel.abort();
        await outcome;
        if (page) assert.match((await page).text, /Not signed in.*Cancelled/s);
        await nothingLeft();
      });

      it("when the time is over", async () => {
        const code = flow === "device" ? "device_code_expired" : "login_timed_out";
        await assert.rejects(signIn(provider, idle(), { flow, timeLimit: 200 }), { code });
        await nothingLeft();
      });

      it("well, when the vendor takes its time", async () => {
        scene.sandbox.addFault({ kind: "latency", ms: 500, path: token });
        const profile = await signIn(provider, consentingIn(flow).ui, { flow });
        assert.equal(profile.status, "connected");
      });
    });
  }

  it("well, when it is the vendor's time that goes beyond the limit", async () => {
    scene.sandbox.addFault({ kind: "latency", ms: 8_500, path: "/v1/oauth/token" });
    const profile = await signIn("anthropic", consentingUi(scene), { timeLimit: 8_000 });
    assert.equal(profile.status, "connected");
  });

  it("when the time is over, also after unused memory was collected", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const ui: LoginUi = {
      ...idle(),
      ask(_question, signal) {
        // By now, it is waited for: what nobody holds is gone after this.
        setTimeout(collect, 20);
        setTimeout(collect, 60);
        return aborted(signal);
      },
    };
    await assert.rejects(signIn("anthropic", ui, { timeLimit: 1_000 }), { code: "login_timed_out" });
    await nothingLeft();
  });

  it("when the time is over and the editor never said under which address it is reached", async () => {
    await assert.rejects(signIn("anthropic", { ...idle(), externalUri: never }, { timeLimit: 200 }), { code: "login_timed_out" });
    await nothingLeft();
  });

  it("when the time is over and the browser never opened", async () => {
    for (const flow of ["loopback", "paste"] as const) {
      await assert.rejects(signIn("anthropic", { ...idle(), openBrowser: never }, { flow, timeLimit: 200 }), { code: "login_timed_out" });
    }
    await nothingLeft();
  });

  it("when the vendor ends a device code before the time is over", async () => {
    for (const provider of ["openai-codex", "github-copilot"]) {
      const ui: LoginUi = { ...idle(), showDeviceCode: (_code, signal) => (scene.sandbox.expireCodes(), aborted(signal)) };
      await assert.rejects(signIn(provider, ui, { flow: "device" }), { code: "device_code_expired" });
    }
    await nothingLeft();
  });

  describe("when the box to paste into was closed", () => {
    it("as cancelled, where there is nothing else to wait for", async () => {
      await assert.rejects(signIn("anthropic", { ...idle(), environment: overSsh, ask: () => Promise.resolve(undefined) }), { code: "cancelled" });
      await nothingLeft();
    });

    it("with the browser all the same", async () => {
      const consenting = consentingUi(scene);
      let url = "";
      const profile = await signIn("anthropic", {
        ...consenting,
        openBrowser: (address) => Promise.resolve(void (url = address)),
        ask: () => Promise.resolve(undefined),
        // The person closes the box first and consents afterwards.
        progress: (_message, actions = []) => void (actions.length > 0 && consenting.openBrowser(url)),
      });
      assert.equal(profile.label, "ada@example.com");
    });

    it("with a pasted code, in a box that was opened again", async () => {
      let address = "";
      let asked = 0;
      let pasteACode: Action | undefined;
      const profile = await signIn("anthropic", {
        ...idle(),
        openBrowser: async (url) => void (address = await scene.person.consentWithoutRedirect(url)),
        ask() {
          if (++asked > 1) return Promise.resolve(address);
          // Once the closed box is noticed; the action is offered right after it was opened.
          setTimeout(() => pasteACode?.run());
          return Promise.resolve(undefined);
        },
        progress: (_message, actions = []) => void (pasteACode ??= actions.find(({ label }) => label === "Paste a code")),
      });
      assert.deepEqual([profile.label, asked], ["ada@example.com", 2]);
    });
  });

  /** A person who cancels when a step is reached; what the step waits for never comes. */
  function cancellingAt(step: Step, ui: LoginUi, cancel: AbortController): LoginUi {
    const waits: Pick<LoginUi, Step> = {
      choose: (_choice, signal) => aborted(signal),
      externalUri: never,
      openBrowser: never,
      ask: (_question, signal) => aborted(signal),
      showDeviceCode: (_code, signal) => aborted(signal),
      progress: () => {},
    };
    const cancelling = (...given: unknown[]) => {
      cancel.abort();
      return (waits[step] as (...same: unknown[]) => unknown)(...given);
    };
    return { ...ui, [step]: cancelling };
  }

  /** A person who consents, and brings the code where the flow wants that; `page` is what a redirected browser shows. */
  function consentingIn(flow: "loopback" | "paste" | "device"): { ui: LoginUi; page?: Promise<Page> } {
    const consenting = consentingUi(scene);
    if (flow === "device") return { ui: consenting };
    if (flow === "loopback") {
      let show!: (page: Promise<Page>) => void;
      const page = new Promise<Page>((resolve) => (show = resolve));
      return { ui: { ...consenting, openBrowser: (url) => Promise.resolve(show(scene.person.consent(url))) }, page };
    }
    let address = "";
    const openBrowser = async (url: string) => void (address = await scene.person.consentWithoutRedirect(url));
    return { ui: { ...consenting, openBrowser, ask: () => Promise.resolve(address) } };
  }
});

/** Waits for what the vendors see. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
