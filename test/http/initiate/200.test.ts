import { describe, expect, it } from "vitest";
import { call, freshId, initiateBody } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { books, INITIATE, paidPayment } from "../payments.ts";
import { expectCommonHeaders } from "../problem-shape.ts";

describe("POST /api/payments/initiate 200", () => {
  it("api.md 3: the same id and content gives the present state, and no second order", async () => {
    const body = initiateBody();
    const first = await call({ path: INITIATE, body });
    const pays = books().callsOf("pay");
    const second = await call({ path: INITIATE, body });
    expect(second.status).toBe(200);
    expect(second.json).toMatchObject({
      paymentId: first.json["paymentId"],
      redirectUrl: first.json["redirectUrl"],
      state: "PENDING",
    });
    expect(second.headers.get("idempotency-replayed")).toBeNull();
    expect(books().callsOf("pay")).toBe(pays);
    expectCommonHeaders(second);
  });

  it("api.md 3: a payment that was paid meanwhile is answered as it stands", async () => {
    const merchantOrderId = freshId();
    const body = initiateBody({ merchantOrderId });
    await paidPayment({ merchantOrderId });
    const again = await call({ path: INITIATE, body });
    expect(again.status).toBe(200);
    expect(again.json["state"]).toBe("COMPLETED");
  });

  it("api.md 3: the order of the body's members is no content", async () => {
    const body = initiateBody({ customer: { id: "c", email: "a@b.in" } });
    await call({ path: INITIATE, body });
    const turned = Object.fromEntries(Object.entries(body).toReversed());
    const again = await call({ path: INITIATE, body: { ...turned, expireAfter: 900 } });
    expect(again.status).toBe(200);
  });

  it("api.md 3: what another key of the merchant started is the merchant's", async () => {
    const body = initiateBody();
    await call({ path: INITIATE, body });
    const again = await call({ path: INITIATE, body, key: TEST_KEYS.alphaNext });
    expect(again.status).toBe(200);
    expect(again.json).toMatchObject({ security: { keyId: TEST_KEYS.alphaNext.keyId } });
  });

  it("I9: 50 at once without a key place one order", async () => {
    const body = initiateBody();
    const pays = books().callsOf("pay");
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => call({ path: INITIATE, body })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
    expect(new Set(answers.map(({ json }) => json["paymentId"])).size).toBe(1);
    expect(books().callsOf("pay")).toBe(pays + 1);
  });
});
