import { describe, expect, it } from "vitest";
import { providerOrderIdSchema } from "#base";
import type { OrderDetails } from "../../../src/payments/model.ts";
import { answer, NOW_MS, ORDER, ORDER_ID, PAY, REFUND } from "../fake-line.ts";
import {
  link,
  links,
  makeRazorpayLine,
  paidLink,
  PAYMENT_ID,
  payment,
  refund,
  refunds,
} from "./line.ts";

const BASIC = `Basic ${btoa("rzp_test_key:key-secret")}`;
const CREATED = answer(200, link());

async function bodyOfPay(order: Partial<OrderDetails>): Promise<unknown> {
  const { client, asked } = makeRazorpayLine([CREATED]);
  await client.pay({ ...PAY, order: { ...ORDER, ...order } });
  return JSON.parse(asked[0]?.body ?? "");
}

describe("create request", () => {
  it("api.md 8: goes to /v1/payment_links under the merchant's keys", async () => {
    const { client, asked } = makeRazorpayLine([CREATED]);
    await client.pay(PAY);
    expect(asked).toEqual([
      {
        method: "POST",
        url: "https://rzp.example/v1/payment_links",
        headers: {
          accept: "application/json",
          authorization: BASIC,
          "content-type": "application/json",
        },
        body: expect.any(String),
      },
    ]);
  });

  it("the least one: all or nothing, no message of Razorpay's own, back to the shop", async () => {
    expect(await bodyOfPay({})).toEqual({
      amount: 49_900,
      currency: "INR",
      accept_partial: false,
      reference_id: ORDER_ID,
      expire_by: Math.ceil(NOW_MS / 1_000) + 960,
      reminder_enable: false,
      notify: { sms: false, email: false },
      callback_url: ORDER.redirectUrl,
      callback_method: "get",
      notes: { merchant_order_id: ORDER_ID },
    });
  });

  it.each([
    [300, 960],
    [959, 960],
    [960, 960],
    [3_600, 3_600],
  ])("an order for %i s gets a link of %i s: 15 minutes are the least", async (asked, given) => {
    expect(await bodyOfPay({ expireAfterSec: asked })).toMatchObject({
      expire_by: Math.ceil(NOW_MS / 1_000) + given,
    });
  });

  it("message and udfs are passed on, empty ones are not", async () => {
    expect(
      await bodyOfPay({ message: "Order 123", metaInfo: { udf1: "cart 8812", udf2: "" } }),
    ).toMatchObject({
      description: "Order 123",
      notes: { merchant_order_id: ORDER_ID, udf1: "cart 8812" },
    });
  });

  it("of fifteen udfs the last makes room for our id: Razorpay takes fifteen notes", async () => {
    const all = Array.from({ length: 15 }, (_, index) => [`udf${index + 1}`, "x"]);
    const body = Object(await bodyOfPay({ metaInfo: Object.fromEntries(all) }));
    expect(Object.keys(body.notes)).toHaveLength(15);
    expect(body.notes).toMatchObject({ merchant_order_id: ORDER_ID, udf14: "x" });
  });

  it("PhonePe's pay modes are not sent to Razorpay", async () => {
    const body = JSON.stringify(await bodyOfPay({ paymentModeConfig: { version: "V2" } }));
    expect(body).not.toContain("V2");
  });
});

