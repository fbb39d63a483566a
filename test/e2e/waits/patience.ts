import { describe, expect, it, vi } from "vitest";
import {
  expectState,
  books,
  client,
  freshId,
  paid,
  problemOf,
  request,
  stack,
} from "../scenario.ts";
import { orderPlacedElsewhere } from "../webhooks.ts";

/** Waits of half a minute that do not touch each other: side by side. */
describe.concurrent("what takes its time", () => {
  it("UAT-36: with webhooks dropped and nobody asking, the alarm finds the money", async () => {
    const id = freshId();
    await books.switches({ webhookModes: ["drop"] }, id);
    await client.initiate(request(id));
    await books.settle(id, "success");
    const status = await expectState(id, "COMPLETED", 40_000);
    expect(status.timeline.at(-1)).toMatchObject({ to: "COMPLETED", cause: "status_api" });
  });

  it.each(["500-after", "html-after", "truncated"])(
    "I1: %s on pay: the order exists, its URL is lost, and one payable order results",
    async (kind) => {
      const id = freshId();
      await books.fault("pay", kind, { merchantOrderId: id });
      const answer = await client.initiate(request(id));
      const status =
        answer.state === "PENDING"
          ? await client.status(id)
          : await expectState(id, "PENDING", 40_000);
      expect(status.attempts.map((attempt) => attempt.state)).toEqual(["ABANDONED", "OPEN"]);
      // The lost order is captured all the same, then the one we gave out: one payment, one refund.
      await books.settle(id, "success");
      await expectState(id, "COMPLETED");
      const second = status.attempts[1]?.providerOrderId ?? "";
      await books.settle(second, "success");
      await vi.waitFor(
        async () => {
          expect((await client.status(id)).refunds).toMatchObject([
            { reason: "duplicate_capture", amount: 49_900, state: "COMPLETED" },
          ]);
        },
        { timeout: 30_000, interval: 300 },
      );
    },
  );

  it("contract.md 7.4: 503 before the order is stored is posted again under the same id", async () => {
    const id = freshId();
    await books.fault("pay", "503", { merchantOrderId: id });
    const answer = await client.initiate(request(id));
    expect(answer.state).toBe("INITIATING");
    const status = await expectState(id, "PENDING", 55_000);
    expect(status.attempts).toMatchObject([{ n: 1, state: "OPEN", providerOrderId: id }]);
  });

  it("CF-01: an order that somebody else made under this id is watched, never replaced", async () => {
    const id = freshId();
    await orderPlacedElsewhere(stack, id, 49_900);
    const answer = await client.initiate(request(id));
    expect(answer).toMatchObject({ state: "INITIATING" });
    expect(answer.redirectUrl).toBeUndefined();
    const ours = (await books.all()).orders.filter((order) => order.merchantOrderId.startsWith(id));
    expect(ours).toHaveLength(1);
    await books.settle(id, "success");
    await expectState(id, "COMPLETED");
  });

  it("UAT-57, UAT-59: partial refunds run one at a time and add up; more than is left is refused", async () => {
    const id = await paid();
    const refund = (amount: number) =>
      client.refund({ merchantRefundId: freshId(), merchantOrderId: id, amount });
    expect(await refund(20_000)).toMatchObject({ state: "PENDING" });
    expect(await refund(20_000)).toMatchObject({ state: "PENDING", queued: true });
    const problem = await problemOf(refund(10_000));
    expect(problem).toMatchObject({ code: "refund_exceeds_captured", status: 422 });
    await vi.waitFor(async () => expect((await client.status(id)).refundedAmount).toBe(40_000), {
      timeout: 40_000,
      interval: 300,
    });
    const given = (await books.order(id)).refunds.reduce((sum, one) => sum + one.amountPaisa, 0);
    expect(given).toBe(40_000);
  });

  it("UAT-54: with webhooks dropped a refund is followed by asking", async () => {
    const id = await paid();
    await books.switches({ webhookModes: ["drop"] }, id);
    const merchantRefundId = freshId();
    await client.refund({ merchantRefundId, merchantOrderId: id, amount: 100 });
    await vi.waitFor(
      async () => expect((await client.refundStatus(merchantRefundId, id)).state).toBe("COMPLETED"),
      { timeout: 40_000, interval: 300 },
    );
  });

  it("contract.md 5.4: a refund whose answer was lost is given once", async () => {
    const id = await paid();
    const merchantRefundId = freshId();
    await books.fault("refund", "500-after", { merchantRefundId });
    const answer = await client.refund({ merchantRefundId, merchantOrderId: id, amount: 4_900 });
    expect(answer.state).toBe("PENDING");
    await vi.waitFor(async () => expect((await client.status(id)).refundedAmount).toBe(4_900), {
      timeout: 40_000,
      interval: 300,
    });
    expect((await books.order(id)).refunds).toHaveLength(1);
  });
});
