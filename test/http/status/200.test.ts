import { describe, expect, it } from "vitest";
import { freshId } from "../../support/call.ts";
import { books, looksAt, newPayment, paidPayment, statusOf } from "../payments.ts";
import { expectCommonHeaders } from "../problem-shape.ts";

describe("GET /api/payments/status/{id} 200", () => {
  it("api.md 4: a payment as it stands, with these members and no others (ASV-15)", async () => {
    const id = await newPayment();
    const answer = await statusOf(id);
    expect(answer.status).toBe(200);
    expectCommonHeaders(answer);
    expect(Object.keys(answer.json).toSorted()).toEqual(
      [
        "paymentId",
        "merchantOrderId",
        "state",
        "amount",
        "currency",
        "provider",
        "redirectUrl",
        "checkout",
        "expireAt",
        "createdAt",
        "security",
        "capturedAmount",
        "refundedAmount",
        "errorCode",
        "detailedErrorCode",
        "attempts",
        "refunds",
        "timeline",
        "confirmedBy",
        "updatedAt",
      ].toSorted(),
    );
    expect(answer.json).toMatchObject({
      merchantOrderId: id,
      state: "PENDING",
      capturedAmount: 0,
      refundedAmount: 0,
      errorCode: null,
      attempts: [
        {
          n: 1,
          provider: "phonepe",
          providerOrderId: id,
          createdAt: expect.any(Number),
          paymentDetails: [],
        },
      ],
      refunds: [],
      confirmedBy: null,
    });
    const { timeline } = answer.json;
    expect(timeline).toEqual(
      expect.arrayContaining([
        {
          at: expect.any(Number),
          event: expect.any(String),
          from: expect.anything(),
          to: "PENDING",
          cause: expect.anything(),
        },
      ]),
    );
  });

  it("api.md 4: without refresh no provider is asked", async () => {
    const id = await newPayment();
    await statusOf(id);
    await statusOf(id, "?refresh=false");
    expect(looksAt(id)).toBe(0);
  });

  it("api.md 4: with refresh the provider's answer decides", async () => {
    const id = await paidPayment();
    const { json } = await statusOf(id);
    expect(json).toMatchObject({
      state: "COMPLETED",
      capturedAmount: 49_900,
      confirmedBy: "status_api",
    });
  });

  it.each([
    ["FAILED", "FAILED"],
    ["EXPIRED", "EXPIRED"],
    ["PENDING", "PENDING"],
  ] as const)("api.md 4: a provider's %s is %s", async (told, state) => {
    const id = await newPayment();
    books().settle(id, told, "TXN_CANCELLED");
    const { json } = await statusOf(id, "?refresh=true");
    expect(json["state"]).toBe(state);
    if (state === "PENDING") return;
    expect(json).toMatchObject({ errorCode: "TXN_CANCELLED", confirmedBy: "status_api" });
  });

  it("I4: an amount that differs is never a success: PENDING with a review", async () => {
    const id = await newPayment();
    books().nextStatus({
      type: "found",
      report: {
        state: "COMPLETED",
        amountPaisa: 1,
        providerOrderId: id,
        providerRef: `OMO_${id}`,
        paymentDetails: [],
      },
    });
    expect((await statusOf(id, "?refresh=true")).json).toMatchObject({
      state: "PENDING",
      capturedAmount: 0,
      review: { reason: "amount_mismatch", at: expect.any(Number) },
    });
    books().settle(id, "COMPLETED");
    const agreed = await statusOf(id, "?refresh=true");
    expect(agreed.json["state"]).toBe("COMPLETED");
    expect(agreed.json["review"]).toBeUndefined();
  });

  it("UAT-10: an id of 63 characters is found", async () => {
    const id = freshId().padEnd(63, "-");
    await newPayment({ merchantOrderId: id });
    expect((await statusOf(id)).json["merchantOrderId"]).toBe(id);
  });
});
