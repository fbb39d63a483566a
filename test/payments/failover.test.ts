import { describe, expect, it } from "vitest";
import { amountPaisa, merchantIdSchema, merchantOrderIdSchema } from "#base";
import type { PayOutcome } from "#payments";
import type { Step } from "../../src/payments/draft.ts";
import { isAnswerable, outcomeOf } from "../../src/payments/answers.ts";
import { createPayment, nextDueAtMs, type PaymentEvent, step } from "../../src/payments/machine.ts";
import type { Payment, ProviderName } from "../../src/payments/model.ts";
import { paymentView } from "../../src/payments/presenter.ts";
import { report } from "./fixtures.ts";
import { NO_RISK } from "../support/no-risk.ts";

const START_MS = 1_000_000;
const SECOND_MS = 1_000;
const NOT_SENT: PayOutcome = { type: "not_sent", reason: "breaker_open" };
const LOST: PayOutcome = { type: "unknown", reason: "timeout" };
const accepted = (ref: string): PayOutcome => ({
  type: "accepted",
  providerRef: ref,
  payUrl: `https://pay.example/${ref}`,
  expiresAtMs: START_MS + 900 * SECOND_MS,
});

/** A payment that lives through events; what each step asked the shell to do stands in `asked`. */
function life(route: readonly [ProviderName, ...ProviderName[]] = ["phonepe", "razorpay"]) {
  const merchantOrderId = merchantOrderIdSchema.parse("order-1");
  const first = createPayment(
    {
      paymentId: "pay_0123456789abcdefghijkl",
      merchantId: merchantIdSchema.parse("m"),
      merchantOrderId,
      amountPaisa: amountPaisa(10_000),
      order: { redirectUrl: "https://shop.example", expireAfterSec: 900 },
      contentHash: "hash",
      configVersion: 0,
      route,
      customer: null,
      risk: NO_RISK,
    },
    START_MS,
  );
  let payment: Payment = first.payment;
  let nowMs = START_MS;
  const told = ({ effects }: Step) =>
    effects.map((effect) => ("n" in effect ? `${effect.type} ${effect.n}` : effect.type));
  return {
    get payment() {
      return payment;
    },
    get states() {
      return payment.attempts.map(({ provider, state }) => `${provider} ${state}`);
    },
    first: told(first),
    after(ms: number) {
      nowMs += ms;
    },
    apply(event: PaymentEvent) {
      const next = step(payment, event, nowMs);
      payment = next.payment;
      return told(next);
    },
    answered(n: number, outcome: PayOutcome) {
      return this.apply({ type: "pay_answered", n, outcome });
    },
    notFound(n: number) {
      return this.apply({ type: "status_answered", n, outcome: { type: "not_found" } });
    },
  };
}

/** The status API says often enough, and late enough, that there is no such order. */
function proveAbsent(one: ReturnType<typeof life>, n: number): string[] {
  let asked: string[] = [];
  for (let look = 0; look < 4 && !asked.includes(`place_order ${n}`); look += 1) {
    one.after(10 * SECOND_MS);
    asked = one.notFound(n);
  }
  return asked;
}

