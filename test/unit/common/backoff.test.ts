import assert from "node:assert/strict";
import { mock } from "node:test";
import { createPauses } from "../../../src/common/backoff";

describe("the pauses before something is tried again", () => {
  let now = 0;
  before(() => void mock.method(performance, "now", () => now));
  after(() => mock.restoreAll());

  const isAbout = (pause: number, wanted: number) => assert.ok(pause > wanted / 2 && pause < wanted * 1.5, `${pause} is not about ${wanted}`);

  it("grow with each failure up to the longest, and begin anew when they are reset", () => {
    const pauses = createPauses(100, 500);
    for (const wanted of [100, 200, 400, 500, 500]) isAbout(pauses.next(), wanted);
    pauses.reset();
    isAbout(pauses.next(), 100);
  });

  it("are short again after a success, though it came late", () => {
    const pauses = createPauses(100, 500);
    for (let failure = 0; failure < 5; failure++) pauses.next();
    pauses.reached();
    now += 100;
    pauses.lost();
    isAbout(pauses.next(), 100);
  });

  it("grow where each success ends soon, until one lasts", () => {
    const pauses = createPauses(100, 500);
    for (const wanted of [100, 200, 400, 500]) {
      pauses.reached();
      now += 100;
      pauses.lost();
      isAbout(pauses.next(), wanted);
    }
    pauses.reached();
    now += 501;
    pauses.lost();
    isAbout(pauses.next(), 100);
  });
});
