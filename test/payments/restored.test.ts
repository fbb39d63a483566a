import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { amountPaisa, merchantRefundIdSchema } from "#base";
import { step } from "../../src/payments/machine.ts";
import {
  ATTEMPT_STATES,
  type Attempt,
  type Payment,
  REFUND_STATES,
  type Refund,
} from "../../src/payments/model.ts";
import type { OrderReport } from "../../src/payments/ports.ts";
import { afterRestore } from "../../src/payments/restored.ts";
import { AMOUNT_PAISA, attemptIn, NOW_MS, paymentWith, refundIn } from "./fixtures.ts";

const TIMES = { nowMs: NOW_MS, spreadMs: 1_000 };
const MINUTE_MS = 60_000;

const restored = (attempt: Attempt, more: Partial<Payment> = {}) =>
  afterRestore(paymentWith(attempt, more), TIMES).payment;
const ids = (payment: Payment) => payment.attempts.map(({ providerOrderId }) => providerOrderId);

const report = (payment: Payment, n: number, state: OrderReport["state"]): OrderReport => ({
  state,
  amountPaisa: AMOUNT_PAISA,
  providerRef: `OMO_${n}`,
  paymentDetails: [],
});

const refund = (state: Refund["state"], n: number) =>
  refundIn(state, { merchantRefundId: merchantRefundIdSchema.parse(`r${n}`) });

describe("a payment that was on its way when it was copied", () => {
  it.each(["PLANNED", "SENT", "UNKNOWN"] as const)(
    "I1: an order in %s may have been given away since: it is watched, never replaced",
    (state) => {
      const doubtSinceMs = state === "UNKNOWN" ? NOW_MS - 5_000 : null;
      const payment = restored(attemptIn(state, { doubtSinceMs }), { route: ["phonepe"] });
      expect(payment.attempts[0]).toMatchObject({ state: "UNKNOWN", doubtSinceMs: null });
      const outcome = { type: "found", report: report(payment, 1, "PENDING") } as const;
      const found = step(payment, { type: "status_answered", n: 1, outcome }, NOW_MS + 1_000);
      expect(found.payment.attempts).toHaveLength(payment.attempts.length);
      expect(found.effects).toEqual([]);
    },
  );

  it("I2: orders that the lost gateway may have made in its place are asked about under their ids", () => {
    const payment = restored(attemptIn("SENT"), { route: ["phonepe", "razorpay"] });
    const tail = payment.paymentId.slice(-10);
    const [first] = ids(payment);
    expect(new Set(ids(payment))).toEqual(
      new Set([
        first,
        ...[2, 3, 4].flatMap((n) => [`${first}-${n}-${tail}`, `${payment.paymentId}-${n}`]),
      ]),
    );
    expect(payment.attempts.at(-1)?.provider).toBe("phonepe");
  });

  it("I2: a capture of an order that the copy did not know is the payment's capture", () => {
    const payment = restored(attemptIn("UNKNOWN"), { route: ["phonepe"] });
    const outcome = { type: "found", report: report(payment, 3, "COMPLETED") } as const;
    const { payment: paid } = step(payment, { type: "status_answered", n: 3, outcome }, NOW_MS);
    expect(paid).toMatchObject({ state: "COMPLETED", capturedAttempt: 3 });
  });

  it("I2: a second capture among them goes back whole", () => {
    let payment = restored(attemptIn("UNKNOWN"), { route: ["phonepe"] });
    for (const n of [1, 2]) {
      const outcome = { type: "found", report: report(payment, n, "COMPLETED") } as const;
      payment = step(payment, { type: "status_answered", n, outcome }, NOW_MS).payment;
    }
    expect(payment.refunds).toMatchObject([{ automatic: true, amountPaisa: AMOUNT_PAISA }]);
  });

  it("I1: whatever the provider says and whenever, nothing is placed for it", () => {
    const outcomes = fc.constantFrom("not_found", "unreachable", "PENDING", "FAILED", "EXPIRED");
    const moves = fc.array(
      fc.tuple(outcomes, fc.nat({ max: 6 }), fc.nat({ max: 20 * MINUTE_MS })),
      {
        maxLength: 60,
      },
    );
    const states = fc.constantFrom("PLANNED", "SENT", "UNKNOWN", "ABANDONED");
    fc.assert(
      fc.property(states, fc.boolean(), moves, (state, promised, list) => {
        let payment = restored(attemptIn(state), { promised, route: ["phonepe", "razorpay"] });
        let nowMs = NOW_MS;
        for (const [kind, index, waitMs] of list) {
          nowMs += waitMs;
          const n = (index % payment.attempts.length) + 1;
          const outcome =
            kind === "not_found"
              ? ({ type: kind } as const)
              : kind === "unreachable"
                ? ({ type: kind, reason: "away" } as const)
                : ({ type: "found", report: report(payment, n, kind) } as const);
          for (const event of [
            { type: "status_answered", n, outcome },
            { type: "order_repeated" },
            { type: "due" },
          ] as const) {
            const next = step(payment, event, nowMs);
            expect(next.effects.filter(({ type }) => type === "place_order")).toEqual([]);
            payment = next.payment;
          }
        }
      }),
    );
  });

  it("I4: an order that nobody has ever heard of ends unpaid, once its time is over", () => {
    let payment = restored(attemptIn("SENT"), { route: ["phonepe"] });
    let nowMs = NOW_MS;
    let endedAtMs = 0;
    for (let turn = 0; turn < 200 && payment.state === "INITIATING"; turn += 1) {
      nowMs += 10_000;
      endedAtMs = nowMs;
      for (const { n } of payment.attempts) {
        const outcome = { type: "not_found" } as const;
        payment = step(payment, { type: "status_answered", n, outcome }, nowMs).payment;
      }
    }
    expect(payment.state).toBe("EXPIRED");
    expect(endedAtMs).toBeGreaterThanOrEqual(payment.expiresAtMs);
  });
});

