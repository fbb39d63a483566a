import { describe, expect, it } from "vitest";
import { cidrsContain } from "#base";
import { PHONEPE_WEBHOOK_CIDRS } from "#vault";

/** [all but the last octet, first, last] of what contract.md 6.1 documents. */
const RANGES = [
  ["103.116.33", 8, 11],
  ["103.116.33", 136, 139],
  ["103.116.32", 16, 29],
  ["103.116.34", 1, 1],
  ["103.116.34", 16, 23],
  ["103.243.35", 242, 242],
] as const;

describe("PHONEPE_WEBHOOK_CIDRS", () => {
  it.each(RANGES)("contract.md 6.1: of %s all from .%i to .%i may come", (net, first, last) => {
    for (let octet = first; octet <= last; octet += 1) {
      expect(cidrsContain(PHONEPE_WEBHOOK_CIDRS, `${net}.${octet}`)).toBe(true);
    }
  });

  it.each(RANGES)(
    "contract.md 6.1: of %s the neighbours of .%i to .%i may not",
    (net, first, last) => {
      for (const octet of [first - 1, last + 1]) {
        expect(cidrsContain(PHONEPE_WEBHOOK_CIDRS, `${net}.${octet}`)).toBe(false);
      }
    },
  );

  it("contract.md 6.1: of the four networks just the 32 documented addresses may come", () => {
    const nets = [...new Set(RANGES.map(([net]) => net))];
    const all = nets.flatMap((net) => Array.from({ length: 256 }, (_, octet) => `${net}.${octet}`));
    const held = all.filter((address) => cidrsContain(PHONEPE_WEBHOOK_CIDRS, address));
    const documented = RANGES.reduce((count, [, first, last]) => count + last - first + 1, 0);
    expect(held).toHaveLength(documented);
    expect(documented).toBe(32);
  });
});