describe("references", () => {
  const LONG = providerOrderIdSchema.parse("a".repeat(63));
  const other = providerOrderIdSchema.parse(`${"a".repeat(62)}b`);

  async function referenceFor(id: typeof LONG): Promise<string> {
    const { client, asked } = makeRazorpayLine([CREATED]);
    await client.pay({ ...PAY, providerOrderId: id });
    const body = Object(JSON.parse(asked[0]?.body ?? "{}"));
    expect(body.notes.merchant_order_id).toBe(id);
    return String(body.reference_id);
  }

  it("an id of 40 characters is its own reference", async () => {
    const id = providerOrderIdSchema.parse("a".repeat(40));
    expect(await referenceFor(id)).toBe(id);
  });

  it("I9: a longer id has one reference of 40 characters, another id another", async () => {
    const reference = await referenceFor(LONG);
    expect(reference).toMatch(/^a{23}-[0-9a-f]{16}$/);
    expect(await referenceFor(LONG)).toBe(reference);
    expect(await referenceFor(other)).not.toBe(reference);
  });

  it("I4: status finds the long id by its reference and reports the id in the notes", async () => {
    const reference = await referenceFor(LONG);
    const notes = { merchant_order_id: LONG };
    const { client, asked } = makeRazorpayLine([links(link({ reference_id: reference, notes }))]);
    expect(await client.orderStatus(LONG)).toMatchObject({ report: { providerOrderId: LONG } });
    expect(asked[0]?.url).toBe(`https://rzp.example/v1/payment_links?reference_id=${reference}`);
  });

  it("I4: a link under our reference whose notes name another order is reported as that order's", async () => {
    const notes = { merchant_order_id: "somebody-elses" };
    const { client } = makeRazorpayLine([links(link({ notes }))]);
    expect(await client.orderStatus(ORDER_ID)).toMatchObject({
      report: { providerOrderId: "somebody-elses" },
    });
  });
});

describe("other requests", () => {
  it("status is one call while nobody has paid", async () => {
    const { client, asked } = makeRazorpayLine([links(link())]);
    await client.orderStatus(ORDER_ID);
    expect(asked).toEqual([
      {
        method: "GET",
        url: `https://rzp.example/v1/payment_links?reference_id=${ORDER_ID}`,
        headers: { accept: "application/json", authorization: BASIC },
      },
    ]);
  });

  it("a refund is made of the order's captured payment, with our id as receipt", async () => {
    const payments = [payment({ payment_id: "pay_failed1", status: "failed" }), payment()];
    const { client, asked } = makeRazorpayLine([
      links(paidLink({ payments })),
      answer(200, refund()),
    ]);
    await client.refund(REFUND);
    expect(asked[1]).toMatchObject({
      method: "POST",
      url: `https://rzp.example/v1/payments/${PAYMENT_ID}/refund`,
    });
    expect(JSON.parse(asked[1]?.body ?? "")).toEqual({
      amount: 49_900,
      receipt: REFUND.merchantRefundId,
      notes: { merchant_order_id: ORDER_ID, merchant_refund_id: REFUND.merchantRefundId },
    });
  });

  it("I9: one refund has one idempotency key of a form that Razorpay takes", async () => {
    const keys = new Set<string | undefined>();
    for (let turn = 0; turn < 2; turn += 1) {
      const { client, asked } = makeRazorpayLine([links(paidLink()), answer(200, refund())]);
      await client.refund(REFUND);
      keys.add(asked[1]?.headers["x-refund-idempotency"]);
    }
    expect([...keys]).toEqual([expect.stringMatching(/^[A-Za-z0-9_-]{10,64}$/)]);
  });

  it("where the list leaves the payments out, the link by its id has them", async () => {
    const { client, asked } = makeRazorpayLine([
      links(paidLink({ payments: [] })),
      answer(200, paidLink()),
      refunds(refund()),
    ]);
    expect(await client.refundStatus(REFUND)).toMatchObject({ type: "found" });
    expect(asked.map(({ url }) => url.replace("https://rzp.example/v1", ""))).toEqual([
      `/payment_links?reference_id=${ORDER_ID}`,
      "/payment_links/plink_FL5HCrWEO112OW",
      `/payments/${PAYMENT_ID}/refunds?count=100`,
    ]);
  });

  it("a merchant without keys sends nothing", async () => {
    const { client, asked } = makeRazorpayLine([], { credentials: undefined });
    const none = { type: "not_sent", reason: "no_credentials" };
    expect(await client.pay(PAY)).toEqual(none);
    expect(await client.refund(REFUND)).toEqual(none);
    expect(await client.orderStatus(ORDER_ID)).toMatchObject({ type: "unreachable" });
    expect(await client.refundStatus(REFUND)).toMatchObject({ type: "unreachable" });
    expect(asked).toEqual([]);
  });

  it("a payment link needs no script to be opened", () => {
    expect(makeRazorpayLine([]).client.checkoutScriptUrl).toBeNull();
  });
});
