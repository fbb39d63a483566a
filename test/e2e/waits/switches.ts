/** The gateway against every way in which sources about PhonePe disagree (EM-01 to EM-12, CF-01 to CF-08). */
import { describe, expect, it, vi } from "vitest";
import { callsOf } from "../books.ts";
import { books, client, expectState, freshId, request, stack } from "../scenario.ts";
import { orderPlacedElsewhere } from "../webhooks.ts";

/** A whole life: paid and refunded, whatever the switch makes of PhonePe. */
async function paysAndRefunds(switches: object): Promise<string> {
  const id = freshId();
  await books.switches({ refundStepMs: 300, ...switches }, id);
  await client.initiate(request(id));
  await books.settle(id, "success");
  await expectState(id, "COMPLETED", 40_000);
  const merchantRefundId = freshId();
  await client.refund({ merchantRefundId, merchantOrderId: id, amount: 9_900 });
  await vi.waitFor(
    async () => expect((await client.refundStatus(merchantRefundId, id)).state).toBe("COMPLETED"),
    { timeout: 40_000, interval: 300 },
  );
  expect((await client.status(id)).refundedAmount).toBe(9_900);
  return id;
}

describe.concurrent("whatever PhonePe turns out to do, a payment is paid and refunded", () => {
  it.each([
    { rule: "EM-09 minimal status bodies", switches: { statusBody: "minimal" } },
    { rule: "EM-09 unknown fields (UAT-32)", switches: { statusBody: "unknown-fields" } },
    { rule: "EM-09 amounts as strings", switches: { statusBody: "string-amount" } },
    { rule: "EM-10 no CONFIRMED step (CF-08)", switches: { refundMode: "no-confirmed" } },
    { rule: "EM-10 root splitInstruments", switches: { refundBody: "split-instruments" } },
    { rule: "EM-11 no type (UAT-44)", switches: { webhookModes: ["no-type"] } },
    { rule: "EM-11 duplicates (UAT-48)", switches: { webhookModes: ["duplicate"] } },
    { rule: "EM-11 reordered (UAT-48)", switches: { webhookModes: ["reorder"] } },
    { rule: "EM-11 late", switches: { webhookModes: ["delay"], webhookDelayMs: 3_000 } },
    { rule: "EM-11 lost (UAT-38)", switches: { webhookModes: ["drop"] } },
    { rule: "EM-11 wrong Authorization (UAT-42)", switches: { webhookModes: ["wrong-auth"] } },
    { rule: "EM-11 a forged amount (I4)", switches: { webhookModes: ["forged-amount"] } },
    { rule: "EM-11 broken JSON", switches: { webhookModes: ["bad-json"] } },
    { rule: "EM-12 bare refund payloads", switches: { refundWebhookWrapper: false } },
  ])("$rule", async ({ switches }) => {
    const id = await paysAndRefunds(switches);
    expect(await callsOf(books, id, "pay")).toBe(1);
  });

  it.each(["417-transaction-id", "417-merchant-order-id", "400-bad-request", "400-already-exists"])(
    "EM-01, CF-01: %s means that the order exists: watched, never replaced",
    async (duplicateOrderError) => {
      const id = freshId();
      await books.switches({ duplicateOrderError }, id);
      await orderPlacedElsewhere(stack, id, 49_900);
      expect(await client.initiate(request(id))).toMatchObject({ state: "INITIATING" });
      await books.settle(id, "success");
      await expectState(id, "COMPLETED", 40_000);
    },
  );

  it.each(["400-merchant-order-id", "400-mapping", "404"])(
    "EM-02, CF-02: %s means that there is no order: posted again under the same id",
    async (unknownOrderError) => {
      const id = freshId();
      await books.switches({ unknownOrderError }, id);
      await books.fault("pay", "503", { merchantOrderId: id });
      expect(await client.initiate(request(id))).toMatchObject({ state: "INITIATING" });
      const status = await expectState(id, "PENDING", 55_000);
      expect(status.attempts).toMatchObject([{ state: "OPEN", providerOrderId: id }]);
    },
  );

  it.each(["404", "400"])(
    "EM-03: %s means that there is no refund: posted again under the same id",
    async (unknownRefundError) => {
      const id = freshId();
      await books.switches({ unknownRefundError, refundStepMs: 300 }, id);
      await client.initiate(request(id));
      await books.settle(id, "success");
      await expectState(id, "COMPLETED");
      const merchantRefundId = freshId();
      await books.fault("refund", "503", { merchantRefundId });
      const refund = { merchantRefundId, merchantOrderId: id, amount: 4_900 };
      expect((await client.refund(refund)).state).toBe("PENDING");
      await vi.waitFor(async () => expect((await client.status(id)).refundedAmount).toBe(4_900), {
        timeout: 55_000,
        interval: 500,
      });
      expect((await books.order(id)).refunds).toHaveLength(1);
    },
  );

  it("EM-10: a refund that the provider fails is FAILED, and its amount may be refunded anew (UAT-58)", async () => {
    const id = freshId();
    await books.switches({ refundMode: "fail", refundStepMs: 300 }, id);
    await client.initiate(request(id));
    await books.settle(id, "success");
    await expectState(id, "COMPLETED");
    const refund = (merchantRefundId: string) =>
      client.refund({ merchantRefundId, merchantOrderId: id, amount: 49_900 });
    const first = freshId();
    await refund(first);
    await vi.waitFor(
      async () => expect((await client.refundStatus(first, id)).state).toBe("FAILED"),
      { timeout: 30_000, interval: 300 },
    );
    await books.switches({ refundMode: "complete" }, id);
    const second = freshId();
    expect((await refund(second)).state).toBe("PENDING");
    await vi.waitFor(async () => expect((await client.status(id)).refundedAmount).toBe(49_900), {
      timeout: 30_000,
      interval: 300,
    });
  });

  it("EM-08: money that comes after the order had failed completes it (PP-09)", async () => {
    const id = freshId();
    await client.initiate(request(id));
    await books.settle(id, "fail-order");
    await expectState(id, "FAILED");
    await books.settle(id, "success");
    await expectState(id, "COMPLETED");
  });
});
