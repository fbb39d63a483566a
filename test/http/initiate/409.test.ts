import { afterEach, describe, expect, it } from "vitest";
import { call, freshId, initiateBody } from "../../support/call.ts";
import { world } from "../../support/world.ts";
import { books, INITIATE, newPayment, seen, statusOf } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";

afterEach(() => {
  world.sameKeyBudgetMs = 10_000;
});

describe("POST /api/payments/initiate 409", () => {
  it.each([
    ["amount", { amount: 50_000 }],
    ["redirectUrl", { redirectUrl: "https://shop.example/other" }],
    ["expireAfter", { expireAfter: 901 }],
    ["customer", { customer: { id: "c2" } }],
    ["metaInfo", { metaInfo: { udf1: "x" } }],
    ["message", { message: "x" }],
  ])("api.md 3: the same id with another %s is a conflict", async (_, other) => {
    const merchantOrderId = freshId();
    await newPayment({ merchantOrderId });
    const before = seen();
    const answer = await call({
      path: INITIATE,
      body: initiateBody({ merchantOrderId, ...other }),
    });
    expectProblem(answer, "state_conflict", INITIATE);
    expect(seen()).toEqual(before);
    expect((await statusOf(merchantOrderId)).json).toMatchObject({
      amount: 49_900,
      state: "PENDING",
    });
  });

  it("api.md 3: a second call waits for the first with its key, then says 409 with Retry-After", async () => {
    world.sameKeyBudgetMs = 30;
    const gate = Promise.withResolvers<void>();
    const request = { path: INITIATE, body: initiateBody(), idempotencyKey: freshId("key") };
    const pays = books().callsOf("pay");
    books().nextPay(async () => {
      await gate.promise;
      return { type: "not_sent", reason: "test" };
    });
    const first = call(request);
    while (books().callsOf("pay") === pays) await scheduler.wait(1);
    const second = await call(request);
    expectProblem(second, "request_in_progress", INITIATE);
    expect(Number(second.headers.get("retry-after"))).toBeGreaterThan(0);
    gate.resolve();
    expectProblem(await first, "provider_unavailable", INITIATE);
    expect(books().callsOf("pay")).toBe(pays + 1);
    expect((await call(request)).status).toBe(201);
  });
});
