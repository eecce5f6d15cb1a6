import assert from "node:assert/strict";
import { connect, createServer, type AddressInfo } from "node:net";
import { aborted } from "../../../src/common/aborted";
import type { LoginOptions } from "../../../src/auth/login";
import type { Action, LoginUi, Question } from "../../../src/auth/loginUi";
import type { Profile } from "../../../src/auth/profiles";
import { moveHome, useSandbox } from "../../support/useSandbox";
import { consentingUi, signInWith, useVendorsInProcess } from "./inProcess";

describe("a sign-in comes to its end in spite of", () => {
  const scene = useSandbox();
  useVendorsInProcess(scene);
  beforeEach(() => moveHome(scene));
  afterEach(() => scene.sandbox.clearFaults());

  const never = () => new Promise<never>(() => {});
  const signIn = (provider: string, behaviour: Partial<LoginUi>, options: Partial<LoginOptions> = {}): Promise<Profile> =>
    signInWith(scene, provider, { ...consentingUi(scene), ...behaviour }, options);
  const redirectUriOf = (url: string) => new URL(new URL(url).searchParams.get("redirect_uri")!);

  /** A person in whose browser no page of this machine loads; what they have is its address. */
  const addressBar = () => {
    let address = "";
    return { openBrowser: async (url: string) => void (address = await scene.person.consentWithoutRedirect(url)), address: () => address };
  };

  it("an editor that cannot make an address for the browser", async () => {
    const bar = addressBar();
    const profile = await signIn("anthropic", { externalUri: () => Promise.reject(new Error("no tunnel")), openBrowser: bar.openBrowser, ask: () => Promise.resolve(bar.address()) });
    assert.equal(profile.label, "ada@example.com");
  });

  it("an editor that never makes the link for the page", async () => {
    assert.equal((await signIn("anthropic", { returnLink: never })).label, "ada@example.com");
  });

  it("an editor that does not say where the person is, when they cancel", async () => {
    const cancel = new AbortController();
    const environment = () => (cancel.abort(), never());
    await assert.rejects(signIn("anthropic", { environment }, { signal: cancel.signal }), { code: "cancelled" });
  });

  it("a tunnel that gives the redirect another port", async () => {
    let arrivals = 0;
    let ourPort = 0;
    const tunnel = createServer((socket) => {
      arrivals++;
      socket.on("error", () => {}).pipe(connect(ourPort, "127.0.0.1").on("error", () => {})).pipe(socket);
    });
    await new Promise<void>((listening) => tunnel.listen(0, "localhost", listening));
    const { port } = tunnel.address() as AddressInfo;
    const consenting = consentingUi(scene);
    let redirectedTo = "";
    const profile = await signIn("anthropic", {
      externalUri: (uri) => Promise.resolve(((ourPort = Number(new URL(uri).port)), uri.replace(`:${ourPort}`, `:${port}`))),
      openBrowser: (url) => ((redirectedTo = redirectUriOf(url).port), consenting.openBrowser(url)),
    });
    tunnel.close();
    assert.deepEqual([profile.label, redirectedTo, arrivals > 0], ["ada@example.com", String(port), true]);
  });

  it("OpenAI's first port being taken where the browser runs", async () => {
    const consenting = consentingUi(scene);
    let redirectedTo = "";
    const profile = await signIn("openai-codex", {
      externalUri: (uri) => Promise.resolve(uri.replace(":1455", ":40123")),
      openBrowser: (url) => ((redirectedTo = redirectUriOf(url).port), consenting.openBrowser(url)),
    });
    assert.deepEqual([profile.label, redirectedTo], ["grace@example.com", "1457"]);
  });

  it("both being taken there, which is told", async () => {
    const told: string[] = [];
    await signIn("openai-codex", { externalUri: (uri) => Promise.resolve(uri.replace(/:\d+/, ":40123")), inform: (message) => told.push(message) });
    assert.match(told.join(), /^The ports 1455, 1457 that OpenAI needs are in use.* Going on with a device code\.$/);
  });

  it("an editor in the browser that knows of no tunnel, when the person does", async () => {
    const inBrowser: Partial<LoginUi> = {
      environment: () => Promise.resolve({ uiKind: "web", editorHost: "code.example.com" }),
      externalUri: (uri) => Promise.resolve(`https://code.example.com/proxy/${new URL(uri).port}/auth/callback`),
      showDeviceCode: () => assert.fail("the browser was preferred"),
    };
    assert.equal((await signIn("openai-codex", inBrowser, { preferredFlow: "loopback" })).label, "grace@example.com");
  });

  describe("what was pasted:", () => {
    for (const [what, wrong, problem] of [
      ["the address of the consent page", (url: string) => url, /no code in what was pasted.*after “Authorize”/],
      ["a stray word", () => "hello", /did not accept the code.*Authorize once more/],
    ] as const) {
      it(`${what}`, async () => {
        const bar = addressBar();
        const asked: Question[] = [];
        let consentPage = "";
        const profile = await signIn("anthropic", {
          openBrowser: (url) => ((consentPage = url), bar.openBrowser(url)),
          ask: (question) => Promise.resolve((asked.push(question), asked.length === 1 ? wrong(consentPage) : bar.address())),
        });
        assert.deepEqual([profile.label, asked.length], ["ada@example.com", 2]);
        assert.match(asked[1]!.problem ?? "", problem);
        assert.equal(asked[1]!.value, wrong(consentPage));
      });
    }

    it("a stray word, which the vendor refuses in words of its own", async () => {
      const bar = addressBar();
      const asked: Question[] = [];
      scene.sandbox.addFault({ path: "/v1/oauth/token", kind: "status", status: 400 });
      const ask = (question: Question) => Promise.resolve((asked.push(question), asked.length === 1 ? "hello" : bar.address()));
      assert.equal((await signIn("anthropic", { openBrowser: bar.openBrowser, ask })).label, "ada@example.com");
      assert.match(asked[1]?.problem ?? "", /did not accept the code/);
    });

    it("a code that was used, while the browser comes back all the same", async () => {
      const used = new URL(await usedAddress()).searchParams.get("code")!;
      const consenting = consentingUi(scene);
      let url = "";
      let asked = 0;
      const profile = await signIn("anthropic", {
        openBrowser: (address) => Promise.resolve(void (url = address)),
        ask(question, signal) {
          if (++asked === 1) return Promise.resolve(used);
          void consenting.openBrowser(url);
          return consenting.ask(question, signal);
        },
      });
      assert.deepEqual([profile.label, asked], ["ada@example.com", 2]);
    });

    /** The address that another sign-in has come to, whose code the vendor took already. */
    async function usedAddress(): Promise<string> {
      const bar = addressBar();
      await signIn("anthropic", { openBrowser: bar.openBrowser, ask: () => Promise.resolve(bar.address()) });
      return bar.address();
    }
  });

  it("a closed box where nothing else is waited for, when it can be opened again", async () => {
    const bar = addressBar();
    let asked = 0;
    let pasteACode: Action | undefined;
    const profile = await signIn("anthropic", {
      showsActions: true,
      openBrowser: bar.openBrowser,
      ask() {
        if (++asked > 1) return Promise.resolve(bar.address());
        setTimeout(() => pasteACode?.run());
        return Promise.resolve(undefined);
      },
      progress: (_message, actions = []) => void (pasteACode ??= actions.find(({ label }) => label === "Paste a code")),
    }, { flow: "paste" });
    assert.deepEqual([profile.label, asked], ["ada@example.com", 2]);
  });

  it("another way being chosen when the vendor has granted the code", async () => {
    let leave: Action | undefined;
    const offered: number[] = [];
    const consenting = consentingUi(scene);
    const profile = await signIn("openai-codex", {
      showDeviceCode: (code, signal) => ((leave = code.anotherWay), consenting.showDeviceCode(code, signal)),
      progress(message, actions = []) {
        if (!message.startsWith("Signing in")) return;
        offered.push(actions.length);
        leave?.run();
      },
    }, { preferredFlow: "device" });
    assert.deepEqual([profile.label, offered], ["grace@example.com", [0]]);
  });

  it("a vendor that asks to poll less often, and a connection that is gone for a moment", async () => {
    const path = "/api/accounts/deviceauth/token";
    scene.sandbox.addFault({ kind: "drop", path, times: 2 });
    const said: string[] = [];
    const profile = await signIn("openai-codex", { progress: (message) => said.push(message) }, { flow: "device" });
    assert.equal(profile.label, "grace@example.com");
    assert.deepEqual(said.map((message) => message.split(" ").slice(0, 2).join(" ")), ["Waiting for", "No connection", "Waiting for", "Signing in"]);
  });

  describe("nobody there to answer", () => {
    for (const [what, provider, behaviour, options] of [
      ["the notice", "anthropic", { choose: (_choice: unknown, signal: AbortSignal) => aborted(signal) }, {}],
      ["the question for the domain", "github-copilot", {
        showDeviceCode: (code: { anotherWay?: Action }, signal: AbortSignal) => (code.anotherWay?.run(), aborted(signal)),
        ask: (_question: Question, signal: AbortSignal) => aborted(signal),
      }, {}],
    ] as const) {
      it(`${what}: the time is over, and that is said`, async () => {
        await assert.rejects(signIn(provider, behaviour, { ...options, timeLimit: 300 }), { code: "login_timed_out" });
      });
    }
  });

  it("a vendor that does not let the account in, with words for that", async () => {
    scene.sandbox.addFault({ kind: "status", status: 403, host: "auth.openai.com", path: "/oauth/token" });
    await assert.rejects(signIn("openai-codex", {}), { code: "sign_in_not_allowed" });
  });
});
