import assert from "node:assert/strict";
import { suggestedModels } from "../../../src/providers/models";
import { keyOnlyProviders, providers } from "../../../src/providers/registry";

describe("the models that are offered for a new agent", () => {
  for (const provider of [...providers.map(({ id }) => id), ...keyOnlyProviders]) {
    it(`of ${provider} are models that Pi knows`, async () => {
      const { getModels } = await import("@mariozechner/pi-ai");
      const known = getModels(provider as "anthropic").map(({ id }) => id);
      assert.ok(suggestedModels(provider).length > 0);
      for (const model of suggestedModels(provider)) assert.ok(known.includes(model), model);
    });
  }
});
