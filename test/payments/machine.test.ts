import { describe, expect, it } from "vitest";
import { nextDueAtMs, type PaymentEvent, step } from "../../src/payments/machine.ts";
import {
  ATTEMPT_STATES,
  type AttemptState,
  PAYMENT_MOVES,
  PAYMENT_STATES,
  type PaymentState,
  REFUND_STATES,
  type RefundState,
} from "../../src/payments/model.ts";
import { attemptIn, NOW_MS, paymentWith, refundIn, report } from "./fixtures.ts";

const found = (more: Parameters<typeof report>[0]): PaymentEvent => ({
  type: "status_answered",
  n: 1,
  outcome: { type: "found", report: report(more) },
});

/** Every event that can meet an attempt. */
const ATTEMPT_EVENTS = {
  pay_accepted: {
    type: "pay_answered",
    n: 1,
    outcome: {
      type: "accepted",
      providerRef: "OMO_order",
      payUrl: "https://pay.example/order",
      expiresAtMs: NOW_MS + 900_000,
    },
  },
  pay_exists: { type: "pay_answered", n: 1, outcome: { type: "exists" } },
  pay_rejected: { type: "pay_answered", n: 1, outcome: { type: "rejected", code: "BAD" } },
  pay_not_sent: { type: "pay_answered", n: 1, outcome: { type: "not_sent", reason: "x" } },
  pay_unknown: { type: "pay_answered", n: 1, outcome: { type: "unknown", reason: "x" } },
  status_pending: found({ state: "PENDING" }),
  status_completed: found({ state: "COMPLETED" }),
  status_failed: found({ state: "FAILED" }),
  status_expired: found({ state: "EXPIRED" }),
  status_other_amount: found({ state: "COMPLETED", amountPaisa: 1 }),
  status_other_id: found({ state: "COMPLETED", providerOrderId: "another" }),
  status_not_found: { type: "status_answered", n: 1, outcome: { type: "not_found" } },
  status_unreachable: {
    type: "status_answered",
    n: 1,
    outcome: { type: "unreachable", reason: "x" },
  },
  hinted: { type: "order_hinted", n: 1 },
  repeated: { type: "order_repeated" },
  refreshed: { type: "refresh_requested" },
  due: { type: "due" },
} as const satisfies Record<string, PaymentEvent>;
type AttemptEvent = keyof typeof ATTEMPT_EVENTS;

type Outcome = readonly [AttemptState, PaymentState, effects: string];

