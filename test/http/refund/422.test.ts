import { describe, expect, it } from "vitest";
import { call, freshId } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { books, paidPayment, REFUND, seen, statusOf } from "../payments.ts";
import { expectProblem, pointersOf } from "../problem-shape.ts";

type Row = readonly [what: string, fields: Record<string, unknown>, pointer: string];

const INVALID: readonly Row[] = [
  ["merchantRefundId absent", { merchantRefundId: undefined }, "/merchantRefundId"],
  ["merchantRefundId empty", { merchantRefundId: "" }, "/merchantRefundId"],
  ["merchantRefundId of 64", { merchantRefundId: "a".repeat(64) }, "/merchantRefundId"],
  ["merchantRefundId with a dot", { merchantRefundId: "a.b" }, "/merchantRefundId"],
  ["merchantOrderId absent", { merchantOrderId: undefined }, "/merchantOrderId"],
  ["merchantOrderId of 64", { merchantOrderId: "a".repeat(64) }, "/merchantOrderId"],
  ["amount absent", { amount: undefined }, "/amount"],
  ["amount 0", { amount: 0 }, "/amount"],
  ["amount negative", { amount: -100 }, "/amount"],
  ["amount 99 of more", { amount: 99 }, "/amount"],
  ["amount with a fraction", { amount: 100.5 }, "/amount"],
  ["amount as text", { amount: "100" }, "/amount"],
  ["amount beyond all payments", { amount: 10_000_000_001 }, "/amount"],
  ["reason of 257", { reason: "a".repeat(257) }, "/reason"],
  ["reason as number", { reason: 1 }, "/reason"],
  ["an unknown field", { speed: "instant" }, "/speed"],
];

describe("POST /api/payments/refund 422", () => {
  it.each(INVALID)("api.md 4: %s", async (_, fields, pointer) => {
    const merchantOrderId = await paidPayment();
    const valid = { merchantOrderId, merchantRefundId: freshId("rfd"), amount: 10_000 };
    const idempotencyKey = freshId("key");
    const before = seen();
    const answer = await call({ path: REFUND, body: { ...valid, ...fields }, idempotencyKey });
    expectProblem(answer, "validation_failed", REFUND);
    expect(pointersOf(answer)).toEqual([pointer]);
    expect(seen()).toEqual(before);
    expect((await statusOf(merchantOrderId)).json["refunds"]).toEqual([]);
  });

  it("api.md 4: a reason of 256 and a refund id of 63 are taken", async () => {
    const merchantOrderId = await paidPayment();
    const merchantRefundId = freshId("rfd").padEnd(63, "_");
    const body = { merchantOrderId, merchantRefundId, amount: 100, reason: "a".repeat(256) };
    expect((await call({ path: REFUND, body })).status).toBe(201);
  });

  it.each([
    ["of a paisa more than was captured", [], 49_901],
    ["of a paisa more than is left", [49_000], 901],
    ["when nothing is left", [49_900], 100],
  ])("I3: a refund %s exceeds the capture", async (_, earlier, amount) => {
    const merchantOrderId = await paidPayment();
    for (const before of earlier) {
      const body = { merchantOrderId, merchantRefundId: freshId("rfd"), amount: before };
      await call({ path: REFUND, body });
    }
    const refunds = books().refunds.size;
    const body = { merchantOrderId, merchantRefundId: freshId("rfd"), amount };
    const answer = await call({ path: REFUND, body });
    expectProblem(answer, "refund_exceeds_captured", REFUND);
    expect(books().refunds.size).toBe(refunds);
  });

  it("I3: a refusal takes no refund id", async () => {
    const merchantOrderId = await paidPayment();
    const body = { merchantOrderId, merchantRefundId: freshId("rfd") };
    expect((await call({ path: REFUND, body: { ...body, amount: 50_000 } })).status).toBe(422);
    expect((await call({ path: REFUND, body: { ...body, amount: 49_900 } })).status).toBe(201);
  });

  it("IDM-2: another body under the key is refused, and refunds nothing", async () => {
    const merchantOrderId = await paidPayment();
    const body = { merchantOrderId, merchantRefundId: freshId("rfd"), amount: 100 };
    const idempotencyKey = freshId("key");
    await call({ path: REFUND, body, idempotencyKey });
    const refunds = books().callsOf("refund");
    const other = { ...body, merchantRefundId: freshId("rfd") };
    const answer = await call({ path: REFUND, body: other, idempotencyKey });
    expectProblem(answer, "idempotency_key_reused", REFUND);
    expect(books().callsOf("refund")).toBe(refunds);
  });

  it("API-5: a key without refunds:write refunds nothing", async () => {
    const merchantOrderId = await paidPayment();
    const body = { merchantOrderId, merchantRefundId: freshId("rfd"), amount: 100 };
    const refunds = books().callsOf("refund");
    const answer = await call({ path: REFUND, body, key: TEST_KEYS.alphaReader });
    expectProblem(answer, "scope_missing", REFUND);
    expect(books().callsOf("refund")).toBe(refunds);
  });
});
