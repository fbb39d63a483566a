import { describe, expect, it } from "vitest";
import { call, freshId } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { books, paidPayment, REFUND, statusOf } from "../payments.ts";
import { expectCommonHeaders } from "../problem-shape.ts";

const refundOf = (merchantOrderId: string, more: Record<string, unknown> = {}) => ({
  path: REFUND,
  body: { merchantOrderId, merchantRefundId: freshId("rfd"), amount: 10_000, ...more },
});

describe("POST /api/payments/refund 201", () => {
  it("api.md 4: a refund is PENDING at the provider, with these members and no others", async () => {
    const id = await paidPayment();
    const request = refundOf(id, { reason: "returned" });
    const answer = await call(request);
    expect(answer.status).toBe(201);
    expectCommonHeaders(answer);
    const { merchantRefundId } = request.body;
    expect(answer.json).toEqual({
      merchantRefundId,
      merchantOrderId: id,
      state: "PENDING",
      amount: 10_000,
      providerRefundId: `OMR_${merchantRefundId}`,
      reason: "returned",
      createdAt: expect.any(Number),
      security: expect.objectContaining({
        requestId: answer.headers.get("x-request-id"),
        keyId: TEST_KEYS.alpha.keyId,
      }),
    });
    expect(books().refunds.get(merchantRefundId)).toMatchObject({
      amountPaisa: 10_000,
      providerOrderId: id,
    });
    expect((await statusOf(id)).json).toMatchObject({ refunds: [{ merchantRefundId }] });
  });

  it.each([
    ["100", 100],
    ["all of it", 49_900],
  ])("api.md 4: %s can be refunded", async (_, amount) => {
    const answer = await call(refundOf(await paidPayment(), { amount }));
    expect(answer.status).toBe(201);
  });

  it("api.md 4: less than 100 can be refunded where it is all that is left", async () => {
    const id = await paidPayment({ amount: 199 });
    const most = refundOf(id, { amount: 100 });
    await call(most);
    const answer = await call(refundOf(id, { amount: 99 }));
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ state: "PENDING", queued: true });
  });

  it("UAT-57: the provider sees one refund of a payment at a time", async () => {
    const id = await paidPayment();
    await call(refundOf(id));
    const second = refundOf(id);
    const answer = await call(second);
    expect(answer.json).toMatchObject({ state: "PENDING", queued: true, providerRefundId: null });
    expect(books().refunds.has(second.body.merchantRefundId)).toBe(false);
  });

  it("api.md 2: a refund without a sure answer is 201 PENDING, never a 5xx", async () => {
    const id = await paidPayment();
    books().nextRefund({ type: "unknown", reason: "http_500" }, { stored: true });
    const answer = await call(refundOf(id));
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ state: "PENDING", providerRefundId: null });
  });

  it("api.md 2: a refund that could not be sent is 201 PENDING and waits for its turn", async () => {
    const id = await paidPayment();
    books().nextRefund({ type: "not_sent", reason: "http_429" });
    const answer = await call(refundOf(id));
    expect(answer.status).toBe(201);
    expect(answer.json["state"]).toBe("PENDING");
  });

  it("contract.md 5.3: a refund that the provider refuses is FAILED", async () => {
    const id = await paidPayment();
    books().nextRefund({ type: "rejected", code: "REFUND_NOT_ALLOWED" });
    const answer = await call(refundOf(id));
    expect(answer.json).toMatchObject({ state: "FAILED", errorCode: "REFUND_NOT_ALLOWED" });
    expect((await call(refundOf(id, { amount: 49_900 }))).status).toBe(201);
  });

  it("IDM-4: by key the first status and bytes again, whatever became of it", async () => {
    const id = await paidPayment();
    const request = { ...refundOf(id), idempotencyKey: freshId("key") };
    const first = await call(request);
    books().settleRefund(request.body.merchantRefundId, "COMPLETED");
    const refunds = books().callsOf("refund");
    const again = await call({ ...request, key: TEST_KEYS.alphaNext });
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(books().callsOf("refund")).toBe(refunds);
  });

  it("IDM-7: 50 at once with one key make one refund", async () => {
    const id = await paidPayment();
    const request = { ...refundOf(id), idempotencyKey: freshId("key") };
    const refunds = books().callsOf("refund");
    const answers = await Promise.all(Array.from({ length: 50 }, () => call(request)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(books().callsOf("refund")).toBe(refunds + 1);
  });

  it("I3: 50 different ones at once never exceed the capture", async () => {
    const id = await paidPayment({ amount: 1_000 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => call(refundOf(id, { amount: 300 }))),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(47);
  });
});
