import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { median, percentile } from "./statistics.ts";

const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 50 });

describe("median", () => {
  it.each([
    [[7], 7],
    [[3, 1, 2], 2],
    [[10, 9, 1, 2], 5.5],
    [[100, 9, 20], 20],
  ])("of %j is %d, whatever their order", (input, expected) => {
    expect(median(input)).toBe(expected);
  });

  it("of nothing is not a number", () => {
    expect(median([])).toBeNaN();
  });

  it("has as many values above as below", () => {
    fc.assert(
      fc.property(values, (list) => {
        const middle = median(list);
        const below = list.filter((value) => value < middle).length;
        const above = list.filter((value) => value > middle).length;
        expect(below).toBeLessThanOrEqual(list.length / 2);
        expect(above).toBeLessThanOrEqual(list.length / 2);
      }),
    );
  });
});

describe("percentile", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it.each([
    [0, 1],
    [50, 50],
    [99, 99],
    [100, 100],
  ])("%d of 1 to 100 is %d", (percent, expected) => {
    expect(percentile(hundred, percent)).toBe(expected);
  });

  it("of nothing is not a number", () => {
    expect(percentile([], 50)).toBeNaN();
  });

  it("is the smallest value that enough values do not exceed", () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), (list, percent) => {
        const found = percentile(list, percent);
        const upTo = (limit: number) => list.filter((value) => value <= limit).length;
        expect(upTo(found) * 100).toBeGreaterThanOrEqual(percent * list.length);
        expect(upTo(found - 1) * 100).toBeLessThan(percent * list.length);
      }),
    );
  });
});
