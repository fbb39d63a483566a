/** Razorpay's client over an outbound that answers from a script, and answers in the form of Razorpay's documentation. */
import { makeRazorpayClient } from "#providers";
import type { Guarded } from "#providers";
import type { OutboundResult } from "../../../src/providers/outbound.ts";
import { answer, NOW_MS, ORDER_ID, REFUND_ID } from "../fake-line.ts";

export const CREDENTIALS = {
  keyId: "rzp_test_key",
  keySecret: "key-secret",
  webhookSecret: "hook-secret",
};
export const LINK_ID = "plink_FL5HCrWEO112OW";
export const PAYMENT_ID = "pay_FL5HCrWEO112Ow";
export const CREATED_AT_SEC = 1_790_750_731;

export function makeRazorpayLine(
  script: readonly OutboundResult[],
  { credentials }: { readonly credentials?: typeof CREDENTIALS | undefined } = {
    credentials: CREDENTIALS,
  },
) {
  const answers = [...script];
  const asked: Parameters<Guarded>[1][] = [];
  const client = makeRazorpayClient({
    url: "https://rzp.example",
    credentials,
    nowMs: () => NOW_MS,
    async guarded(_operation, request) {
      asked.push(request);
      const next = answers.shift();
      if (!next) throw new Error(`not in the script: ${request.url}`);
      return next;
    },
  });
  return { client, asked };
}

/** A link as it is given back, with all that we do not read. */
export const link = (more: object = {}) => ({
  accept_partial: false,
  amount: 49_900,
  amount_paid: 0,
  callback_method: "get",
  callback_url: "https://shop.example.in/return",
  cancelled_at: 0,
  created_at: CREATED_AT_SEC,
  currency: "INR",
  customer: { contact: "+919000090000", email: "payer@example.com", name: "A Payer" },
  description: "An order",
  expire_by: CREATED_AT_SEC + 960,
  expired_at: 0,
  first_min_partial_amount: 0,
  id: LINK_ID,
  notes: { merchant_order_id: ORDER_ID },
  notify: { email: false, sms: false },
  payments: null,
  reference_id: ORDER_ID,
  reminder_enable: false,
  reminders: [],
  short_url: "https://rzp.io/i/nxrHnLJ",
  status: "created",
  updated_at: CREATED_AT_SEC,
  user_id: "",
  ...more,
});

export const payment = (more: object = {}) => ({
  amount: 49_900,
  created_at: CREATED_AT_SEC,
  method: "upi",
  payment_id: PAYMENT_ID,
  plink_id: LINK_ID,
  status: "captured",
  updated_at: CREATED_AT_SEC,
  vpa: "payer@ybl",
  email: "payer@example.com",
  contact: "+919000090000",
  card: { last4: "1111", name: "A Payer" },
  ...more,
});

export const paidLink = (more: object = {}) =>
  link({ status: "paid", amount_paid: 49_900, payments: [payment()], ...more });

export const refund = (more: object = {}) => ({
  id: "rfnd_FgRAHdNOM4ZVbO",
  entity: "refund",
  amount: 49_900,
  currency: "INR",
  payment_id: PAYMENT_ID,
  notes: { merchant_order_id: ORDER_ID, merchant_refund_id: REFUND_ID },
  receipt: REFUND_ID,
  acquirer_data: { arn: null },
  created_at: CREATED_AT_SEC,
  batch_id: null,
  status: "pending",
  speed_processed: "normal",
  speed_requested: "normal",
  ...more,
});

export const links = (...all: object[]): OutboundResult => answer(200, { payment_links: all });
export const refunds = (...items: object[]): OutboundResult =>
  answer(200, { entity: "collection", count: items.length, items });

export const failure = (status: number, error: object = {}): OutboundResult =>
  answer(status, {
    error: {
      code: "BAD_REQUEST_ERROR",
      description: "Something is not right.",
      source: "business",
      step: "payment_initiation",
      reason: "input_validation_failed",
      metadata: {},
      ...error,
    },
  });

export const USED_REFERENCE = failure(400, {
  description: `payment link with given reference_id: ${ORDER_ID} already exists`,
  reason: null,
});

/** What the network, proxies and outages answer instead of Razorpay. */
export const NOISE: readonly (readonly [string, OutboundResult])[] = [
  ["a time-out", { type: "no_answer", reason: "timeout" }],
  ["a broken connection", { type: "no_answer", reason: "network" }],
  ["an answer beyond all size", { type: "no_answer", reason: "too_large" }],
  ["500 with Razorpay's body", failure(500, { code: "SERVER_ERROR" })],
  ["502 with HTML", answer(502, "<html>Bad Gateway</html>")],
  ["502 of a gateway", failure(502, { code: "GATEWAY_ERROR" })],
  ["503 with nothing", answer(503, "")],
  ["504 with nothing", answer(504, "")],
  ["408", answer(408, "")],
  ["409", failure(409)],
  ["a redirect", answer(302, "")],
  ["200 with HTML", answer(200, "<html>Welcome</html>")],
  ["200 with nothing", answer(200, "")],
  ["200 cut short", answer(200, '{"payment_links":[],"id":"plink_1"')],
  ["200 with null", answer(200, "null")],
  ["200 with a list", answer(200, "[]")],
  ["200 with {}", answer(200, "{}")],
];