const EXPECTED: Record<AttemptState, Record<AttemptEvent, Outcome>> = {
  PLANNED: {
    pay_accepted: ["PLANNED", "INITIATING", ""],
    pay_exists: ["PLANNED", "INITIATING", ""],
    pay_rejected: ["PLANNED", "INITIATING", ""],
    pay_not_sent: ["PLANNED", "INITIATING", ""],
    pay_unknown: ["PLANNED", "INITIATING", ""],
    status_pending: ["UNKNOWN", "INITIATING", ""],
    status_completed: ["CAPTURED", "COMPLETED", ""],
    status_failed: ["DEAD", "FAILED", ""],
    status_expired: ["DEAD", "EXPIRED", ""],
    status_other_amount: ["PLANNED", "INITIATING", ""],
    status_other_id: ["PLANNED", "INITIATING", ""],
    status_not_found: ["PLANNED", "INITIATING", ""],
    status_unreachable: ["PLANNED", "INITIATING", ""],
    hinted: ["PLANNED", "INITIATING", "ask_status 1"],
    repeated: ["SENT", "INITIATING", "place_order 1"],
    refreshed: ["PLANNED", "INITIATING", ""],
    due: ["DEAD", "EXPIRED", ""],
  },
  SENT: {
    pay_accepted: ["OPEN", "PENDING", ""],
    pay_exists: ["UNKNOWN", "INITIATING", "ask_status 1"],
    pay_rejected: ["DEAD", "FAILED", ""],
    pay_not_sent: ["PLANNED", "INITIATING", ""],
    pay_unknown: ["UNKNOWN", "INITIATING", ""],
    status_pending: ["SENT", "INITIATING", ""],
    status_completed: ["CAPTURED", "COMPLETED", ""],
    status_failed: ["DEAD", "FAILED", ""],
    status_expired: ["DEAD", "EXPIRED", ""],
    status_other_amount: ["SENT", "INITIATING", ""],
    status_other_id: ["SENT", "INITIATING", ""],
    status_not_found: ["SENT", "INITIATING", ""],
    status_unreachable: ["SENT", "INITIATING", ""],
    hinted: ["SENT", "INITIATING", ""],
    repeated: ["SENT", "INITIATING", ""],
    refreshed: ["SENT", "INITIATING", ""],
    due: ["UNKNOWN", "INITIATING", "ask_status 1"],
  },
  UNKNOWN: {
    pay_accepted: ["OPEN", "PENDING", ""],
    pay_exists: ["UNKNOWN", "INITIATING", ""],
    pay_rejected: ["UNKNOWN", "INITIATING", ""],
    pay_not_sent: ["UNKNOWN", "INITIATING", ""],
    pay_unknown: ["UNKNOWN", "INITIATING", ""],
    status_pending: ["ABANDONED", "INITIATING", "place_order 2"],
    status_completed: ["CAPTURED", "COMPLETED", ""],
    status_failed: ["DEAD", "FAILED", ""],
    status_expired: ["DEAD", "EXPIRED", ""],
    status_other_amount: ["UNKNOWN", "INITIATING", ""],
    status_other_id: ["UNKNOWN", "INITIATING", ""],
    status_not_found: ["UNKNOWN", "INITIATING", ""],
    status_unreachable: ["UNKNOWN", "INITIATING", ""],
    hinted: ["UNKNOWN", "INITIATING", "ask_status 1"],
    repeated: ["UNKNOWN", "INITIATING", ""],
    refreshed: ["UNKNOWN", "INITIATING", "ask_status 1"],
    due: ["UNKNOWN", "INITIATING", "ask_status 1"],
  },
  OPEN: {
    pay_accepted: ["OPEN", "PENDING", ""],
    pay_exists: ["OPEN", "PENDING", ""],
    pay_rejected: ["OPEN", "PENDING", ""],
    pay_not_sent: ["OPEN", "PENDING", ""],
    pay_unknown: ["OPEN", "PENDING", ""],
    status_pending: ["OPEN", "PENDING", ""],
    status_completed: ["CAPTURED", "COMPLETED", ""],
    status_failed: ["DEAD", "FAILED", ""],
    status_expired: ["DEAD", "EXPIRED", ""],
    status_other_amount: ["OPEN", "PENDING", ""],
    status_other_id: ["OPEN", "PENDING", ""],
    status_not_found: ["OPEN", "PENDING", ""],
    status_unreachable: ["OPEN", "PENDING", ""],
    hinted: ["OPEN", "PENDING", "ask_status 1"],
    repeated: ["OPEN", "PENDING", ""],
    refreshed: ["OPEN", "PENDING", "ask_status 1"],
    due: ["OPEN", "PENDING", "ask_status 1"],
  },
  ABANDONED: {
    pay_accepted: ["ABANDONED", "INITIATING", ""],
    pay_exists: ["ABANDONED", "INITIATING", ""],
    pay_rejected: ["ABANDONED", "INITIATING", ""],
    pay_not_sent: ["ABANDONED", "INITIATING", ""],
    pay_unknown: ["ABANDONED", "INITIATING", ""],
    status_pending: ["ABANDONED", "INITIATING", ""],
    status_completed: ["CAPTURED", "COMPLETED", ""],
    status_failed: ["DEAD", "FAILED", ""],
    status_expired: ["DEAD", "EXPIRED", ""],
    status_other_amount: ["ABANDONED", "INITIATING", ""],
    status_other_id: ["ABANDONED", "INITIATING", ""],
    status_not_found: ["ABANDONED", "INITIATING", ""],
    status_unreachable: ["ABANDONED", "INITIATING", ""],
    hinted: ["ABANDONED", "INITIATING", "ask_status 1"],
    repeated: ["ABANDONED", "INITIATING", ""],
    refreshed: ["ABANDONED", "INITIATING", "ask_status 1"],
    due: ["ABANDONED", "INITIATING", "ask_status 1"],
  },
  CAPTURED: {
    pay_accepted: ["CAPTURED", "COMPLETED", ""],
    pay_exists: ["CAPTURED", "COMPLETED", ""],
    pay_rejected: ["CAPTURED", "COMPLETED", ""],
    pay_not_sent: ["CAPTURED", "COMPLETED", ""],
    pay_unknown: ["CAPTURED", "COMPLETED", ""],
    status_pending: ["CAPTURED", "COMPLETED", ""],
    status_completed: ["CAPTURED", "COMPLETED", ""],
    status_failed: ["CAPTURED", "COMPLETED", ""],
    status_expired: ["CAPTURED", "COMPLETED", ""],
    status_other_amount: ["CAPTURED", "COMPLETED", ""],
    status_other_id: ["CAPTURED", "COMPLETED", ""],
    status_not_found: ["CAPTURED", "COMPLETED", ""],
    status_unreachable: ["CAPTURED", "COMPLETED", ""],
    hinted: ["CAPTURED", "COMPLETED", ""],
    repeated: ["CAPTURED", "COMPLETED", ""],
    refreshed: ["CAPTURED", "COMPLETED", ""],
    due: ["CAPTURED", "COMPLETED", ""],
  },
  DEAD: {
    pay_accepted: ["DEAD", "FAILED", ""],
    pay_exists: ["DEAD", "FAILED", ""],
    pay_rejected: ["DEAD", "FAILED", ""],
    pay_not_sent: ["DEAD", "FAILED", ""],
    pay_unknown: ["DEAD", "FAILED", ""],
    status_pending: ["DEAD", "FAILED", ""],
    status_completed: ["CAPTURED", "COMPLETED", ""],
    status_failed: ["DEAD", "FAILED", ""],
    status_expired: ["DEAD", "FAILED", ""],
    status_other_amount: ["DEAD", "FAILED", ""],
    status_other_id: ["DEAD", "FAILED", ""],
    status_not_found: ["DEAD", "FAILED", ""],
    status_unreachable: ["DEAD", "FAILED", ""],
    hinted: ["DEAD", "FAILED", "ask_status 1"],
    repeated: ["DEAD", "FAILED", ""],
    refreshed: ["DEAD", "FAILED", "ask_status 1"],
    due: ["DEAD", "FAILED", ""],
  },
};

