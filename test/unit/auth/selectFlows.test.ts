import assert from "node:assert/strict";
import type { FlowWish } from "../../../src/auth/flows/selectFlows";
import { flowName, selectFlows } from "../../../src/auth/flows/selectFlows";
import type { LoginEnvironment } from "../../../src/auth/loginUi";
import { providerById } from "../../../src/providers/registry";

describe("the ways to sign in that are offered", () => {
  const desktop: LoginEnvironment = { uiKind: "desktop" };
  const overSsh: LoginEnvironment = { uiKind: "desktop", remoteName: "ssh-remote" };
  const wsl: LoginEnvironment = { uiKind: "desktop", remoteName: "wsl" };
  const codespace: LoginEnvironment = { uiKind: "web", remoteName: "codespaces", editorHost: "name.github.dev" };
  const codeServer: LoginEnvironment = { uiKind: "web", remoteName: "code.example.com", editorHost: "code.example.com" };
  const webHere: LoginEnvironment = { uiKind: "web", remoteName: "127.0.0.1:8080", editorHost: "127.0.0.1" };
  const webByName: LoginEnvironment = { uiKind: "web", remoteName: "localhost:8080", editorHost: "localhost" };
  const webUnknown: LoginEnvironment = { uiKind: "web" };
  const terminal: LoginEnvironment = { uiKind: "terminal" };
  const sshTerminal: LoginEnvironment = { uiKind: "terminal", remoteName: "ssh" };

  const table: [where: string, environment: LoginEnvironment, provider: string, wish: FlowWish, flows: string][] = [
    ["a desktop", desktop, "anthropic", {}, "loopback paste"],
    ["a desktop", desktop, "openai-codex", {}, "loopback device paste"],
    ["a desktop", desktop, "github-copilot", {}, "device device@domain"],
    // The editor forwards the port; what address it gives is seen when it is asked.
    ["a desktop with a remote by SSH", overSsh, "anthropic", {}, "loopback paste"],
    ["a desktop with a remote by SSH", overSsh, "openai-codex", {}, "loopback device paste"],
    ["a desktop with WSL", wsl, "openai-codex", {}, "loopback device paste"],
    ["a codespace in the browser", codespace, "anthropic", {}, "paste"],
    ["a codespace in the browser", codespace, "openai-codex", {}, "device paste"],
    ["a codespace in the browser", codespace, "github-copilot", {}, "device device@domain"],
    ["code-server on another machine", codeServer, "anthropic", {}, "paste"],
    ["code-server on another machine", codeServer, "openai-codex", {}, "device paste"],
    ["an editor in the browser that knows no address", webUnknown, "anthropic", {}, "paste"],
    ["an editor in the browser on this machine", webHere, "anthropic", {}, "loopback paste"],
    ["an editor in the browser on this machine", webByName, "openai-codex", {}, "loopback device paste"],
    ["a terminal", terminal, "anthropic", {}, "loopback paste"],
    ["a terminal", terminal, "openai-codex", {}, "loopback device paste"],
    ["a terminal over SSH", sshTerminal, "anthropic", {}, "paste"],
    ["a terminal over SSH", sshTerminal, "openai-codex", {}, "device paste"],
    ["a desktop that prefers device codes", desktop, "openai-codex", { preferred: "device" }, "device loopback paste"],
    ["a desktop that prefers what the provider has not", desktop, "anthropic", { preferred: "device" }, "loopback paste"],
    ["a desktop that prefers to paste", desktop, "anthropic", { preferred: "paste" }, "paste loopback"],
    ["code-server with a tunnel that only the person knows", codeServer, "anthropic", { preferred: "loopback" }, "loopback paste"],
    ["a terminal with --flow device", terminal, "openai-codex", { only: "device" }, "device"],
    ["a terminal over SSH with --flow loopback", sshTerminal, "openai-codex", { only: "loopback" }, "loopback"],
    ["a terminal with a --flow that the provider has not", terminal, "anthropic", { only: "device" }, ""],
    ["a terminal with --domain", terminal, "github-copilot", { onDomain: true }, "device@domain device"],
  ];

  for (const [where, environment, provider, wish, flows] of table) {
    it(`from ${where}, for ${provider}: ${flows || "none"}`, () => {
      const chosen = selectFlows(providerById(provider).flows, environment, wish);
      assert.equal(chosen.map((flow) => flow.kind + (flow.kind === "device" && flow.onDomain ? "@domain" : "")).join(" "), flows);
    });
  }

  it("have names of their own at each provider", () => {
    for (const id of ["anthropic", "openai-codex", "github-copilot"]) {
      const names = providerById(id).flows.map(flowName);
      assert.equal(new Set(names).size, names.length, names.join(", "));
    }
  });
});
