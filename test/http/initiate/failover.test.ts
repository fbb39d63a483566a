import { describe, expect, it } from "vitest";
import { call, freshId, initiateBody } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { INITIATE } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";

const key = TEST_KEYS.beta; // a merchant with credentials of both
const phonepe = () => world.providerOf("beta", "phonepe");
const razorpay = () => world.providerOf("beta", "razorpay");
const NOT_SENT = { type: "not_sent", reason: "breaker_open" } as const;
const ordersOf = (id: string) => ({
  phonepe: phonepe().orders.has(id),
  razorpay: [...razorpay().orders.keys()].length,
});

describe("the stand-in", () => {
  it("design: takes the payment when PhonePe provably has no order, within the same call", async () => {
    const before = razorpay().orders.size;
    phonepe().nextPay(NOT_SENT);
    const body = initiateBody();
    const answer = await call({ path: INITIATE, body, key });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ state: "PENDING", provider: "razorpay" });
    expect(answer.json["redirectUrl"]).toMatch(/^https:\/\/pay\.example\/pay_/);
    expect(answer.json).not.toHaveProperty("checkout");
    expect(ordersOf(String(body["merchantOrderId"]))).toEqual({
      phonepe: false,
      razorpay: before + 1,
    });
  });

  it("I9: the repeat of a payment that stands in gets the first answer again", async () => {
    phonepe().nextPay(NOT_SENT);
    const request = { path: INITIATE, body: initiateBody(), key, idempotencyKey: freshId("key") };
    const first = await call(request);
    const again = await call(request);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
  });

  it("I1: is not asked while a call to PhonePe may have had its effect", async () => {
    world.answerBudgetMs = 50;
    const before = razorpay().orders.size;
    phonepe().nextPay({ type: "unknown", reason: "timeout" }, { stored: true });
    const answer = await call({ path: INITIATE, body: initiateBody(), key });
    expect(answer.status).toBe(202);
    expect(razorpay().orders.size).toBe(before);
    world.answerBudgetMs = 8_000;
  });

  it("api.md 2: when neither can be given it, it is provider_unavailable, and a repeat is a new try", async () => {
    phonepe().nextPay(NOT_SENT);
    razorpay().nextPay(NOT_SENT);
    const body = initiateBody();
    expectProblem(await call({ path: INITIATE, body, key }), "provider_unavailable", INITIATE);
    const again = await call({ path: INITIATE, body, key });
    expect(again.json).toMatchObject({ state: "PENDING", provider: "phonepe" });
  });

  it("api.md 4: preferredProvider goes first", async () => {
    const answer = await call({
      path: INITIATE,
      body: initiateBody({ preferredProvider: "razorpay" }),
      key,
    });
    expect(answer.json).toMatchObject({ provider: "razorpay" });
  });

  it("api.md 4: a preferred provider that the merchant has no account with is passed over", async () => {
    const answer = await call({
      path: INITIATE,
      body: initiateBody({ preferredProvider: "razorpay" }),
    });
    expect(answer.json).toMatchObject({ provider: "phonepe" });
  });

  it("I2: a capture at the stand-in completes the payment, and a refund goes there", async () => {
    phonepe().nextPay(NOT_SENT);
    const body = initiateBody();
    const id = String(body["merchantOrderId"]);
    await call({ path: INITIATE, body, key });
    const order = [...razorpay().orders.keys()].at(-1) ?? "";
    razorpay().settle(order, "COMPLETED");
    const status = await call({ path: `/api/payments/status/${id}?refresh=true`, key });
    expect(status.json).toMatchObject({
      state: "COMPLETED",
      provider: "razorpay",
      confirmedBy: "status_api",
    });
    const merchantRefundId = freshId("ref");
    await call({
      path: "/api/payments/refund",
      key,
      body: { merchantRefundId, merchantOrderId: id, amount: 1_000 },
    });
    expect(razorpay().refunds.get(merchantRefundId)).toMatchObject({ providerOrderId: order });
    expect(phonepe().refunds.has(merchantRefundId)).toBe(false);
  });
});
