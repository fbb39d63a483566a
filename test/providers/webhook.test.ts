import { describe, expect, it } from "vitest";
import { readPhonePeWebhook } from "#providers";
import { example, exampleNames } from "./examples.ts";

const order = (state: string, decisive: boolean) => ({
  state,
  decisive,
  subject: { kind: "order", providerOrderId: "ord_2026_000123" },
});
const refund = (state: string) => ({
  state,
  decisive: true,
  subject: {
    kind: "refund",
    providerOrderId: "ord_2026_000123",
    merchantRefundId: "rfd_2026_000045",
    providerRefundId: "OMR2609301330001122334455",
  },
});

/** What the examples about orders and refunds of checkout say; all others are kept and not acted on. */
const READ = new Map<string, object>([
  ["webhook-checkout-order-completed", order("COMPLETED", true)],
  ["webhook-checkout-order-completed-card-no-type", order("COMPLETED", true)],
  ["webhook-checkout-order-completed-mandate-setup", order("COMPLETED", true)],
  ["webhook-checkout-order-failed", order("FAILED", true)],
  ["webhook-checkout-transaction-attempt-failed", order("PENDING", false)],
  ["webhook-pg-order-completed", order("COMPLETED", true)],
  ["webhook-pg-order-failed", order("FAILED", true)],
  ["webhook-pg-transaction-attempt-failed", order("PENDING", false)],
  ["webhook-pg-transaction-failed", order("PENDING", false)],
  ["webhook-pg-refund-accepted", refund("CONFIRMED")],
  ["webhook-pg-refund-completed", refund("COMPLETED")],
  ["webhook-pg-refund-completed-no-envelope", { ...refund("COMPLETED"), event: "" }],
  ["webhook-pg-refund-failed", refund("FAILED")],
]);
const OTHER = { subject: { kind: "other" }, decisive: false };

describe("readPhonePeWebhook", () => {
  it.each(exampleNames("webhook"))("contract.md 6.4: example %s is read", (name) => {
    expect(readPhonePeWebhook(example(name))).toMatchObject({
      ok: true,
      value: READ.get(name) ?? OTHER,
    });
  });

  it("UAT-44: with every example the type decides nothing", () => {
    for (const name of exampleNames("webhook")) {
      const body = { ...Object(example(name)), type: "PG_REFUND_FAILED" };
      expect(readPhonePeWebhook(body)).toEqual(readPhonePeWebhook(example(name)));
    }
  });

  it("I10: nothing of a payer is read from any example", () => {
    for (const name of exampleNames("webhook")) {
      expect(JSON.stringify(readPhonePeWebhook(example(name)))).not.toMatch(
        /Asha|@ybl|4321|user_42/,
      );
    }
  });

  it("UAT-43: payload.state decides, not the event's name", () => {
    const payload = { merchantOrderId: "o", state: "PENDING" };
    expect(readPhonePeWebhook({ event: "checkout.order.completed", payload })).toMatchObject({
      value: { state: "PENDING", decisive: false },
    });
  });

  it.each([
    "checkout.order",
    "checkoutXorder.completed",
    "xcheckout.order.completed",
    "PG.REFUND.FAILED",
  ])("contract.md 6.3: the event %s is an unknown one", (event) => {
    expect(readPhonePeWebhook({ event, payload: {} })).toMatchObject({ ok: true, value: OTHER });
  });

  it("contract.md 6.3: fields of a wrong type count as absent", () => {
    const payload = { merchantOrderId: { $ne: "" }, state: "COMPLETED" };
    expect(readPhonePeWebhook({ event: "pg.order.completed", payload })).toEqual({
      ok: false,
      refusal: "fields_missing",
    });
  });

  it("API-4: ids of 129 characters count as absent", () => {
    const payload = { merchantOrderId: "a".repeat(129), state: "COMPLETED" };
    expect(readPhonePeWebhook({ event: "pg.order.completed", payload }).ok).toBe(false);
  });
});
