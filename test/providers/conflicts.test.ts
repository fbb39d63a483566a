/**
 * Where PhonePe's sources disagree (CF-nn of the wire contract), and what we made of it. CF-01, CF-02 and CF-08 are
 * tested against the sandbox's switches in test/e2e, CF-11 in test/payments/reconcile-schedule.test.ts.
 * Not ours, by ruling: CF-04, CF-12 (custom checkout), CF-13 in part, CF-14, CF-15 (autopay), CF-21 (the dashboard).
 */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { fetchPhonePeToken, readPhonePeWebhook } from "#providers";
import { initiateSchemaFor } from "../../src/http/schemas.ts";
import toml from "../../wrangler.toml?raw";
import { answer, makeLine, NOW_MS, ORDER, ORDER_ID, PAY, REFUND } from "./fake-line.ts";

const accepted = answer(200, {
  orderId: "OMO1",
  state: "PENDING",
  expireAt: NOW_MS + 900_000,
  redirectUrl: "https://mercury-uat.phonepe.com/transact/uat_v2?token=t",
});
const payBodySchema = z.looseObject({
  expireAfter: z.number(),
  paymentFlow: z.looseObject({ merchantUrls: z.object({ redirectUrl: z.string() }) }),
});
const body = (more: object = {}) => ({
  amount: 49_900,
  redirectUrl: "https://shop.example/return",
  ...more,
});
const takes = (more: object) => initiateSchemaFor("production").safeParse(body(more)).success;

async function paidBody(order = ORDER) {
  const { client, asked } = makeLine([accepted]);
  await client.pay({ ...PAY, order });
  return payBodySchema.parse(JSON.parse(asked[0]?.body ?? "{}"));
}

describe("conflicts between PhonePe's sources", () => {
  it("CF-03: the sandbox's path is pg-sandbox", () => {
    expect(toml).toContain("/apis/pg-sandbox");
    expect(toml).not.toContain("/apis/pgsandbox");
  });

  it("CF-05, CF-09: the pay page is opened by a script whose address is configuration", () => {
    expect(makeLine([]).client.checkoutScriptUrl).toBe("https://pg.example/checkout.js");
    expect(toml).toContain('PHONEPE_CHECKOUT_SCRIPT_URL = "https://mercury.phonepe.com/');
  });

  it("CF-06: expireAfter is always sent, and the answer's expireAt is believed", async () => {
    expect((await paidBody()).expireAfter).toBe(900);
    const { client } = makeLine([accepted]);
    expect(await client.pay(PAY)).toMatchObject({ expiresAtMs: NOW_MS + 900_000 });
  });

  it("CF-10: a 500 on pay is not repeated but unknown, until status is read", async () => {
    const { client, asked } = makeLine([answer(500, { code: "INTERNAL_SERVER_ERROR" })]);
    expect((await client.pay(PAY)).type).toBe("unknown");
    expect(asked).toHaveLength(1);
  });

  it("CF-13: refunds go to /payments/v2/refund", async () => {
    const { client, asked } = makeLine([answer(200, { refundId: "OMR1", state: "PENDING" })]);
    await client.refund(REFUND);
    expect(asked[0]?.url).toBe("https://pg.example/apis/pg/payments/v2/refund");
  });

  it("CF-16: disablePaymentRetry is not ours to send, inside paymentFlow or out", async () => {
    expect(JSON.stringify(await paidBody())).not.toContain("disablePaymentRetry");
  });

  it("CF-17, CF-18: fifteen udfs, the last five without a space", () => {
    expect(takes({ metaInfo: { udf1: "any text", udf15: "user_42@shop.in" } })).toBe(true);
    expect(takes({ metaInfo: { udf11: "a space" } })).toBe(false);
    expect(takes({ metaInfo: { udf16: "x" } })).toBe(false);
  });

  it("CF-19: the redirect URL stands in paymentFlow.merchantUrls", async () => {
    const { paymentFlow } = await paidBody();
    expect(paymentFlow.merchantUrls.redirectUrl).toBe(ORDER.redirectUrl);
    expect(paymentFlow["redirectUrl"]).toBeUndefined();
  });

  it("CF-22: instruments are read at the attempt and inside splitInstruments", async () => {
    const instrument = { type: "ACCOUNT", maskedAccountNumber: "XXXX4321", ifsc: "ICIC0000001" };
    const { client } = makeLine([
      answer(200, {
        orderId: "OMO1",
        state: "COMPLETED",
        amount: 49_900,
        paymentDetails: [
          { state: "COMPLETED", instrument, splitInstruments: [{ amount: 49_900, instrument }] },
        ],
      }),
    ]);
    expect(await client.orderStatus(ORDER_ID)).toMatchObject({
      report: {
        paymentDetails: [
          {
            instrument: { ifsc: "ICIC0000001" },
            splitInstruments: [{ instrument: { ifsc: "ICIC0000001" } }],
          },
        ],
      },
    });
  });

  it.each([400, 401])("CF-23: wrong client credentials as %i are no token", async (status) => {
    const result = await fetchPhonePeToken({
      guarded: async () => answer(status, { code: "INVALID_CLIENT", errorCode: "OIM000" }),
      oauthUrl: "https://pg.example",
      credentials: {
        clientId: "c",
        clientSecret: "s",
        clientVersion: 1,
        webhookUsername: "u",
        webhookPassword: "p",
      },
      nowMs: () => NOW_MS,
    });
    expect(result).toEqual({ ok: false, reason: `http_${status}_OIM000` });
  });

  it("CF-24: pg.refund.accepted is understood, though nobody waits for it", () => {
    const read = readPhonePeWebhook({
      event: "pg.refund.accepted",
      payload: { merchantRefundId: "r1", originalMerchantOrderId: "o1", state: "CONFIRMED" },
    });
    expect(read).toMatchObject({ ok: true, value: { subject: { kind: "refund" } } });
  });

  it("CF-25: EMI passes in the mode filter V2", () => {
    const enabledPaymentModes = [{ type: "EMI", types: ["CREDIT_CARD"] }];
    expect(takes({ paymentModeConfig: { version: "V2", enabledPaymentModes } })).toBe(true);
    expect(takes({ paymentModeConfig: { enabledPaymentModes } })).toBe(false);
  });
});
