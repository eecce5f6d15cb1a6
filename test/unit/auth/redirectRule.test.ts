import assert from "node:assert/strict";
import { asRegisteredRedirect, isAcceptedRedirect } from "../../../src/auth/flows/redirectRule";

describe("a redirect that the editor gives back", () => {
  const anthropic = { kind: "loopback" as const, path: "/callback", ports: [53692], anyPort: true };
  const openai = { kind: "loopback" as const, path: "/auth/callback", ports: [1455, 1457], anyPort: false };

  const table: [where: string, uri: string, flow: typeof anthropic | typeof openai, isAccepted: boolean, port?: number][] = [
    ["a local desktop", "http://localhost:53692/callback", anthropic, true],
    ["a local desktop, by number", "http://127.0.0.1:53692/callback", anthropic, true],
    ["a tunnel with another port", "http://localhost:61234/callback", anthropic, true],
    ["code-server", "http://127.0.0.1:8080/proxy/53692/callback", anthropic, false],
    ["a codespace", "https://name-53692.app.github.dev/callback", anthropic, false],
    ["nonsense", "::", anthropic, false],
    ["a local desktop", "http://localhost:1455/auth/callback", openai, true],
    ["a local desktop, second port", "http://localhost:1457/auth/callback", openai, true, 1457],
    ["a tunnel from the other port", "http://localhost:1457/auth/callback", openai, false],
    ["a tunnel with another port", "http://localhost:61234/auth/callback", openai, false],
    ["code-server", "http://127.0.0.1:8080/proxy/1455/auth/callback", openai, false],
  ];

  for (const [where, uri, flow, isAccepted, port = flow.ports[0]!] of table) {
    it(`${isAccepted ? "is used" : "is not used"} from ${where}: ${uri} ${flow.anyPort ? "(any port)" : "(fixed ports)"}`, () => {
      assert.equal(isAcceptedRedirect(flow, port, uri), isAccepted);
    });
  }

  it("is named as it is registered", () => {
    assert.equal(asRegisteredRedirect("http://127.0.0.1:53692/callback"), "http://localhost:53692/callback");
  });
});
