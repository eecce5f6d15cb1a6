import assert from "node:assert/strict";
import { holdsSecret } from "../../../src/agent/guard/withhold";

/** Looks like digits of a signature, and is the same in every run. */
const digits = (length: number) => Array.from({ length }, (_, at) => ((at * 7 + 3) % 16).toString(16)).join("");

const signature = digits(64);
const claims = "tid=0123456789abcdef0123456789abcdef;exp=1;sku=yearly_subscriber_quota;editor_preview_features=1;agent_mode_auto_approval=1;blackbird_external_indexing=1;ip=2001:db8::1;8kp=1";
const copilot = `${claims}:${signature}`;

describe("what a tool gave back, with a Copilot token among the secrets", () => {
  for (const [how, text] of [
    ["the token", copilot],
    ["its signature alone", `the rest: ${signature}`],
    ["a part of the signature", `${signature.slice(20, 44)}`],
    ["the token in base64", Buffer.from(`x${copilot}`).toString("base64")],
    ["the token backwards", [...copilot].reverse().join("")],
  ] as const) {
    it(`holds a secret when it is ${how}`, () => assert.equal(holdsSecret(text, [copilot]), true));
  }

  for (const text of [
    "source.subscribe((x) => x); store.unsubscribe(render);",
    "waiting for approval of an external indexing",
    "editor_preview_features and agent_mode_auto_approval",
    "a commit 9d1f0c2ab5",
  ]) {
    it(`holds none when it is “${text}”`, () => assert.equal(holdsSecret(text, [copilot]), false));
  }
});
