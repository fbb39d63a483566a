import { describe, expect, it } from "vitest";
import { call, freshId } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { books, paidPayment, REFUND } from "../payments.ts";
import { expectCommonHeaders, expectProblem, pointersOf } from "../problem-shape.ts";

async function newRefund() {
  const merchantOrderId = await paidPayment();
  const merchantRefundId = freshId("rfd");
  await call({ path: REFUND, body: { merchantOrderId, merchantRefundId, amount: 10_000 } });
  const path = `${REFUND}/${merchantRefundId}?merchantOrderId=${merchantOrderId}`;
  return { merchantOrderId, merchantRefundId, path };
}

describe("GET /api/payments/refund/{id} 200", () => {
  it("api.md 4: gives the refund's state, and asks nobody", async () => {
    const { merchantOrderId, merchantRefundId, path } = await newRefund();
    const answer = await call({ path });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      merchantRefundId,
      merchantOrderId,
      state: "PENDING",
      amount: 10_000,
      providerRefundId: `OMR_${merchantRefundId}`,
    });
    expectCommonHeaders(answer);
    expect(books().callsOf("refundStatus", merchantRefundId)).toBe(0);
  });

  it("API-5: payments:read is enough", async () => {
    const { path } = await newRefund();
    expect((await call({ path, key: TEST_KEYS.alphaReader })).status).toBe(200);
  });
});

describe("GET /api/payments/refund/{id} 404", () => {
  it("api.md 2: there is no such refund", async () => {
    const { merchantOrderId } = await newRefund();
    const path = `${REFUND}/${freshId("rfd")}?merchantOrderId=${merchantOrderId}`;
    expectProblem(await call({ path }), "refund_not_found");
  });

  it("api.md 4: a refund of another payment is not this one's", async () => {
    const { merchantRefundId } = await newRefund();
    const other = await newRefund();
    const path = `${REFUND}/${merchantRefundId}?merchantOrderId=${other.merchantOrderId}`;
    expectProblem(await call({ path }), "refund_not_found");
  });

  it("API-1: another merchant's refund is the same 404", async () => {
    const { path } = await newRefund();
    expectProblem(await call({ path, key: TEST_KEYS.beta }), "refund_not_found");
  });

  it.each(["a.b", "a".repeat(64), "%00"])("api.md 4: %s cannot be an id", async (id) => {
    expectProblem(await call({ path: `${REFUND}/${id}?merchantOrderId=x` }), "refund_not_found");
  });
});

describe("GET /api/payments/refund/{id} 422", () => {
  it.each(["", "?merchantOrderId=", "?merchantOrderId=a.b", `?merchantOrderId=${"a".repeat(64)}`])(
    "api.md 4: the payment has to be named, %j does not",
    async (query) => {
      const answer = await call({ path: `${REFUND}/${freshId("rfd")}${query}` });
      expectProblem(answer, "validation_failed");
      expect(pointersOf(answer)).toEqual(["/merchantOrderId"]);
    },
  );
});
