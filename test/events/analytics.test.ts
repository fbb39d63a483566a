import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#base";
import type { AnalyticsQuery } from "#events";
import type { PaymentFacts } from "#payments";
import { freshId } from "../support/call.ts";
import { paymentFacts } from "../support/payment-facts.ts";

const ledgerOf = () => env.LEDGERS.getByName(freshId("ledger"));
const INDIA = 330;
const query = (more: Partial<AnalyticsQuery> = {}): AnalyticsQuery => ({
  fromMs: 0,
  toMs: 400 * DAY_MS,
  by: "day",
  utcOffsetMinutes: 0,
  ...more,
});
let next = 0;
const payment = (more: Partial<PaymentFacts> = {}): PaymentFacts => {
  next += 1;
  return paymentFacts({ merchantOrderId: `order_${next}`, ...more });
};
const ended = (state: PaymentFacts["state"], afterMs = MINUTE_MS): Partial<PaymentFacts> => ({
  state,
  capturedPaisa: state === "COMPLETED" ? 10_000 : 0,
  endedAtMs: 1 + afterMs,
  eventSeq: 5,
});

describe("analytics", () => {
  it("24: funnel, money and success rate, of those that ended", async () => {
    const ledger = ledgerOf();
    await ledger.record(payment(ended("COMPLETED")));
    await ledger.record(payment(ended("FAILED")));
    await ledger.record(payment(ended("EXPIRED")));
    await ledger.record(payment(ended("BLOCKED")));
    await ledger.record(payment({ opened: false, provider: null }));
    const { totals } = await ledger.analytics(query());
    expect(totals).toEqual({
      payments: 5,
      opened: 4,
      completed: 1,
      failed: 1,
      expired: 1,
      blocked: 1,
      failover: 0,
      amountPaisa: 50_000,
      capturedPaisa: 10_000,
      refundedPaisa: 0,
      successRate: 1 / 3,
    });
  });

  it("24: by provider, instrument, bank and error code", async () => {
    const ledger = ledgerOf();
    const upi = { instrument: "UPI_INTENT", bank: "SBIN" };
    await ledger.record(payment({ ...ended("COMPLETED"), ...upi }));
    await ledger.record(payment({ ...ended("FAILED"), ...upi, errorCode: "PAYMENT_DECLINED" }));
    await ledger.record(payment({ provider: "razorpay", failover: true }));
    const keys = async (by: AnalyticsQuery["by"]) =>
      (await ledger.analytics(query({ by }))).rows.map(({ key, payments }) => [key, payments]);
    expect(await keys("provider")).toEqual([
      ["phonepe", 2],
      ["razorpay", 1],
    ]);
    expect(await keys("instrument")).toEqual([["UPI_INTENT", 2]]);
    expect(await keys("bank")).toEqual([["SBIN", 2]]);
    expect(await keys("error")).toEqual([["PAYMENT_DECLINED", 1]]);
  });

  it("24: a day begins at midnight in India, half an hour past", async () => {
    const ledger = ledgerOf();
    const midnightMs = 10 * DAY_MS - INDIA * MINUTE_MS;
    await ledger.record(payment({ createdAtMs: midnightMs - 1 }));
    await ledger.record(payment({ createdAtMs: midnightMs }));
    const { rows } = await ledger.analytics(query({ utcOffsetMinutes: INDIA }));
    expect(rows.map(({ key }) => key)).toEqual([midnightMs - DAY_MS, midnightMs]);
    const hours = await ledger.analytics(query({ by: "hour", utcOffsetMinutes: INDIA }));
    expect(hours.rows.map(({ key }) => key)).toEqual([midnightMs - HOUR_MS, midnightMs]);
  });

  it("24: only payments that were made in the period count", async () => {
    const ledger = ledgerOf();
    for (const createdAtMs of [0, HOUR_MS, 2 * HOUR_MS])
      await ledger.record(payment({ createdAtMs }));
    const { totals } = await ledger.analytics(query({ fromMs: HOUR_MS, toMs: 2 * HOUR_MS }));
    expect(totals.payments).toBe(1);
  });

  it("24: percentiles of the time to the end are right to 5 %, and a refund is no later end", async () => {
    const ledger = ledgerOf();
    for (let n = 1; n <= 100; n += 1) {
      const one = payment({ ...ended("COMPLETED", n * 1_000), createdAtMs: 1 });
      await ledger.record(one);
      if (n === 100) {
        const refunded = { refundedPaisa: 500, eventSeq: 9, endedAtMs: DAY_MS };
        await ledger.record({ ...one, ...refunded });
      }
    }
    const { timeToFinalMs, totals } = await ledger.analytics(query());
    for (const [share, wantMs] of [
      ["p50", 50_000],
      ["p95", 95_000],
      ["p99", 99_000],
    ] as const) {
      expect(Math.abs((timeToFinalMs[share] ?? 0) / wantMs - 1)).toBeLessThan(0.06);
    }
    expect(totals.refundedPaisa).toBe(500);
  });

  it("24: nothing known is nothing, not an error", async () => {
    expect(await ledgerOf().analytics(query())).toMatchObject({
      totals: { payments: 0, successRate: null },
      timeToFinalMs: { p50: null, p95: null, p99: null },
      rows: [],
    });
  });

  it("I7: whatever comes twice, late or out of order, the sums are those of how payments stand", async () => {
    const states = ["INITIATING", "PENDING", "COMPLETED", "FAILED"] as const;
    const change = fc.record({
      order: fc.integer({ min: 0, max: 3 }),
      eventSeq: fc.integer({ min: 1, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 20 }), async (changes) => {
        const ledger = ledgerOf();
        const newest = new Map<number, number>();
        for (const { order, eventSeq } of changes) {
          newest.set(order, Math.max(newest.get(order) ?? 0, eventSeq));
          const state = states[eventSeq % 4] ?? "PENDING";
          const merchantOrderId = `order-${order}`;
          await ledger.record(paymentFacts({ merchantOrderId, state, eventSeq }));
        }
        const { totals } = await ledger.analytics(query());
        const standing = [...newest.values()].map((eventSeq) => states[eventSeq % 4]);
        expect(totals.payments).toBe(standing.length);
        expect(totals.completed).toBe(standing.filter((state) => state === "COMPLETED").length);
        expect(totals.amountPaisa).toBe(standing.length * 10_000);
      }),
      { numRuns: 25 },
    );
  });
});