describe("failover", () => {
  it("design: what was never sent goes to the stand-in at once", () => {
    const one = life();
    expect(one.first).toEqual(["place_order 1"]);
    expect(one.answered(1, NOT_SENT)).toEqual(["place_order 2"]);
    expect(one.states).toEqual(["phonepe PLANNED", "razorpay SENT"]);
    expect(isAnswerable(one.payment)).toBe(false);
    expect(one.answered(2, accepted("plink_1"))).toEqual([]);
    expect(one.states).toEqual(["phonepe DEAD", "razorpay OPEN"]);
    expect(one.payment.state).toBe("PENDING");
  });

  it("api.md 4: the answer names the stand-in and its pay URL, and no script of PhonePe's", () => {
    const one = life();
    one.answered(1, NOT_SENT);
    one.answered(2, accepted("plink_1"));
    const identity = { requestId: "req_1", keyId: "ak_1" };
    const view = paymentView(one.payment, identity, { scriptUrl: null });
    expect(view).toMatchObject({
      provider: "razorpay",
      redirectUrl: "https://pay.example/plink_1",
    });
    expect(view).not.toHaveProperty("checkout");
  });

  it("api.md 2: when nobody can be given it, it is unavailable, and a repeat begins at the first again", () => {
    const one = life();
    one.answered(1, NOT_SENT);
    expect(one.answered(2, NOT_SENT)).toEqual([]);
    expect(one.states).toEqual(["phonepe PLANNED", "razorpay PLANNED"]);
    expect(outcomeOf(one.payment)).toBe("unavailable");
    const ids = one.payment.attempts.map(({ providerOrderId }) => providerOrderId);
    expect(one.apply({ type: "order_repeated" })).toEqual(["place_order 1"]);
    expect(isAnswerable(one.payment)).toBe(false);
    expect(one.answered(1, NOT_SENT)).toEqual(["place_order 2"]);
    expect(one.payment.attempts.map(({ providerOrderId }) => providerOrderId)).toEqual(ids);
  });

  it("api.md 4: the one that can be paid is shown, also when it is not the newest", () => {
    const one = life();
    one.answered(1, NOT_SENT);
    one.answered(2, NOT_SENT);
    one.apply({ type: "order_repeated" });
    one.answered(1, accepted("OMO_1"));
    expect(one.states).toEqual(["phonepe OPEN", "razorpay DEAD"]);
    const identity = { requestId: "req_1", keyId: "ak_1" };
    const view = paymentView(one.payment, identity, { scriptUrl: "https://script.example" });
    expect(view).toMatchObject({ provider: "phonepe", redirectUrl: "https://pay.example/OMO_1" });
  });

  it("I1, contract.md 7.4: a lost call is never followed by another provider", () => {
    const one = life();
    expect(one.answered(1, LOST)).toEqual([]);
    expect(one.states).toEqual(["phonepe UNKNOWN"]);
    expect(one.apply({ type: "order_repeated" })).toEqual([]);
    expect(one.states).toEqual(["phonepe UNKNOWN"]);
  });

  it("I1: after a lost call, a repeat that was not sent proves nothing", () => {
    const one = life();
    one.answered(1, LOST);
    const again = proveAbsent(one, 1);
    expect(again).toEqual(["place_order 1"]);
    one.answered(1, LOST);
    one.notFound(1);
    expect(one.states).toEqual(["phonepe UNKNOWN"]);
  });

  it("design: once the status API has proven that there is no order, what was not sent goes to the stand-in", () => {
    const one = life();
    one.answered(1, LOST);
    proveAbsent(one, 1);
    expect(one.answered(1, NOT_SENT)).toEqual(["place_order 2"]);
  });

  it("I1: an order that exists is not replaced by a stand-in", () => {
    const one = life();
    one.answered(1, { type: "exists" });
    expect(one.states).toEqual(["phonepe UNKNOWN"]);
    one.apply({
      type: "status_answered",
      n: 1,
      outcome: { type: "found", report: report({ providerOrderId: "order-1" }) },
    });
    expect(one.states).toEqual(["phonepe UNKNOWN"]);
  });

  it("api.md 2: an order that the provider refuses for what it says is FAILED, and goes to nobody else", () => {
    const one = life();
    expect(one.answered(1, { type: "rejected", code: "INVALID" })).toEqual([]);
    expect(one.payment.state).toBe("FAILED");
  });

  it("I1: a stand-in whose answer was lost keeps everybody waiting, also the merchant's repeat", () => {
    const one = life();
    one.answered(1, NOT_SENT);
    one.answered(2, LOST);
    expect(one.states).toEqual(["phonepe PLANNED", "razorpay UNKNOWN"]);
    expect(one.apply({ type: "order_repeated" })).toEqual([]);
    expect(isAnswerable(one.payment)).toBe(false);
  });

  it("design: a lost pay URL of the stand-in goes back along the route", () => {
    const one = life();
    one.answered(1, NOT_SENT);
    one.answered(2, LOST);
    const { providerOrderId } = one.payment.attempts[1] ?? {};
    const found = report({ providerOrderId });
    expect(
      one.apply({ type: "status_answered", n: 2, outcome: { type: "found", report: found } }),
    ).toEqual(["place_order 1"]);
    expect(one.states).toEqual(["phonepe SENT", "razorpay ABANDONED"]);
  });

  it("I2: a capture at the first provider after the stand-in's goes back whole", () => {
    const one = life();
    one.answered(1, NOT_SENT);
    one.answered(2, accepted("plink_1"));
    const [first, second] = one.payment.attempts;
    const paid = (id: string | undefined, ref: string) =>
      report({ state: "COMPLETED", providerOrderId: id, providerRef: ref });
    one.apply({
      type: "status_answered",
      n: 2,
      outcome: { type: "found", report: paid(second?.providerOrderId, "plink_1") },
    });
    expect(one.payment.state).toBe("COMPLETED");
    const asked = one.apply({
      type: "status_answered",
      n: 1,
      outcome: { type: "found", report: paid(first?.providerOrderId, "OMO_1") },
    });
    expect(asked).toEqual(["place_refund"]);
    expect(one.payment.refunds).toMatchObject([
      { attemptN: 1, amountPaisa: 10_000, automatic: true, reason: "duplicate_capture" },
    ]);
  });

  it("contract.md 3.1: a stand-in's order id is short and of our own making, the merchant's id stays PhonePe's", () => {
    const one = life();
    one.answered(1, NOT_SENT);
    expect(one.payment.attempts.map(({ providerOrderId }) => providerOrderId)).toEqual([
      "order-1",
      "pay_0123456789abcdefghijkl-2",
    ]);
  });

  it("api.md 4: what a caller was told to wait for goes on by itself", () => {
    const one = life(["phonepe"]);
    one.apply({ type: "caller_told_to_wait" });
    one.answered(1, NOT_SENT);
    expect(one.states).toEqual(["phonepe PLANNED"]);
    expect(outcomeOf(one.payment)).toBe("initiating");
    one.after(2 * SECOND_MS);
    expect(one.apply({ type: "due" })).toEqual(["place_order 1"]);
    one.answered(1, NOT_SENT);
    one.after(2 * SECOND_MS);
    expect(one.apply({ type: "due" })).toEqual([]);
    one.after(2 * SECOND_MS);
    expect(one.apply({ type: "due" })).toEqual(["place_order 1"]);
    one.answered(1, accepted("OMO_1"));
    expect(one.payment.state).toBe("PENDING");
  });

  it("api.md 4: it goes on until it has expired, and along the whole route", () => {
    const one = life();
    one.apply({ type: "caller_told_to_wait" });
    one.answered(1, NOT_SENT);
    one.answered(2, NOT_SENT);
    one.after(2 * SECOND_MS);
    expect(one.apply({ type: "due" })).toEqual(["place_order 1"]);
    expect(nextDueAtMs(one.payment)).toBeGreaterThan(START_MS + 2 * SECOND_MS);
    expect(one.answered(1, NOT_SENT)).toEqual(["place_order 2"]);
    one.answered(2, NOT_SENT);
    one.after(900 * SECOND_MS);
    expect(one.apply({ type: "due" })).toEqual([]);
    expect(one.payment.state).toBe("EXPIRED");
  });

  it("I1: a webhook about the one that was refused starts nothing while the stand-in is under way", () => {
    const one = life();
    one.apply({ type: "caller_told_to_wait" });
    one.answered(1, NOT_SENT);
    one.apply({ type: "order_hinted", n: 1 });
    one.after(2 * SECOND_MS);
    expect(one.apply({ type: "due" })).toEqual(["ask_status 1"]);
    for (let look = 0; look < 5; look += 1) {
      one.after(10 * SECOND_MS);
      expect(one.notFound(1)).toEqual([]);
    }
    expect(one.states).toEqual(["phonepe PLANNED", "razorpay SENT"]);
  });
});
