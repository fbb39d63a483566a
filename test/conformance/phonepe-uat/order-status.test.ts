import { describe, expect, it } from "vitest";
import { books, client, expectState, freshId, request } from "../../e2e/scenario.ts";

async function ordered(switches: object = {}): Promise<string> {
  const id = freshId();
  await books.switches(switches, id);
  await client.initiate(request(id));
  return id;
}

describe.concurrent("8.3 Order status", () => {
  it("UAT-30, UAT-38: asked when the payer returns, PhonePe's word comes without any webhook", async () => {
    const id = await ordered({ webhookModes: ["drop"] });
    await books.settle(id, "success");
    expect((await client.status(id, { refresh: true })).state).toBe("COMPLETED");
  });

  it("UAT-31: a failed attempt of a pending order is not a failure", async () => {
    const id = await ordered();
    await books.settle(id, "fail");
    const status = await client.status(id, { refresh: true });
    expect(status.state).toBe("PENDING");
    expect(status.attempts[0]?.paymentDetails).toMatchObject([{ state: "FAILED" }]);
  });

  it.each(["unknown-fields", "minimal", "string-amount"])(
    "UAT-32: a status body that is %s is understood",
    async (statusBody) => {
      const id = await ordered({ statusBody });
      await books.settle(id, "success");
      await expectState(id, "COMPLETED");
    },
  );

  it("UAT-33: COMPLETED is COMPLETED and FAILED is FAILED, both confirmed", async () => {
    const [good, bad] = [await ordered(), await ordered()];
    await books.settle(good, "success");
    await books.settle(bad, "fail-order");
    expect((await expectState(good, "COMPLETED")).confirmedBy).toBe("status_api");
    expect((await expectState(bad, "FAILED")).confirmedBy).toBe("status_api");
  });

  it("UAT-34, UAT-35: what is pending is asked about until the money comes", async () => {
    const id = await ordered({ webhookModes: ["drop"] });
    await books.settle(id, "pending");
    expect((await client.status(id)).state).toBe("PENDING");
    await books.settle(id, "success");
    await expectState(id, "COMPLETED", 45_000);
  });

  it("UAT-37: another amount is not success but a review", async () => {
    const id = await ordered({ statusBody: "other-amount" });
    await books.settle(id, "success");
    const status = await client.status(id, { refresh: true });
    expect(status).toMatchObject({ state: "PENDING", review: { reason: "amount_mismatch" } });
  });
});
