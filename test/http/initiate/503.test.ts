import { describe, expect, it } from "vitest";
import { call, freshId, initiateBody } from "../../support/call.ts";
import { books, INITIATE } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";

describe("POST /api/payments/initiate 503", () => {
  it("api.md 2: nothing payable exists, and repeating is a new try under the same id", async () => {
    books().nextPay({ type: "not_sent", reason: "http_429" });
    const body = initiateBody();
    const answer = await call({ path: INITIATE, body });
    expectProblem(answer, "provider_unavailable", INITIATE);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(answer.text).not.toContain("http_429");
    const orders = books().orders.size;
    const again = await call({ path: INITIATE, body });
    expect([200, 201]).toContain(again.status);
    expect(again.json).toMatchObject({ state: "PENDING" });
    expect(books().orders.size).toBe(orders + 1);
  });

  it("api.md 2: it is no result, so its key tries again", async () => {
    books().nextPay({ type: "not_sent", reason: "no_token_timeout" });
    const request = { path: INITIATE, body: initiateBody(), idempotencyKey: freshId("key") };
    expectProblem(await call(request), "provider_unavailable", INITIATE);
    const again = await call(request);
    expect(again.status).toBe(201);
    expect(again.headers.get("idempotency-replayed")).toBeNull();
    const third = await call(request);
    expect(third.text).toBe(again.text);
    expect(third.headers.get("idempotency-replayed")).toBe("true");
  });
});
