import { describe, expect, it, vi } from "vitest";
import { books, client, freshId, paid, problemOf } from "../../e2e/scenario.ts";

const refund = (merchantOrderId: string, amount: number, merchantRefundId = freshId()) =>
  client.refund({ merchantRefundId, merchantOrderId, amount });

async function expectRefund(id: string, refundId: string, state: string): Promise<void> {
  await vi.waitFor(
    async () => expect((await client.refundStatus(refundId, id)).state).toBe(state),
    { timeout: 40_000, interval: 300 },
  );
}

describe.concurrent("8.5 Refund", () => {
  it("UAT-50: the same refund id twice is one refund; with another amount it is refused", async () => {
    const id = await paid();
    const refundId = freshId();
    await refund(id, 1_000, refundId);
    expect((await refund(id, 1_000, refundId)).merchantRefundId).toBe(refundId);
    expect((await problemOf(refund(id, 2_000, refundId))).code).toBe("state_conflict");
    expect((await books.order(id)).refunds).toHaveLength(1);
  });

  it("UAT-51, UAT-52: it is booked against the paid order, in paisa", async () => {
    const id = await paid();
    await refund(id, 12_345);
    expect((await books.order(id)).refunds).toMatchObject([{ amountPaisa: 12_345 }]);
    expect((await problemOf(refund(id, 49_900))).code).toBe("refund_exceeds_captured");
  });

  it("UAT-53: the first answer is PENDING, nothing counts as refunded yet", async () => {
    const id = await paid();
    expect((await refund(id, 1_000)).state).toBe("PENDING");
    expect((await client.status(id)).refundedAmount).toBe(0);
  });

  it("UAT-54: it completes with webhooks and without", async () => {
    const [heard, unheard] = [await paid(), await paid()];
    await books.switches({ webhookModes: ["drop"], refundStepMs: 300 }, unheard);
    const [one, other] = [freshId(), freshId()];
    await refund(heard, 1_000, one);
    await refund(unheard, 1_000, other);
    await expectRefund(heard, one, "COMPLETED");
    await expectRefund(unheard, other, "COMPLETED");
  });

  it.each(["payment-details", "split-instruments"])(
    "UAT-55: a refund status with %s is understood",
    async (refundBody) => {
      const id = await paid();
      await books.switches({ refundBody, refundStepMs: 300, webhookModes: ["drop"] }, id);
      const refundId = freshId();
      await refund(id, 1_000, refundId);
      await expectRefund(id, refundId, "COMPLETED");
    },
  );

  it("UAT-56: CONFIRMED is not the end; it is asked about until it is", async () => {
    const id = await paid();
    await books.switches({ refundMode: "stay-confirmed", refundStepMs: 300 }, id);
    const refundId = freshId();
    await refund(id, 1_000, refundId);
    await expectRefund(id, refundId, "CONFIRMED");
    await books.switches({ webhookModes: ["drop"] }, id);
    await books.admin("POST", `/admin/refunds/${refundId}/settle`, { state: "COMPLETED" });
    await expectRefund(id, refundId, "COMPLETED");
  });

  it("UAT-57: a second refund waits, and PhonePe does not see it meanwhile", async () => {
    const id = await paid();
    await books.switches({ refundMode: "stay-pending" }, id);
    await refund(id, 1_000);
    expect(await refund(id, 1_000)).toMatchObject({ state: "PENDING", queued: true });
    expect((await books.order(id)).refunds).toHaveLength(1);
  });

  it("UAT-58: after FAILED the amount is refunded under a new id", async () => {
    const id = await paid();
    await books.switches({ refundMode: "fail", refundStepMs: 300 }, id);
    const [first, second] = [freshId(), freshId()];
    await refund(id, 49_900, first);
    await expectRefund(id, first, "FAILED");
    await books.switches({ refundMode: "complete" }, id);
    await refund(id, 49_900, second);
    await expectRefund(id, second, "COMPLETED");
  });

  it("UAT-59: of 29999 paisa two refunds of 10000 are given, the third is refused", async () => {
    const id = await paid(29_999);
    await refund(id, 10_000);
    await refund(id, 10_000);
    expect((await problemOf(refund(id, 10_000))).code).toBe("refund_exceeds_captured");
    await vi.waitFor(async () => expect((await client.status(id)).refundedAmount).toBe(20_000), {
      timeout: 40_000,
      interval: 300,
    });
  });
});
