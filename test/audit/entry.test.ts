import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, hashedText, lineOf, monthOf } from "#audit";

const entry = fc.record({
  sequence: fc.nat(),
  atMs: fc.nat(4_102_444_800_000),
  sealed: fc.string({ unit: "grapheme" }),
  prevHash: fc.stringMatching(/^[0-9a-f]{64}$/),
  hash: fc.stringMatching(/^[0-9a-f]{64}$/),
});

describe("an entry", () => {
  it("RFC 8785: a line and what is hashed are canonical", () => {
    fc.assert(
      fc.property(entry, (made) => {
        expect(lineOf(made)).toBe(canonicalJson(made));
        const { hash: _hash, ...body } = made;
        expect(hashedText("alpha", made)).toBe(canonicalJson({ ...body, merchantId: "alpha" }));
      }),
    );
  });

  it.each([
    [Date.UTC(2026, 10, 30, 23, 59, 59, 999), "2026-11"],
    [Date.UTC(2026, 11, 1), "2026-12"],
  ])("PCI-10.6.1: the month of %i is %s, in UTC", (atMs, month) => {
    expect(monthOf(atMs)).toBe(month);
  });
});