describe("a payment past that", () => {
  it.each(ATTEMPT_STATES.filter((state) => state !== "PLANNED" && state !== "SENT"))(
    "I5: with an attempt in %s it is the same but for the time of the next look",
    (state) => {
      const before = paymentWith(attemptIn(state), { state: "PENDING" });
      const { payment, entries, effects } = afterRestore(before, TIMES);
      const bare = ({ attempts, ...rest }: Payment) => ({
        ...rest,
        attempts: attempts.map((attempt) => ({ ...attempt, nextAtMs: null })),
      });
      expect(bare(payment)).toEqual(bare(before));
      expect([entries, effects]).toEqual([[], []]);
    },
  );

  it("UAT-36: looks that are overdue wait for the spread, later ones stay", () => {
    const at = (nextAtMs: number | null) =>
      restored(attemptIn("OPEN", { nextAtMs }), { state: "PENDING" }).attempts[0]?.nextAtMs;
    expect(at(NOW_MS - MINUTE_MS)).toBe(NOW_MS + TIMES.spreadMs);
    expect(at(NOW_MS + MINUTE_MS)).toBe(NOW_MS + MINUTE_MS);
    expect(at(null)).toBe(null);
  });
});

describe("refunds", () => {
  const captured = (refunds: readonly Refund[]) =>
    restored(attemptIn("CAPTURED", { capturedPaisa: amountPaisa(AMOUNT_PAISA) }), {
      state: "COMPLETED",
      capturedAttempt: 1,
      refunds,
    });

  it.each(REFUND_STATES)("I3: one in %s is not posted again unasked", (state) => {
    const payment = captured([refund(state, 1)]);
    const due = step(payment, { type: "due" }, NOW_MS + MINUTE_MS);
    expect(due.effects.filter(({ type }) => type === "place_refund")).toEqual([]);
    const inDoubt = ["QUEUED", "SENT", "UNKNOWN"].includes(state);
    expect(payment.refunds[0]?.state).toBe(inDoubt ? "UNKNOWN" : state);
  });

  it("UAT-57: of several that the provider does not have one is posted at a time", () => {
    let payment = captured([refund("SENT", 1), refund("QUEUED", 2), refund("QUEUED", 3)]);
    let nowMs = NOW_MS;
    for (let turn = 0; turn < 10; turn += 1) {
      nowMs += 11_000;
      for (const { merchantRefundId } of payment.refunds) {
        const outcome = { type: "not_found" } as const;
        const event = { type: "refund_status_answered", merchantRefundId, outcome } as const;
        payment = step(payment, event, nowMs).payment;
        const posted = payment.refunds.filter(({ state }) => state === "SENT");
        expect(posted.length).toBeLessThanOrEqual(1);
      }
    }
    const states = payment.refunds.map(({ state }) => state).toSorted();
    expect(states).toEqual(["QUEUED", "QUEUED", "SENT"]);
  });
});
