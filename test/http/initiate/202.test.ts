import { afterEach, describe, expect, it } from "vitest";
import { call, freshId, initiateBody } from "../../support/call.ts";
import { world } from "../../support/world.ts";
import { books, INITIATE, statusOf } from "../payments.ts";
import { expectCommonHeaders } from "../problem-shape.ts";

afterEach(() => {
  world.answerBudgetMs = 8_000;
});

describe("POST /api/payments/initiate 202", () => {
  it.each([
    ["is left without an answer", "timeout"],
    ["answers 500", "http_500"],
    ["answers what cannot be read", "malformed_answer"],
  ])("api.md 2: a pay call that %s is never a 5xx", async (_, reason) => {
    world.answerBudgetMs = 20;
    books().nextPay({ type: "unknown", reason }, { stored: true });
    const body = initiateBody();
    const answer = await call({ path: INITIATE, body });
    expect(answer.status).toBe(202);
    expect(answer.json["state"]).toBe("INITIATING");
    expect(answer.json["redirectUrl"]).toBeUndefined();
    expect(answer.json["checkout"]).toBeUndefined();
    expectCommonHeaders(answer);
  });

  it("api.md 4: repeating is safe: one pay call, the present state", async () => {
    world.answerBudgetMs = 20;
    const pays = books().callsOf("pay");
    books().nextPay({ type: "unknown", reason: "timeout" }, { stored: true });
    const body = initiateBody();
    await call({ path: INITIATE, body });
    const again = await call({ path: INITIATE, body });
    expect(again.status).toBe(200);
    expect(again.json["state"]).toBe("INITIATING");
    expect(books().callsOf("pay")).toBe(pays + 1);
    const read = await statusOf(String(body["merchantOrderId"]));
    expect(read.json).toMatchObject({ state: "INITIATING", attempts: [{ n: 1 }] });
  });

  it("api.md 4: a slow answer comes through to the payment after the 202", async () => {
    world.answerBudgetMs = 20;
    const gate = Promise.withResolvers<void>();
    const body = initiateBody();
    const id = String(body["merchantOrderId"]);
    books().nextPay(
      async () => {
        await gate.promise;
        return {
          type: "accepted",
          providerRef: `OMO_${id}`,
          payUrl: `https://pay.example/${id}`,
          expiresAtMs: world.nowMs() + 900_000,
        };
      },
      { stored: true },
    );
    expect((await call({ path: INITIATE, body })).status).toBe(202);
    world.answerBudgetMs = 8_000;
    const again = call({ path: INITIATE, body });
    gate.resolve();
    expect((await again).json).toMatchObject({
      state: "PENDING",
      redirectUrl: `https://pay.example/${id}`,
    });
  });

  it("IDM-4: a 202 is replayed byte for byte under its key", async () => {
    world.answerBudgetMs = 20;
    books().nextPay({ type: "unknown", reason: "timeout" }, { stored: true });
    const request = { path: INITIATE, body: initiateBody(), idempotencyKey: freshId("key") };
    const first = await call(request);
    const again = await call(request);
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
  });
});
