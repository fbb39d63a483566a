import { describe, expect, it } from "vitest";
import { admitReadLocally } from "#door";
import { freshId } from "../support/call.ts";

const T0 = 1_800_000_000_000;
const admittedOf = (keyId: string, nowMs: number, times: number) =>
  Array.from({ length: times }, () => admitReadLocally(keyId, nowMs)).filter(
    (answer) => answer?.admitted,
  ).length;

describe("reads without a gate", () => {
  it("api.md 4: ten a second per key, for each key alone", () => {
    const [one, two] = [freshId("ak"), freshId("ak")];
    expect(admittedOf(one, T0, 12)).toBe(10);
    expect(admittedOf(one, T0 + 999, 5)).toBe(0);
    expect(admittedOf(two, T0 + 999, 12)).toBe(10);
    expect(admittedOf(one, T0 + 1_000, 12)).toBe(10);
  });

  it("api.md 4: many keys do not free one of its limit", () => {
    const one = freshId("ak");
    for (let at = 0; at < 990; at += 1) admitReadLocally(freshId("ak"), T0);
    let admitted = admittedOf(one, T0, 10);
    for (let at = 0; at < 2_000; at += 1) {
      admitReadLocally(freshId("ak"), T0);
      admitted += admittedOf(one, T0, 1);
    }
    expect(admitted).toBe(10);
  });
});
