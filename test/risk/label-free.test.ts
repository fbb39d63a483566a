import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeSurprise,
  emptySurprise,
  encodeSurprise,
  FEATURES,
  learnSurprise,
  surpriseOf,
} from "#risk";

const numbers = fc.oneof(fc.constant(Number.NaN), fc.double({ noNaN: true }));
const vectors = fc
  .array(numbers, { minLength: FEATURES.length, maxLength: FEATURES.length })
  .map((values) => Float64Array.from(values));

/** Every feature the same. */
const all = (value: number) => new Float64Array(FEATURES.length).fill(value);

function learned(seen: readonly Float64Array[]) {
  const state = emptySurprise();
  for (const values of seen) learnSurprise(state, values, surpriseOf(state, values).bits);
  return state;
}

describe("the score without labels", () => {
  it("nothing surprises before anything was seen", () => {
    expect(surpriseOf(emptySurprise(), all(1_000))).toEqual({
      bits: 0,
      percentile: 0,
      reasons: [],
      rest: 0,
    });
  });

  it("from the first day, what is farther out surprises more", () => {
    const state = learned(Array.from({ length: 50 }, (_, at) => all(10 + (at % 5))));
    const [usual, far] = [surpriseOf(state, all(12)), surpriseOf(state, all(400))];
    expect(far.bits).toBeGreaterThan(usual.bits);
    expect(far.percentile).toBe(1);
    expect(far.reasons.length).toBe(5);
  });

  it("a missing feature does not surprise", () => {
    const state = learned(Array.from({ length: 50 }, () => all(10)));
    expect(surpriseOf(state, all(Number.NaN)).bits).toBe(0);
  });

  it("reasons and rest add up to the score, which is a number", () => {
    fc.assert(
      fc.property(fc.array(vectors, { maxLength: 20 }), vectors, (seen, values) => {
        const { bits, percentile, reasons, rest } = surpriseOf(learned(seen), values);
        const told = reasons.reduce((sum, { contribution }) => sum + contribution, 0);
        expect(told + rest).toBeCloseTo(bits, 9);
        expect(Number.isFinite(bits) && bits >= 0 && percentile >= 0 && percentile <= 1).toBe(true);
      }),
    );
  });

  it("its state comes back as it was, in less than 6 kB", () => {
    fc.assert(
      fc.property(fc.array(vectors, { maxLength: 20 }), (seen) => {
        const state = learned(seen);
        expect(decodeSurprise(encodeSurprise(state))).toEqual(state);
      }),
    );
    const busy = learned(Array.from({ length: 5_000 }, (_, at) => all(1.003 ** at)));
    expect(encodeSurprise(busy).length).toBeLessThan(10_000);
  });

  it("a state that is cut, longer or anything else is refused", () => {
    const bytes = encodeSurprise(learned([all(1), all(2)]));
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeSurprise(bytes.subarray(0, length))).toBeUndefined();
    }
    expect(decodeSurprise(Uint8Array.of(...bytes, 0))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (anything) => {
        const state = decodeSurprise(Uint8Array.of(...bytes.subarray(0, 2), ...anything));
        expect(state === undefined || state.counts.length > 0).toBe(true);
      }),
    );
  });

  it("what was usual long ago is forgotten", () => {
    const state = emptySurprise();
    for (let at = 0; at < 200_001; at += 1) learnSurprise(state, all(1), 0);
    expect(Math.max(...state.scores)).toBeLessThan(200_000);
  });
});
