import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AMOUNT_PAISA_MAX,
  amountPaisa,
  amountPaisaSchema,
  assert,
  concatBytes,
  equalInConstantTime,
  fromBase64Url,
  merchantOrderIdSchema,
  randomId,
  sha256Hex,
  sumPaisa,
  toBase64Url,
  utcDate,
  utf8,
} from "#base";

describe("money", () => {
  it.each([0, 1, 100, AMOUNT_PAISA_MAX])("api.md 4: %i paisa are an amount", (value) => {
    expect(amountPaisa(value)).toBe(value);
  });

  it.each([-1, 0.5, AMOUNT_PAISA_MAX + 1, Number.NaN, Infinity, "100", null, 100n])(
    "api.md 4: %s is no amount",
    (value) => {
      expect(amountPaisaSchema.safeParse(value).success).toBe(false);
    },
  );

  it("I3: a sum of amounts is exact", () => {
    const amount = fc.integer({ min: 0, max: AMOUNT_PAISA_MAX });
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 100 }), (amounts) => {
        const exact = amounts.reduce((total, value) => total + BigInt(value), 0n);
        expect(BigInt(sumPaisa(amounts.map(amountPaisa)))).toBe(exact);
      }),
    );
  });
});

describe("ids", () => {
  it("ASV-11: an id is 128 random bits in the alphabet of orders", () => {
    const ids = Array.from({ length: 1_000 }, () => randomId("pay"));
    expect(new Set(ids).size).toBe(1_000);
    for (const id of ids) {
      expect(id).toMatch(/^pay_[A-Za-z0-9_-]{22}$/);
      expect(merchantOrderIdSchema.safeParse(id).success).toBe(true);
    }
  });
});

describe("bytes", () => {
  it("RFC 4648 5: base64url goes there and back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = toBase64Url(bytes);
        expect(text).toMatch(/^[A-Za-z0-9_-]*$/);
        expect(fromBase64Url(text)).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it("bytes: parts are joined in order", () => {
    expect(concatBytes([utf8("a"), new Uint8Array(0), utf8("₹")])).toEqual(utf8("a₹"));
  });

  it("FIPS 180-4: SHA-256 of abc", async () => {
    expect(await sha256Hex("abc")).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });

  it("style.md 8: texts are equal exactly when they are the same", async () => {
    const text = fc.string({ maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(text, text, async (left, right) => {
        expect(await equalInConstantTime(left, left)).toBe(true);
        expect(await equalInConstantTime(left, right)).toBe(left === right);
      }),
    );
  });
});

describe("clock", () => {
  it.each([
    [0, "1970-01-01"],
    [1_772_118_347, "2026-02-26"],
    [1_774_051_199, "2026-03-20"],
    [1_774_051_200, "2026-03-21"],
    [1_709_164_800, "2024-02-29"],
  ])("DAY-2: second %i is on %s in UTC", (sec, date) => {
    expect(utcDate(sec)).toBe(date);
  });
});

describe("assert", () => {
  it("style.md 5: stops with the name of what broke", () => {
    expect(() => assert(false, "I3: refunds exceed capture")).toThrow("I3: refunds exceed capture");
    expect(() => assert(true, "x")).not.toThrow();
  });
});
