import { describe, expect, it } from "vitest";
import { call, freshId } from "../../support/call.ts";
import { books, paidPayment, REFUND } from "../payments.ts";

describe("POST /api/payments/refund 200", () => {
  it("api.md 3: the same id and content gives the present state, and no second refund", async () => {
    const merchantOrderId = await paidPayment();
    const body = { merchantOrderId, merchantRefundId: freshId("rfd"), amount: 10_000 };
    const first = await call({ path: REFUND, body });
    const refunds = books().callsOf("refund");
    const again = await call({ path: REFUND, body });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.json).toMatchObject({ merchantRefundId: body.merchantRefundId, amount: 10_000 });
    expect(again.headers.get("idempotency-replayed")).toBeNull();
    expect(books().callsOf("refund")).toBe(refunds);
  });

  it("I9: 50 at once without a key make one refund", async () => {
    const merchantOrderId = await paidPayment();
    const body = { merchantOrderId, merchantRefundId: freshId("rfd"), amount: 10_000 };
    const refunds = books().callsOf("refund");
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => call({ path: REFUND, body })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
    expect(books().callsOf("refund")).toBe(refunds + 1);
  });
});
