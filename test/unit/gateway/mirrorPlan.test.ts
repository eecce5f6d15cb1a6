import assert from "node:assert/strict";
import { tokenHash } from "../../../src/auth/profiles";
import { planMirror, recordAfter, rotationOf } from "../../../src/gateway/mirrorPlan";
import type { Snapshot } from "../../../src/store/credentialStore";
import type { Mirrored, OAuthCredential } from "../../../src/store/schema";

const tokens = (name: string, extra: Partial<OAuthCredential> = {}): OAuthCredential => ({ type: "oauth", access: `access ${name}`, refresh: `refresh ${name}`, expires: 1000, ...extra });
const hour = 3_600_000;
const valid = (name: string, left: number) => tokens(name, { expires: Date.now() + left });
const [zero, one, two, other] = [tokens("zero", { expires: 500 }), tokens("one"), tokens("two", { expires: 2000 }), tokens("other")];
const base = (credential: OAuthCredential, ...before: OAuthCredential[]): Mirrored => ({ profile: "anthropic:default", rotation: rotationOf(credential), past: before.map(rotationOf) });

interface Case {
  ours?: OAuthCredential;
  work?: OAuthCredential;
  theirs?: unknown;
  record?: Mirrored;
  isOn?: boolean;
  order?: string[];
  refused?: boolean;
}

describe("the store beside the gateway's copy", () => {
  const plan = ({ ours, work, theirs, record, isOn = true, order, refused }: Case) => {
    const credentials = { ...(ours ? { "anthropic:default": ours } : {}), ...(work ? { "anthropic:work": work } : {}) };
    const profiles: Snapshot["index"]["profiles"] = refused && ours ? { "anthropic:default": { provider: "anthropic", type: "oauth", signInAgain: { at: 0, reason: "", token: tokenHash(ours.refresh) } } } : {};
    const index: Snapshot["index"] = { version: 1, profiles, ...(order ? { order: { anthropic: order } } : {}), ...(record ? { mirror: { entries: { anthropic: record } } } : {}) };
    const { newcomers, write, records } = planMirror({ credentials, index }, theirs === undefined ? {} : { anthropic: theirs }, isOn);
    if (newcomers[0]) return newcomers[0].successorOf ? `take, for ${newcomers[0].successorOf}` : "take as a sign-in of its own";
    if ("anthropic" in write) return write.anthropic ? `write ${String(write.anthropic.access)}` : "remove";
    return "anthropic" in records ? (records.anthropic ? "only note" : "only forget") : "nothing";
  };

  for (const [what, given, wanted] of [
    ["nobody has anything", {}, "nothing"],
    ["a first sign-in", { ours: one }, "write access one"],
    ["they agree, and it is noted", { ours: one, theirs: one, record: base(one) }, "nothing"],
    ["they agree, and it is not noted: a crash between writing and noting", { ours: one, theirs: one }, "only note"],
    ["ours has moved on from what they have", { ours: two, theirs: one, record: base(one) }, "write access two"],
    ["theirs has moved on from what we have", { ours: one, theirs: two, record: base(one) }, "take, for anthropic:default"],
    ["theirs has moved on, and another account is in use by now", { ours: one, work: other, theirs: two, record: base(one), order: ["anthropic:work"] }, "take, for anthropic:default"],
    ["theirs was brought back from a backup", { ours: one, theirs: zero, record: base(one, zero) }, "write access one"],
    ["theirs was brought back, by a clock that was ahead when it was new", { ours: one, theirs: tokens("zero", { expires: 3000 }), record: base(one, zero) }, "write access one"],
    ["theirs was brought back, ours has moved on", { ours: two, theirs: zero, record: base(one, zero) }, "write access two"],
    ["theirs is unknown and ended before ours, so it is no renewal of it", { ours: one, theirs: zero, record: base(one) }, "take as a sign-in of its own"],
    ["theirs is unknown and ends with ours, so it is no renewal of it", { ours: one, theirs: other, record: base(one) }, "take as a sign-in of its own"],
    ["theirs is unknown while ours holds, and they renew only what has expired", { ours: valid("one", hour), theirs: valid("two", 2 * hour), record: base(valid("one", hour)) }, "take as a sign-in of its own"],
    ["theirs has moved on, by a clock that is ahead", { ours: valid("one", 60_000), theirs: valid("two", hour), record: base(one) }, "take, for anthropic:default"],
    ["theirs has another access token for the same refresh token, which does not rotate", { ours: valid("one", hour), theirs: { ...valid("one", 2 * hour), access: "c" }, record: base(one) }, "take, for anthropic:default"],
    ["both have moved on: two sign-ins", { ours: two, theirs: other, record: base(one) }, "take as a sign-in of its own"],
    ["they signed in by themselves before us", { ours: one, theirs: other }, "take as a sign-in of its own"],
    ["they signed in by themselves, and nobody here", { theirs: other }, "nothing"],
    ["another account is in use now", { ours: one, work: other, theirs: one, record: base(one), order: ["anthropic:work"] }, "write access other"],
    ["removed there by hand", { ours: one, record: base(one) }, "nothing"],
    ["removed there by hand, then renewed here", { ours: two, record: base(one) }, "write access two"],
    ["signed out here", { theirs: one, record: base(one) }, "remove"],
    ["signed out here while they have moved on", { theirs: two, record: base(one) }, "remove"],
    ["signed out here while they have moved on, another account there is", { work: other, theirs: two, record: base(one) }, "write access other"],
    ["signed out here, and a person has placed an API key", { theirs: { type: "api_key", key: "k" }, record: base(one) }, "only forget"],
    ["signed out here, another account there is", { work: other, theirs: one, record: base(one) }, "write access other"],
    ["needs a new sign-in", { ours: one, theirs: one, record: base(one), refused: true }, "nothing"],
    ["needs a new sign-in, another account works", { ours: one, work: other, theirs: one, record: base(one), refused: true }, "write access other"],
    ["belongs to another program", { ours: tokens("one", { borrowedFrom: "/there" }) }, "nothing"],
    ["a person's API key", { ours: one, theirs: { type: "api_key", key: "k" } }, "nothing"],
    ["an entry of a kind that nobody knows", { ours: one, theirs: { type: "later" } }, "nothing"],
    ["an entry without its expiry, which the gateway would never renew", { ours: one, theirs: { type: "oauth", access: "a", refresh: "r" } }, "write access one"],
    ["refresh tokens that do not rotate: ours is written", { ours: tokens("one", { access: "b" }), theirs: tokens("one", { access: "c" }), record: base(one) }, "write b"],
    ["switched off", { ours: one, theirs: one, record: base(one), isOn: false }, "remove"],
    ["switched off while they have moved on", { ours: one, theirs: two, record: base(one), isOn: false }, "take, for anthropic:default"],
    ["switched off, with a sign-in of their own", { ours: one, theirs: other, isOn: false }, "nothing"],
  ] satisfies [string, Case, string][]) {
    it(`${what}: ${wanted}`, () => assert.equal(plan(given), wanted));
  }

  it("has a record of what stood there before, within bounds", () => {
    const renewals = Array.from({ length: 150 }, (_, n) => tokens(`${n}`));
    const record = renewals.reduce<Mirrored | undefined>((before, each) => recordAfter(before, "anthropic:default", each), undefined);
    assert.deepEqual([record?.rotation, record?.past?.[0], record?.past?.length], [rotationOf(tokens("149")), rotationOf(tokens("148")), 30]);
    assert.deepEqual(recordAfter(base(two, one), "anthropic:default", one), base(one, two));
  });
});
