import { describe, expect, it } from "vitest";
import { merchantRefundIdSchema, providerOrderIdSchema } from "#base";
import type { OrderDetails } from "../../src/payments/model.ts";
import { example } from "./examples.ts";
import { answer, makeLine, ORDER, ORDER_ID, PAY, REFUND } from "./fake-line.ts";

const PAY_OK = answer(200, example("pay-response"));

async function bodyOfPay(order: Partial<OrderDetails>): Promise<unknown> {
  const line = makeLine([PAY_OK]);
  await line.client.pay({ ...PAY, order: { ...ORDER, ...order } });
  return JSON.parse(line.asked[0]?.body ?? "");
}

const flow = (name: string): Record<string, unknown> => {
  const body = example(name);
  if (typeof body !== "object" || body === null) throw new Error("not an object");
  return { ...body };
};
const configOf = (name: string): unknown => {
  const { paymentFlow } = flow(name);
  if (typeof paymentFlow !== "object" || paymentFlow === null) throw new Error("no flow");
  return "paymentModeConfig" in paymentFlow ? paymentFlow.paymentModeConfig : undefined;
};

describe("pay request", () => {
  it("contract.md 3.1: the least one is PhonePe's minimal example with the expiry (CF-06)", async () => {
    expect(await bodyOfPay({})).toEqual({ ...flow("pay-request-minimal"), expireAfter: 900 });
  });

  it("contract.md 3.1: udfs and message stand where PhonePe's full example has them", async () => {
    const full = flow("pay-request-full");
    // We never send these two: no payer's phone number, no limit of one attempt (contract.md 3.1: optional).
    delete full["prefillUserLoginDetails"];
    delete full["disablePaymentRetry"];
    const metaInfo = { udf1: "cart 8812, Pune", udf2: "web", udf11: "user_42@shop.in" };
    expect(await bodyOfPay({ metaInfo, message: "Demo shop order 000123" })).toEqual(full);
  });

  it.each([
    "pay-request-paymentmodes-v1-enabled",
    "pay-request-paymentmodes-v1-disabled",
    "pay-request-paymentmodes-v2",
  ])("contract.md 3.2: the pay modes of %s go on unchanged", async (name) => {
    expect(await bodyOfPay({ paymentModeConfig: configOf(name) })).toEqual(flow(name));
  });

  it("UAT-13: empty udfs are dropped, and metaInfo with them", async () => {
    expect(await bodyOfPay({ metaInfo: { udf1: "", udf2: "x" } })).toMatchObject({
      metaInfo: { udf2: "x" },
    });
    expect(await bodyOfPay({ metaInfo: { udf1: "" } })).not.toHaveProperty("metaInfo");
    expect(await bodyOfPay({ metaInfo: {} })).not.toHaveProperty("metaInfo");
  });

  it("UAT-11: the amount is a whole number of paisa, also the largest", async () => {
    const line = makeLine([PAY_OK]);
    await line.client.pay(PAY);
    expect(line.asked[0]?.body).toContain('"amount":49900,');
  });
});

describe("calls", () => {
  it("contract.md 1.3: pay goes out with these headers to this path", async () => {
    const line = makeLine([PAY_OK]);
    await line.client.pay(PAY);
    expect(line.asked).toEqual([
      {
        method: "POST",
        url: "https://pg.example/apis/pg/checkout/v2/pay",
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          authorization: "O-Bearer token-1",
        },
        body: expect.any(String),
        operation: "pay",
      },
    ]);
  });

  it("contract.md 5.1: a refund has PhonePe's example as its body", async () => {
    const line = makeLine([answer(200, example("refund-response"))]);
    await line.client.refund(REFUND);
    expect(line.asked[0]).toMatchObject({
      method: "POST",
      url: "https://pg.example/apis/pg/payments/v2/refund",
    });
    expect(JSON.parse(line.asked[0]?.body ?? "")).toEqual(example("refund-request"));
  });

  it("contract.md 4.1: status asks for all attempts and the error's context, once each", async () => {
    const line = makeLine([answer(200, example("order-status-minimal"))]);
    await line.client.orderStatus(ORDER_ID);
    expect(line.asked[0]).toEqual({
      method: "GET",
      url: "https://pg.example/apis/pg/checkout/v2/order/ord_2026_000123/status?details=true&errorContext=true",
      headers: expect.objectContaining({ authorization: "O-Bearer token-1" }),
      operation: "order_status",
    });
  });

  it("contract.md 5.2: refund status has its own path", async () => {
    const line = makeLine([answer(200, example("refund-status-pending"))]);
    await line.client.refundStatus(REFUND);
    expect(line.asked[0]?.url).toBe(
      "https://pg.example/apis/pg/payments/v2/refund/rfd_2026_000045/status",
    );
  });

  it("contract.md 4.1: ids in a path hold nothing that needs encoding, by their schemas", () => {
    for (const id of ["a/b", "a?b", "a%b", "..", "a b", "a#b", "é"]) {
      expect(providerOrderIdSchema.safeParse(id).success).toBe(false);
      expect(merchantRefundIdSchema.safeParse(id).success).toBe(false);
    }
  });
});

describe("401", () => {
  const unauthorized = [
    "error-unauthorized",
    "error-unauthorized-pr004",
    "error-unauthorized-string-code",
  ].map((name) => [name, answer(401, example(name))] as const);

  it.each(unauthorized)("UAT-07: %s means one new token and one repeat", async (_, refused) => {
    const line = makeLine([refused, PAY_OK]);
    expect(await line.client.pay(PAY)).toMatchObject({ type: "accepted" });
    expect(line.renewals).toEqual(["token-1"]);
    expect(line.asked.map(({ headers }) => headers["authorization"])).toEqual([
      "O-Bearer token-1",
      "O-Bearer token-2",
    ]);
    expect(line.asked[0]?.body).toBe(line.asked[1]?.body);
  });

  it.each(unauthorized)("UAT-07: %s twice is not tried a third time", async (_, refused) => {
    const line = makeLine([refused, refused]);
    expect(await line.client.pay(PAY)).toEqual({ type: "not_sent", reason: "http_401" });
    expect(line.asked).toHaveLength(2);
  });

  it("contract.md 2.4: without a new token nothing was sent", async () => {
    const renewed = { ok: false, reason: "timeout" } as const;
    const line = makeLine([answer(401, {})], { renewed });
    expect(await line.client.pay(PAY)).toEqual({ type: "not_sent", reason: "no_token_timeout" });
  });

  it("UAT-04: without any token no call is made", async () => {
    const first = { ok: false, reason: "timeout" } as const;
    const line = makeLine([], { first });
    expect(await line.client.pay(PAY)).toMatchObject({ type: "not_sent" });
    expect(await line.client.refund(REFUND)).toMatchObject({ type: "not_sent" });
    expect(await line.client.orderStatus(ORDER_ID)).toMatchObject({ type: "unreachable" });
    expect(await line.client.refundStatus(REFUND)).toMatchObject({ type: "unreachable" });
    expect(line.asked).toEqual([]);
  });
});
