import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRazorpayWebhook } from "#providers";
import { ORDER_ID, REFUND_ID } from "../fake-line.ts";
import { link, paidLink, PAYMENT_ID, refund } from "./line.ts";

const event = (name: string, payload: unknown) => ({
  entity: "event",
  account_id: "acc_OU2H3nkLn9jDVo",
  event: name,
  contains: Object.keys(Object(payload)),
  payload,
  created_at: 1_749_618_314,
});
const paymentEntity = (more: object = {}) => ({
  id: PAYMENT_ID,
  entity: "payment",
  amount: 49_900,
  status: "captured",
  order_id: "order_1",
  notes: { merchant_order_id: ORDER_ID },
  vpa: "payer@ybl",
  ...more,
});
const ORDER = { kind: "order", providerOrderId: ORDER_ID };
const REFUND = {
  kind: "refund",
  providerOrderId: ORDER_ID,
  merchantRefundId: REFUND_ID,
  providerRefundId: "rfnd_FgRAHdNOM4ZVbO",
};

describe("readRazorpayWebhook", () => {
  it.each([
    { name: "payment_link.paid", state: "paid", decisive: true },
    { name: "payment_link.expired", state: "expired", decisive: true },
    { name: "payment_link.cancelled", state: "cancelled", decisive: true },
    { name: "payment_link.partially_paid", state: "partially_paid", decisive: false },
    { name: "payment.captured", state: "captured", decisive: true },
    { name: "payment.failed", state: "failed", decisive: false },
  ])("I4: $name names its order", ({ name, state, decisive }) => {
    const payload = {
      payment_link: { entity: link({ status: state }) },
      payment: { entity: paymentEntity({ status: state }) },
    };
    expect(readRazorpayWebhook(event(name, payload))).toEqual({
      ok: true,
      value: { event: name, state, subject: ORDER, decisive },
    });
  });

  it.each([
    ["refund.created", "pending", false],
    ["refund.processed", "processed", true],
    ["refund.failed", "failed", true],
  ])("I4: %s names its refund", (name, state, decisive) => {
    const payload = {
      refund: { entity: refund({ status: state }) },
      payment: { entity: paymentEntity() },
    };
    expect(readRazorpayWebhook(event(name, payload))).toEqual({
      ok: true,
      value: { event: name, state, subject: REFUND, decisive },
    });
  });

  it("a link without our note is named by its reference", () => {
    const payload = { payment_link: { entity: link({ notes: [] }) } };
    expect(readRazorpayWebhook(event("payment_link.paid", payload))).toMatchObject({
      value: { subject: ORDER },
    });
  });

  it("a refund made on Razorpay's pages is found by its payment's note and its own id", () => {
    const payload = {
      refund: { entity: refund({ notes: [], receipt: null }) },
      payment: { entity: paymentEntity() },
    };
    expect(readRazorpayWebhook(event("refund.processed", payload))).toMatchObject({
      value: { subject: { ...REFUND, merchantRefundId: null } },
    });
  });

  it.each([
    [
      "a link made elsewhere",
      "payment_link.paid",
      { payment_link: { entity: link({ notes: [], reference_id: "" }) } },
    ],
    [
      "a payment made elsewhere",
      "payment.captured",
      { payment: { entity: paymentEntity({ notes: [] }) } },
    ],
    [
      "a refund of such a payment",
      "refund.processed",
      { refund: { entity: refund({ notes: [] }) } },
    ],
    ["an event of another kind", "order.paid", { order: { entity: { id: "order_1" } } }],
    ["a downtime", "payment.downtime.started", { "payment.downtime": { entity: {} } }],
  ])("%s is kept, not acted on", (_, name, payload) => {
    expect(readRazorpayWebhook(event(name, payload))).toMatchObject({
      ok: true,
      value: { subject: { kind: "other" }, decisive: false },
    });
  });

  it.each([
    ["no payload", event("payment_link.paid", undefined)],
    [
      "the payload of another",
      event("payment_link.paid", { payment: { entity: paymentEntity() } }),
    ],
    [
      "a link without a status",
      event("payment_link.paid", { payment_link: { entity: link({ status: undefined }) } }),
    ],
    [
      "a refund without an id",
      event("refund.processed", { refund: { entity: refund({ id: "" }) } }),
    ],
    ["no event", { payload: {} }],
    ["a list", []],
    ["null", null],
  ])("api.md 5: %s is refused", (_, body) => {
    expect(readRazorpayWebhook(body)).toEqual({ ok: false, refusal: "fields_missing" });
  });

  it("I10: nothing that names the payer is read", () => {
    const payload = { payment: { entity: paymentEntity() }, payment_link: { entity: paidLink() } };
    expect(JSON.stringify(readRazorpayWebhook(event("payment_link.paid", payload)))).not.toContain(
      "payer",
    );
  });

  it("garbage is refused or kept, never acted on", () =>
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ event: fc.string() })), (body) => {
        const read = readRazorpayWebhook(body);
        expect(read.ok ? read.value.subject.kind : "refused").toMatch(/^(other|refused)$/);
      }),
    ));
});
