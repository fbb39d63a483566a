import { describe, expect, it } from "vitest";
import { call, initiateBody } from "../../support/call.ts";
import { world } from "../../support/world.ts";

describe("POST /api/payments/initiate 201", () => {
  it("api.md 4: a new payment is PENDING with the provider's pay URL", async () => {
    const body = initiateBody();
    const answer = await call({ path: "/api/payments/initiate", body });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      merchantOrderId: body["merchantOrderId"],
      state: "PENDING",
      amount: 49_900,
      currency: "INR",
      provider: "phonepe",
      redirectUrl: `https://pay.example/${String(body["merchantOrderId"])}`,
    });
    expect(world.providerOf("alpha").orders.get(String(body["merchantOrderId"]))).toMatchObject({
      amountPaisa: 49_900,
    });
  });
});