describe("every attempt state × every event", () => {
  it.each(
    ATTEMPT_STATES.flatMap((state) =>
      Object.entries(EXPECTED[state]).map(([event, outcome]) => ({ state, event, outcome })),
    ),
  )("I5: $state meets $event", ({ state, event, outcome }) => {
    expect(outcomeOf(state, named(ATTEMPT_EVENTS, event))).toEqual(outcome);
  });
});

function named(events: Readonly<Record<string, PaymentEvent>>, name: string): PaymentEvent {
  const event = events[name];
  if (!event) throw new Error(`no event ${name}`);
  return event;
}

function outcomeOf(state: AttemptState, event: PaymentEvent): Outcome {
  const next = step(paymentWith(attemptIn(state)), event, NOW_MS);
  const attempt = next.payment.attempts[0];
  const effects = next.effects.map((effect) =>
    "n" in effect ? `${effect.type} ${effect.n}` : effect.type,
  );
  return [attempt?.state ?? state, next.payment.state, effects.join(", ")];
}

const refundFound = (
  state: "PENDING" | "CONFIRMED" | "COMPLETED" | "FAILED",
  paisa = 1_000,
): PaymentEvent => ({
  type: "refund_status_answered",
  merchantRefundId: "refund",
  outcome: { type: "found", report: { state, amountPaisa: paisa } },
});
const refundAnswered = (
  outcome: Extract<PaymentEvent, { type: "refund_answered" }>["outcome"],
): PaymentEvent => ({ type: "refund_answered", merchantRefundId: "refund", outcome });
const refundStatus = (
  outcome: Extract<PaymentEvent, { type: "refund_status_answered" }>["outcome"],
): PaymentEvent => ({ type: "refund_status_answered", merchantRefundId: "refund", outcome });

