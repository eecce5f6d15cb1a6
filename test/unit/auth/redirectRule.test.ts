import assert from "node:assert/strict";
import { asRegisteredRedirect, whereArrives } from "../../../src/auth/flows/redirectRule";

describe("a redirect that the editor gives back", () => {
  const anthropic = { kind: "loopback" as const, path: "/callback", ports: [53692], anyPort: true };
  const openai = { kind: "loopback" as const, path: "/auth/callback", ports: [1455, 1457], anyPort: false };

  const table: [where: string, uri: string, flow: typeof anthropic | typeof openai, arrives: string, port?: number][] = [
    ["a local desktop", "http://localhost:53692/callback", anthropic, "here"],
    ["a local desktop, by number", "http://127.0.0.1:53692/callback", anthropic, "here"],
    ["a tunnel with another port", "http://localhost:61234/callback", anthropic, "here"],
    ["code-server", "http://127.0.0.1:8080/proxy/53692/callback", anthropic, "elsewhere"],
    ["a codespace", "https://name-53692.app.github.dev/callback", anthropic, "elsewhere"],
    ["nonsense", "::", anthropic, "elsewhere"],
    ["a local desktop", "http://localhost:1455/auth/callback", openai, "here"],
    ["a local desktop, second port", "http://localhost:1457/auth/callback", openai, "here", 1457],
    ["a tunnel from the other port", "http://localhost:1457/auth/callback", openai, "moved"],
    ["a tunnel with another port", "http://localhost:61234/auth/callback", openai, "moved"],
    ["code-server", "http://127.0.0.1:8080/proxy/1455/auth/callback", openai, "elsewhere"],
  ];

  for (const [where, uri, flow, arrives, port = flow.ports[0]!] of table) {
    it(`arrives ${arrives} from ${where}: ${uri} ${flow.anyPort ? "(any port)" : "(fixed ports)"}`, () => {
      assert.equal(whereArrives(flow, port, uri), arrives);
    });
  }

  it("is named as it is registered", () => {
    assert.equal(asRegisteredRedirect("http://127.0.0.1:53692/callback"), "http://localhost:53692/callback");
  });
});
