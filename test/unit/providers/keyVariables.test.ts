import assert from "node:assert/strict";
import { allKeyVariables } from "../../../src/providers/registry";

describe("the variables that hold a provider's key", () => {
  it("are all that Pi takes one from, but for those of gh and git", async () => {
    const { findEnvKeys, getProviders } = await import("@mariozechner/pi-ai");
    const given = process.env;
    try {
      // Pi tells only of those that are set: here, every one is.
      process.env = new Proxy(given, { get: () => "set" });
      const known = new Set([...allKeyVariables(), "GH_TOKEN", "GITHUB_TOKEN"]);
      const read = getProviders().flatMap((provider) => findEnvKeys(provider) ?? []);
      assert.ok(read.length > 20);
      assert.deepEqual(read.filter((name) => !known.has(name)), []);
    } finally {
      process.env = given;
    }
  });
});
