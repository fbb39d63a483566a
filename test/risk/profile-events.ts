import fc from "fast-check";
import type { KeyKind, Outcome, ProfileEvent } from "#risk";

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;
/** A Sunday, 12:00 UTC. */
export const NOON_MS = Date.UTC(2026, 2, 1, 12);
export const KINDS: readonly KeyKind[] = ["customer", "device", "network", "merchant"];

export function payment(paymentHash: number, atMs: number, more?: Partial<ProfileEvent>) {
  return { paymentHash, atMs, amountPaisa: 10_000, ...more };
}

export const hashes = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** Payments with distinct ids over some days, in the order of time, each with an outcome or none. */
export const histories = fc
  .array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: DAY_MS }),
      amountPaisa: fc.integer({ min: 100, max: 10_000_000 }),
      customer: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      device: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      network: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      merchant: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      outcome: fc.constantFrom("fraud", "legit", "declined", "refunded", undefined),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let atMs = NOON_MS;
    return steps.map(({ afterMs, outcome, ...facts }, at) => {
      atMs += afterMs;
      const event: ProfileEvent = { paymentHash: at + 1, atMs, ...facts };
      return { event, outcome: outcome && outcomeOf(event, outcome) };
    });
  });

export function outcomeOf(event: ProfileEvent, kind: Outcome["kind"]): Outcome {
  const { paymentHash, atMs } = event;
  return { kind, paymentHash, paidAtMs: atMs, atMs: atMs + MINUTE_MS };
}
