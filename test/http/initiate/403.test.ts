import { describe, expect, it } from "vitest";
import { call, freshId, initiateBody } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { INITIATE, seen, statusOf } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";

describe("POST /api/payments/initiate 403", () => {
  it("API-5: a key without payments:write is refused, its id and key stay free", async () => {
    const body = initiateBody();
    const idempotencyKey = freshId("key");
    const before = seen();
    const request = { path: INITIATE, body, idempotencyKey };
    const answer = await call({ ...request, key: TEST_KEYS.alphaReader });
    expectProblem(answer, "scope_missing", INITIATE);
    expect(answer.json["detail"]).toBe("Needs payments:write.");
    expect(seen()).toEqual(before);
    expect((await statusOf(String(body["merchantOrderId"]))).status).toBe(404);
    expect((await call(request)).status).toBe(201);
  });

  it("api.md 4: a blocked customer's payment reaches no provider", async () => {
    const body = initiateBody({ customer: { id: "cust_blocked" } });
    const before = seen();
    expectProblem(await call({ path: INITIATE, body }), "payment_blocked", INITIATE);
    expect(seen()).toEqual(before);
    const read = await statusOf(String(body["merchantOrderId"]));
    expect(read.json).toMatchObject({
      state: "BLOCKED",
      attempts: [],
      security: { riskDecision: "block", riskReasons: ["customer_blocked"], riskScore: 100 },
    });
  });

  it("IDM-3: a block is the result of its key, replayed byte for byte", async () => {
    const body = initiateBody({ customer: { id: "cust_blocked" } });
    const request = { path: INITIATE, body, idempotencyKey: freshId("key") };
    const first = await call(request);
    const again = await call(request);
    expectProblem(again, "payment_blocked", INITIATE);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
  });
});
