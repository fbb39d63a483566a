import { describe, expect, it } from "vitest";
import { call, freshId } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { paidPayment, REFUND, seen } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";

describe("POST /api/payments/refund 404", () => {
  it("api.md 2: there is no such payment", async () => {
    const before = seen();
    const body = { merchantOrderId: freshId(), merchantRefundId: freshId("rfd"), amount: 100 };
    expectProblem(await call({ path: REFUND, body }), "payment_not_found", REFUND);
    expect(seen()).toEqual(before);
  });

  it("API-1: another merchant's payment is no payment of ours, and its refund id stays free", async () => {
    const merchantOrderId = await paidPayment();
    const body = { merchantOrderId, merchantRefundId: freshId("rfd"), amount: 100 };
    const theirs = await call({ path: REFUND, body, key: TEST_KEYS.beta });
    expectProblem(theirs, "payment_not_found", REFUND);
    expect((await call({ path: REFUND, body })).status).toBe(201);
  });
});