/** Every event that can meet a refund. */
const REFUND_EVENTS = {
  accepted: refundAnswered({ type: "accepted", providerRefundId: "OMR" }),
  exists: refundAnswered({ type: "exists" }),
  rejected: refundAnswered({ type: "rejected", code: "BAD" }),
  not_sent: refundAnswered({ type: "not_sent", reason: "x" }),
  unknown: refundAnswered({ type: "unknown", reason: "x" }),
  status_pending: refundFound("PENDING"),
  status_confirmed: refundFound("CONFIRMED"),
  status_completed: refundFound("COMPLETED"),
  status_failed: refundFound("FAILED"),
  status_other_amount: refundFound("COMPLETED", 1),
  status_not_found: refundStatus({ type: "not_found" }),
  status_unreachable: refundStatus({ type: "unreachable", reason: "x" }),
  hinted: { type: "refund_hinted", merchantRefundId: "refund" },
  refreshed: { type: "refresh_requested" },
  due: { type: "due" },
} as const satisfies Record<string, PaymentEvent>;
type RefundEvent = keyof typeof REFUND_EVENTS;

const EXPECTED_REFUND: Record<RefundState, Record<RefundEvent, readonly [RefundState, string]>> = {
  QUEUED: {
    accepted: ["QUEUED", ""],
    exists: ["QUEUED", ""],
    rejected: ["QUEUED", ""],
    not_sent: ["QUEUED", ""],
    unknown: ["QUEUED", ""],
    status_pending: ["QUEUED", ""],
    status_confirmed: ["QUEUED", ""],
    status_completed: ["QUEUED", ""],
    status_failed: ["QUEUED", ""],
    status_other_amount: ["QUEUED", ""],
    status_not_found: ["QUEUED", ""],
    status_unreachable: ["QUEUED", ""],
    hinted: ["QUEUED", ""],
    refreshed: ["QUEUED", ""],
    due: ["SENT", "place_refund"],
  },
  SENT: {
    accepted: ["PENDING", ""],
    exists: ["UNKNOWN", ""],
    rejected: ["FAILED", ""],
    not_sent: ["QUEUED", ""],
    unknown: ["UNKNOWN", ""],
    status_pending: ["PENDING", ""],
    status_confirmed: ["CONFIRMED", ""],
    status_completed: ["COMPLETED", ""],
    status_failed: ["FAILED", ""],
    status_other_amount: ["SENT", ""],
    status_not_found: ["SENT", ""],
    status_unreachable: ["SENT", ""],
    hinted: ["SENT", ""],
    refreshed: ["SENT", ""],
    due: ["UNKNOWN", "ask_refund"],
  },
  UNKNOWN: {
    accepted: ["PENDING", ""],
    exists: ["UNKNOWN", ""],
    rejected: ["UNKNOWN", ""],
    not_sent: ["UNKNOWN", ""],
    unknown: ["UNKNOWN", ""],
    status_pending: ["PENDING", ""],
    status_confirmed: ["CONFIRMED", ""],
    status_completed: ["COMPLETED", ""],
    status_failed: ["FAILED", ""],
    status_other_amount: ["UNKNOWN", ""],
    status_not_found: ["UNKNOWN", ""],
    status_unreachable: ["UNKNOWN", ""],
    hinted: ["UNKNOWN", "ask_refund"],
    refreshed: ["UNKNOWN", "ask_refund"],
    due: ["UNKNOWN", "ask_refund"],
  },
  PENDING: {
    accepted: ["PENDING", ""],
    exists: ["PENDING", ""],
    rejected: ["PENDING", ""],
    not_sent: ["PENDING", ""],
    unknown: ["PENDING", ""],
    status_pending: ["PENDING", ""],
    status_confirmed: ["CONFIRMED", ""],
    status_completed: ["COMPLETED", ""],
    status_failed: ["FAILED", ""],
    status_other_amount: ["PENDING", ""],
    status_not_found: ["PENDING", ""],
    status_unreachable: ["PENDING", ""],
    hinted: ["PENDING", "ask_refund"],
    refreshed: ["PENDING", "ask_refund"],
    due: ["PENDING", "ask_refund"],
  },
  CONFIRMED: {
    accepted: ["CONFIRMED", ""],
    exists: ["CONFIRMED", ""],
    rejected: ["CONFIRMED", ""],
    not_sent: ["CONFIRMED", ""],
    unknown: ["CONFIRMED", ""],
    status_pending: ["CONFIRMED", ""],
    status_confirmed: ["CONFIRMED", ""],
    status_completed: ["COMPLETED", ""],
    status_failed: ["FAILED", ""],
    status_other_amount: ["CONFIRMED", ""],
    status_not_found: ["CONFIRMED", ""],
    status_unreachable: ["CONFIRMED", ""],
    hinted: ["CONFIRMED", "ask_refund"],
    refreshed: ["CONFIRMED", "ask_refund"],
    due: ["CONFIRMED", "ask_refund"],
  },
  COMPLETED: {
    accepted: ["COMPLETED", ""],
    exists: ["COMPLETED", ""],
    rejected: ["COMPLETED", ""],
    not_sent: ["COMPLETED", ""],
    unknown: ["COMPLETED", ""],
    status_pending: ["COMPLETED", ""],
    status_confirmed: ["COMPLETED", ""],
    status_completed: ["COMPLETED", ""],
    status_failed: ["COMPLETED", ""],
    status_other_amount: ["COMPLETED", ""],
    status_not_found: ["COMPLETED", ""],
    status_unreachable: ["COMPLETED", ""],
    hinted: ["COMPLETED", ""],
    refreshed: ["COMPLETED", ""],
    due: ["COMPLETED", ""],
  },
  FAILED: {
    accepted: ["FAILED", ""],
    exists: ["FAILED", ""],
    rejected: ["FAILED", ""],
    not_sent: ["FAILED", ""],
    unknown: ["FAILED", ""],
    status_pending: ["FAILED", ""],
    status_confirmed: ["FAILED", ""],
    status_completed: ["FAILED", ""],
    status_failed: ["FAILED", ""],
    status_other_amount: ["FAILED", ""],
    status_not_found: ["FAILED", ""],
    status_unreachable: ["FAILED", ""],
    hinted: ["FAILED", ""],
    refreshed: ["FAILED", ""],
    due: ["FAILED", ""],
  },
};

