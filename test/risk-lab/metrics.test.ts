import { describe, expect, it } from "vitest";
import { areaUnderRoc, averagePrecision, cardPrecision } from "./metrics.ts";

const scored = (
  rows: readonly (readonly [score: number, fraud: 0 | 1, day?: number, c?: number])[],
) => ({
  scores: Float64Array.from(rows, ([score]) => score),
  frauds: Uint8Array.from(rows, ([, fraud]) => fraud),
  days: Int32Array.from(rows, ([, , day = 0]) => day),
  customers: Int32Array.from(rows, ([, , , customer = 0], at) => customer || at + 1),
});

describe("the figures of the published table", () => {
  it("AUC counts ties one half", () => {
    expect(
      areaUnderRoc(
        scored([
          [3, 1],
          [2, 0],
          [1, 0],
        ]),
      ),
    ).toBe(1);
    expect(
      areaUnderRoc(
        scored([
          [1, 1],
          [1, 0],
        ]),
      ),
    ).toBe(0.5);
    expect(
      areaUnderRoc(
        scored([
          [3, 0],
          [2, 1],
          [2, 0],
          [1, 1],
        ]),
      ),
    ).toBe(0.125);
  });

  it("average precision takes equal scores as one step", () => {
    expect(
      averagePrecision(
        scored([
          [3, 1],
          [2, 0],
          [1, 1],
        ]),
      ),
    ).toBeCloseTo(0.5 + 0.5 * (2 / 3));
    expect(
      averagePrecision(
        scored([
          [1, 1],
          [1, 0],
        ]),
      ),
    ).toBe(0.5);
  });

  it("card precision catches a customer once", () => {
    const twice = scored([
      [3, 1, 0, 7],
      [2, 0, 0, 8],
      [3, 1, 1, 7],
      [2, 0, 1, 8],
    ]);
    expect(cardPrecision(twice)).toBeCloseTo(1 / 100 / 2);
  });

  it("card precision breaks ties by the smaller customer", () => {
    const rows = Array.from(
      { length: 101 },
      (_, at) => [1, at === 100 ? 1 : 0, 0, at + 1] as const,
    );
    expect(cardPrecision(scored(rows))).toBe(0);
  });
});
