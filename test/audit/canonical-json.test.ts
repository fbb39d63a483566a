import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "#audit";
import vectors from "../vectors/canonical-json.json" with { type: "json" };

describe("canonicalJson", () => {
  it.each(vectors.vectors)("RFC 8785: $id", ({ input_b64, output_hex }) => {
    const input = new TextDecoder().decode(Uint8Array.fromBase64(input_b64));
    expect(new TextEncoder().encode(canonicalJson(JSON.parse(input))).toHex()).toBe(output_hex);
  });

  it("RFC 8785: the order in which members were written does not count, values do", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.integer()), (members) => {
        const turned = Object.fromEntries(Object.entries(members).toReversed());
        expect(canonicalJson(turned)).toBe(canonicalJson(members));
        expect(JSON.parse(canonicalJson(members))).toEqual({ ...members });
      }),
    );
  });

  it("RFC 8785 3.2.2: what JSON cannot say is refused", () => {
    expect(() => canonicalJson(Number.NaN)).toThrow(TypeError);
    expect(() => canonicalJson({ a: [Infinity] })).toThrow(TypeError);
    expect(() => canonicalJson("\ud800")).toThrow(TypeError);
  });
});