describe("every refund state × every event", () => {
  it.each(
    REFUND_STATES.flatMap((state) =>
      Object.entries(EXPECTED_REFUND[state]).map(([event, outcome]) => ({ state, event, outcome })),
    ),
  )("UAT-55: refund in $state meets $event", ({ state, event, outcome }) => {
    const payment = paymentWith(attemptIn("CAPTURED"), { refunds: [refundIn(state)] });
    const next = step(payment, named(REFUND_EVENTS, event), NOW_MS);
    const effects = next.effects.map((effect) => effect.type).join(", ");
    expect([next.payment.refunds[0]?.state, effects]).toEqual(outcome);
    expect(next.payment.state).toBe("COMPLETED");
  });
});

describe("the payment's own moves", () => {
  it("I5: COMPLETED and BLOCKED are left by nothing, FAILED and EXPIRED by a late capture only", () => {
    expect(PAYMENT_MOVES).toMatchObject({
      COMPLETED: [],
      BLOCKED: [],
      FAILED: ["COMPLETED"],
      EXPIRED: ["COMPLETED"],
    });
  });

  it.each(PAYMENT_STATES)("I5: no event moves a payment in %s off the table", (state) => {
    const attempts = state === "BLOCKED" ? [] : ATTEMPT_STATES;
    for (const attempt of attempts) {
      for (const event of Object.values(ATTEMPT_EVENTS)) {
        const capturedAttempt = attempt === "CAPTURED" || state === "COMPLETED" ? 1 : null;
        const payment = paymentWith(attemptIn(attempt), { state, capturedAttempt });
        const after = step(payment, event, NOW_MS).payment.state;
        expect([state, ...PAYMENT_MOVES[state]]).toContain(after);
      }
    }
    const repeated = step(
      paymentWith(attemptIn("DEAD"), { state, attempts: [] }),
      { type: "due" },
      NOW_MS,
    );
    expect(repeated.payment.state).toBe(state);
  });
});

