import { describe, expect, it } from "vitest";
import { call, freshId } from "../../support/call.ts";
import { books, newPayment, paidPayment, REFUND, seen, statusOf } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";

describe("POST /api/payments/refund 409", () => {
  it.each(["PENDING", "FAILED", "EXPIRED"] as const)(
    "api.md 2: a %s payment cannot be refunded",
    async (state) => {
      const merchantOrderId = await newPayment();
      books().settle(merchantOrderId, state);
      await statusOf(merchantOrderId, "?refresh=true");
      const before = seen();
      const body = { merchantOrderId, merchantRefundId: freshId("rfd"), amount: 100 };
      expectProblem(await call({ path: REFUND, body }), "state_conflict", REFUND);
      expect(seen()).toEqual(before);
      expect((await statusOf(merchantOrderId)).json["refunds"]).toEqual([]);
    },
  );

  it.each([
    ["amount", { amount: 20_000 }],
    ["reason", { reason: "other" }],
  ])("api.md 3: the same refund id with another %s is a conflict", async (_, other) => {
    const merchantOrderId = await paidPayment();
    const body = { merchantOrderId, merchantRefundId: freshId("rfd"), amount: 10_000 };
    await call({ path: REFUND, body });
    const refunds = books().callsOf("refund");
    const answer = await call({ path: REFUND, body: { ...body, ...other } });
    expectProblem(answer, "state_conflict", REFUND);
    expect(books().callsOf("refund")).toBe(refunds);
  });

  it("api.md 3: a refund id is the merchant's once, whichever payment it is for", async () => {
    const [one, two] = [await paidPayment(), await paidPayment()];
    const body = { merchantRefundId: freshId("rfd"), amount: 10_000 };
    expect((await call({ path: REFUND, body: { ...body, merchantOrderId: one } })).status).toBe(
      201,
    );
    const answer = await call({ path: REFUND, body: { ...body, merchantOrderId: two } });
    expectProblem(answer, "state_conflict", REFUND);
    expect((await statusOf(two)).json["refunds"]).toEqual([]);
  });
});
