import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  nextDoubtLookAtMs,
  nextLateLookAtMs,
  nextLookAtMs,
  nextRefundLookAtMs,
  UAT36_OFFSETS_SEC,
} from "../../src/payments/reconcile-schedule.ts";

const OPENED_AT_MS = 1_700_000_000_000;
const EXPIRES_AT_MS = OPENED_AT_MS + 900_000;
const HOUR_MS = 3_600_000;

function looksUntil(endSec: number): number[] {
  const looks: number[] = [];
  let nowMs = OPENED_AT_MS;
  for (;;) {
    nowMs = nextLookAtMs({ openedAtMs: OPENED_AT_MS, expiresAtMs: EXPIRES_AT_MS, nowMs });
    const offset = (nowMs - OPENED_AT_MS) / 1_000;
    if (offset > endSec) return looks;
    looks.push(offset);
  }
}

describe("UAT-36: the reconciliation schedule", () => {
  it("UAT-36: the offsets are the checklist's, second by second", () => {
    const every = (step: number, from: number, to: number) =>
      Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
    expect(looksUntil(415)).toEqual([
      25,
      ...every(3, 28, 55),
      ...every(6, 61, 115),
      ...every(10, 125, 175),
      205,
      235,
      295,
      355,
      415,
    ]);
    expect(UAT36_OFFSETS_SEC).toHaveLength(29);
  });

  it("UAT-36: a look that comes late does not shift the ones after it", () => {
    const late = OPENED_AT_MS + 29_700;
    const next = nextLookAtMs({
      openedAtMs: OPENED_AT_MS,
      expiresAtMs: EXPIRES_AT_MS,
      nowMs: late,
    });
    expect(next).toBe(OPENED_AT_MS + 31_000);
  });

  it.each([
    { overdue: 0, wait: 60_000 },
    { overdue: HOUR_MS - 1, wait: 60_000 },
    { overdue: HOUR_MS, wait: 900_000 },
    { overdue: 72 * HOUR_MS - 1, wait: 900_000 },
    { overdue: 72 * HOUR_MS, wait: HOUR_MS },
  ])("contract.md 4.3: $overdue ms past expiry the looks go on", ({ overdue, wait }) => {
    const nowMs = EXPIRES_AT_MS + overdue;
    const next = nextLookAtMs({ openedAtMs: OPENED_AT_MS, expiresAtMs: EXPIRES_AT_MS, nowMs });
    expect(next - nowMs).toBeGreaterThan(0);
    expect(next - nowMs).toBeLessThanOrEqual(wait);
    expect(next - nowMs).toBeGreaterThan(wait / 3 - 60_000);
  });

  it("I2: an order that ended unpaid is looked at ever more rarely, for three days", () => {
    const waits: number[] = [];
    let nowMs = EXPIRES_AT_MS + 70_000;
    for (;;) {
      const next = nextLateLookAtMs(EXPIRES_AT_MS, nowMs);
      if (next === null) break;
      waits.push(Math.round((next - nowMs) / 60_000));
      nowMs = next;
    }
    expect(waits).toEqual([5, 6, 12, 25, 49, 99, 197, 395, 789, 1579, 3157]);
    expect(nowMs - EXPIRES_AT_MS).toBeLessThan(2 * 72 * HOUR_MS);
  });

  it("I6: every next look lies in the future", () => {
    fc.assert(
      fc.property(fc.nat({ max: 30 * 86_400_000 }), (elapsedMs) => {
        const nowMs = OPENED_AT_MS + elapsedMs;
        const times = { openedAtMs: OPENED_AT_MS, expiresAtMs: EXPIRES_AT_MS, nowMs };
        return (
          nextLookAtMs(times) > nowMs &&
          nextDoubtLookAtMs(OPENED_AT_MS, nowMs) > nowMs &&
          nextRefundLookAtMs(OPENED_AT_MS, nowMs) > nowMs
        );
      }),
    );
    expect(UAT36_OFFSETS_SEC).toEqual([...UAT36_OFFSETS_SEC].toSorted((a, b) => a - b));
  });
});