describe("the dangerous corners", () => {
  it("I2: an order that ended unpaid is asked about again, so a capture without a webhook is found", () => {
    const ended = step(paymentWith(attemptIn("OPEN")), found({ state: "EXPIRED" }), NOW_MS);
    expect(ended.payment.state).toBe("EXPIRED");
    const dueAtMs = nextDueAtMs(ended.payment) ?? 0;
    expect(dueAtMs - NOW_MS).toBe(300_000);
    const asked = step(ended.payment, { type: "due" }, dueAtMs);
    expect(asked.effects).toEqual([{ type: "ask_status", n: 1 }]);
    const late = step(asked.payment, found({ state: "COMPLETED" }), dueAtMs);
    expect(late.payment.state).toBe("COMPLETED");
    expect(nextDueAtMs(late.payment)).toBeNull();
  });

  it("I2: a capture of a second attempt goes back whole, once", () => {
    const second = attemptIn("OPEN", { n: 2, providerRef: "OMO_2" });
    const payment = paymentWith(attemptIn("CAPTURED"), {
      attempts: [attemptIn("CAPTURED"), second],
    });
    const event: PaymentEvent = {
      type: "status_answered",
      n: 2,
      outcome: { type: "found", report: report({ state: "COMPLETED", providerRef: "OMO_2" }) },
    };
    const once = step(payment, event, NOW_MS);
    expect(once.payment.refunds).toMatchObject([
      { attemptN: 2, amountPaisa: 10_000, reason: "duplicate_capture", automatic: true },
    ]);
    expect(once.notifications).toContain("payment.refunded_duplicate");
    expect(step(once.payment, event, NOW_MS).payment.refunds).toHaveLength(1);
  });

  it("UAT-58: an automatic refund that failed is tried again under a new id", () => {
    const failed = refundIn("PENDING", { automatic: true });
    const payment = paymentWith(attemptIn("CAPTURED"), { refunds: [failed] });
    const next = step(payment, refundFound("FAILED"), NOW_MS);
    expect(next.payment.refunds).toMatchObject([{ state: "FAILED" }, { state: "QUEUED" }]);
    expect(next.payment.refunds[1]?.merchantRefundId).not.toBe(failed.merchantRefundId);
    expect(next.payment.refunds[1]?.nextAtMs).toBeGreaterThan(NOW_MS);
  });

  it("CF-01: an id that exists without our having lost a call is watched, never replaced", () => {
    const exists = step(paymentWith(attemptIn("SENT")), ATTEMPT_EVENTS.pay_exists, NOW_MS);
    const seen = step(exists.payment, ATTEMPT_EVENTS.status_pending, NOW_MS);
    expect(seen.payment.attempts).toHaveLength(1);
    expect(seen.payment.attempts[0]?.state).toBe("UNKNOWN");
    expect(seen.effects).toEqual([]);
  });

  it("contract.md 4.4: 'not found' is believed after 25 s and three looks, then the same id is posted again", () => {
    let payment = paymentWith(attemptIn("UNKNOWN", { doubtSinceMs: NOW_MS, misses: 0 }));
    const looks = [2_000, 10_000, 24_999];
    for (const ms of looks) {
      const next = step(payment, ATTEMPT_EVENTS.status_not_found, NOW_MS + ms);
      expect(next.effects).toEqual([]);
      payment = next.payment;
    }
    const next = step(payment, ATTEMPT_EVENTS.status_not_found, NOW_MS + 25_000);
    expect(next.effects).toEqual([{ type: "place_order", n: 1 }]);
    expect(next.payment.attempts[0]?.providerOrderId).toBe("order");
  });

  it("UAT-37: a mismatch is told once and ended by the next agreeing answer", () => {
    const first = step(paymentWith(attemptIn("OPEN")), ATTEMPT_EVENTS.status_other_amount, NOW_MS);
    expect(first.payment).toMatchObject({
      state: "PENDING",
      review: { reason: "amount_mismatch", atMs: NOW_MS },
    });
    expect(first.notifications).toEqual(["payment.review"]);
    const again = step(first.payment, ATTEMPT_EVENTS.status_other_amount, NOW_MS);
    expect(again.notifications).toEqual([]);
    const agreed = step(again.payment, ATTEMPT_EVENTS.status_pending, NOW_MS);
    expect(agreed.payment.review).toBeNull();
  });

  it.each(["OPEN", "UNKNOWN", "ABANDONED", "DEAD"] as const)(
    "I4: a repeated webhook about an attempt in %s is asked about within two seconds, once",
    (state) => {
      const payment = paymentWith(attemptIn(state, { nextAtMs: null }));
      const repeat: PaymentEvent = { type: "order_hinted", n: 1, repeated: true };
      const once = step(payment, repeat, NOW_MS);
      expect(once.effects).toEqual([]);
      expect(once.payment.attempts[0]?.nextAtMs).toBe(NOW_MS + 2_000);
      const twice = step(once.payment, repeat, NOW_MS + 1_500);
      expect(twice.payment.attempts[0]?.nextAtMs).toBe(NOW_MS + 2_000);
    },
  );

  it.each(["pay_rejected", "pay_not_sent", "pay_exists"] as const)(
    "CF-01, I1: after a lost call, %s to the repeat proves nothing: status is asked",
    (answer) => {
      const repeated = attemptIn("SENT", { doubtSinceMs: NOW_MS - 30_000 });
      const next = step(paymentWith(repeated), ATTEMPT_EVENTS[answer], NOW_MS);
      expect(next.payment.state).toBe("INITIATING");
      expect(next.payment.attempts[0]).toMatchObject({ state: "UNKNOWN", doubtSinceMs: NOW_MS });
      expect(next.payment.attempts[0]?.nextAtMs).toBe(NOW_MS + 2_000);
    },
  );

  it.each(["rejected", "not_sent", "exists"] as const)(
    "contract.md 5.4: after a lost refund call, %s to the repeat proves nothing: status is asked",
    (answer) => {
      const repeated = refundIn("SENT", { doubtSinceMs: NOW_MS - 30_000, posts: 2 });
      const payment = paymentWith(attemptIn("CAPTURED"), { refunds: [repeated] });
      const next = step(payment, REFUND_EVENTS[answer], NOW_MS);
      expect(next.payment.refunds[0]).toMatchObject({ state: "UNKNOWN", doubtSinceMs: NOW_MS });
    },
  );

  it("I4: a webhook while the pay call is under way makes us ask as soon as it is answered", () => {
    const hinted = step(paymentWith(attemptIn("SENT")), ATTEMPT_EVENTS.hinted, NOW_MS);
    const opened = step(hinted.payment, ATTEMPT_EVENTS.pay_accepted, NOW_MS);
    expect(opened.effects).toEqual([{ type: "ask_status", n: 1 }]);
  });

  it("contract.md 7.4: a look without an answer is repeated after 2, 4, 8 s, at most a minute later", () => {
    let payment = paymentWith(attemptIn("DEAD"));
    const waits = [];
    for (let turn = 0; turn < 7; turn += 1) {
      const next = step(payment, ATTEMPT_EVENTS.status_unreachable, NOW_MS);
      payment = next.payment;
      waits.push(((payment.attempts[0]?.nextAtMs ?? 0) - NOW_MS) / 1_000);
    }
    expect(waits).toEqual([2, 4, 8, 15, 15, 15, 15]);
    const answered = step(payment, ATTEMPT_EVENTS.status_failed, NOW_MS);
    const nextAtMs = NOW_MS + 300_000;
    expect(answered.payment.attempts[0]).toMatchObject({ failures: 0, nextAtMs });
  });

  it("api.md 2: a payment that no provider has seen waits a day for the merchant's repeat", () => {
    const planned = step(paymentWith(attemptIn("SENT")), ATTEMPT_EVENTS.pay_not_sent, NOW_MS);
    expect(planned.payment.attempts[0]?.nextAtMs).toBe(NOW_MS + 86_400_000);
    const repeated = step(planned.payment, ATTEMPT_EVENTS.repeated, NOW_MS + 80_000_000);
    expect(repeated.payment.expiresAtMs).toBe(NOW_MS + 80_000_000 + 900_000);
  });
});
