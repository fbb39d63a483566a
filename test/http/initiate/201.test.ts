import { describe, expect, it } from "vitest";
import { call, freshId, initiateBody } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { books, INITIATE } from "../payments.ts";
import { expectCommonHeaders } from "../problem-shape.ts";

describe("POST /api/payments/initiate 201", () => {
  it("api.md 4: a new payment is PENDING with the provider's pay URL", async () => {
    const body = initiateBody();
    const answer = await call({ path: INITIATE, body });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      merchantOrderId: body["merchantOrderId"],
      state: "PENDING",
      amount: 49_900,
      currency: "INR",
      provider: "phonepe",
      redirectUrl: `https://pay.example/${String(body["merchantOrderId"])}`,
    });
    expect(books().orders.get(String(body["merchantOrderId"]))).toMatchObject({
      amountPaisa: 49_900,
    });
  });

  it("api.md 4: the answer has these members and no others (ASV-15)", async () => {
    const before = Date.now();
    const answer = await call({ path: INITIATE, body: initiateBody() });
    expect(answer.json).toEqual({
      paymentId: expect.stringMatching(/^pay_[A-Za-z0-9_-]{22}$/),
      merchantOrderId: expect.any(String),
      state: "PENDING",
      amount: 49_900,
      currency: "INR",
      provider: "phonepe",
      redirectUrl: expect.stringMatching(/^https:/),
      checkout: {
        script: "https://pay.example/checkout.js",
        url: answer.json["redirectUrl"],
        mode: "iframe",
      },
      expireAt: expect.any(Number),
      createdAt: expect.any(Number),
      security: {
        requestId: answer.headers.get("x-request-id"),
        keyId: TEST_KEYS.alpha.keyId,
        riskScore: 0,
        riskDecision: "allow",
        riskReasons: [],
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        degraded: false,
        configVersion: 0,
      },
    });
    const { createdAt, expireAt } = answer.json;
    expect(createdAt).toBeGreaterThanOrEqual(before);
    expect(createdAt).toBeLessThanOrEqual(Date.now());
    expect(expireAt).toBeGreaterThan(Number(createdAt));
    expectCommonHeaders(answer);
    expect(answer.headers.get("content-type")).toBe("application/json");
  });

  it("api.md 4: an absent merchantOrderId is made by us", async () => {
    const answer = await call({
      path: INITIATE,
      body: initiateBody({ merchantOrderId: undefined }),
    });
    expect(answer.status).toBe(201);
    expect(answer.json["merchantOrderId"]).toMatch(/^[A-Za-z0-9_-]{1,63}$/);
    expect(books().orders.has(String(answer.json["merchantOrderId"]))).toBe(true);
  });

  it("api.md 4: without id and key every call is a payment of its own", async () => {
    const body = initiateBody({ merchantOrderId: undefined });
    const first = await call({ path: INITIATE, body });
    const second = await call({ path: INITIATE, body });
    expect(second.status).toBe(201);
    expect(second.json["merchantOrderId"]).not.toBe(first.json["merchantOrderId"]);
  });

  it.each([
    "application/json",
    "application/json; charset=utf-8",
    'APPLICATION/JSON;charset="UTF-8"',
  ])("ASV-4: content type %s is taken", async (contentType) => {
    const answer = await call({ path: INITIATE, body: initiateBody(), contentType });
    expect(answer.status).toBe(201);
  });

  it("API-1: the same merchantOrderId of another merchant is another payment", async () => {
    const body = initiateBody();
    const mine = await call({ path: INITIATE, body });
    const theirs = await call({ path: INITIATE, body, key: TEST_KEYS.beta });
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    expect(theirs.json["paymentId"]).not.toBe(mine.json["paymentId"]);
    expect(world.providerOf("beta").orders.has(String(body["merchantOrderId"]))).toBe(true);
  });

  it("api.md 4: a blocked customer's id in another case is another customer", async () => {
    const body = initiateBody({ customer: { id: "CUST_BLOCKED" }, merchantOrderId: freshId() });
    expect((await call({ path: INITIATE, body })).status).toBe(201);
  });
});
