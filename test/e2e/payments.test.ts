import { randomUUID } from "node:crypto";
import { describe, expect, inject, it, vi } from "vitest";
import { type PaymentStatus, ProblemError } from "#client";
import { booksOf, callsOf } from "./books.ts";
import { clientOf } from "./stack.ts";
import { orderPlacedElsewhere, sendWebhook } from "./webhooks.ts";

const stack = inject("stack");
const client = clientOf(stack);
const books = booksOf(stack);

const freshId = () => `e2e-${randomUUID().slice(0, 18)}`;
const request = (merchantOrderId: string, more: object = {}) => ({
  merchantOrderId,
  amount: 49_900,
  redirectUrl: "http://localhost:8788/shop/return",
  ...more,
});

async function paid(): Promise<string> {
  const id = freshId();
  await client.initiate(request(id));
  await books.settle(id, "success");
  await becomes(id, "COMPLETED");
  return id;
}

/** Waits until the gateway says so by itself, without asking it to ask. */
async function becomes(
  id: string,
  state: PaymentStatus["state"],
  timeout = 15_000,
): Promise<PaymentStatus> {
  return vi.waitFor(
    async () => {
      const status = await client.status(id);
      expect(status.state).toBe(state);
      return status;
    },
    { timeout, interval: 150 },
  );
}

async function problemOf(call: Promise<unknown>): Promise<ProblemError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error("the call was answered without a problem");
}

describe("a payment over HTTP", () => {
  it("I4: completes by webhook, confirmed by the status API, with at most two status calls", async () => {
    const id = freshId();
    const payment = await client.initiate(request(id));
    expect(payment).toMatchObject({ state: "PENDING", amount: 49_900, merchantOrderId: id });
    expect(payment.redirectUrl).toContain(stack.sandbox);
    expect(payment.checkout).toMatchObject({ url: payment.redirectUrl, mode: "iframe" });
    await books.settle(id, "success");
    const status = await becomes(id, "COMPLETED");
    expect(status).toMatchObject({ confirmedBy: "status_api", capturedAmount: 49_900 });
    expect(await callsOf(books, id, "status")).toBeLessThanOrEqual(2);
    expect(await callsOf(books, id, "pay")).toBe(1);
  });

  it("UAT-38: with webhooks dropped, asking finds the money", async () => {
    const id = freshId();
    await books.switches({ webhookModes: ["drop"] }, id);
    await client.initiate(request(id));
    await books.settle(id, "success");
    expect((await client.status(id)).state).toBe("PENDING");
    expect((await client.status(id, { refresh: true })).state).toBe("COMPLETED");
  });

  it("UAT-36: with webhooks dropped and nobody asking, the alarm finds the money", async () => {
    const id = freshId();
    await books.switches({ webhookModes: ["drop"] }, id);
    await client.initiate(request(id));
    await books.settle(id, "success");
    const status = await becomes(id, "COMPLETED", 40_000);
    expect(status.timeline.at(-1)).toMatchObject({ to: "COMPLETED", cause: "status_api" });
  });

  it("UAT-31: a failed attempt leaves the order PENDING, a later success completes it", async () => {
    const id = freshId();
    await client.initiate(request(id));
    await books.settle(id, "fail");
    expect((await client.status(id, { refresh: true })).state).toBe("PENDING");
    await books.settle(id, "success");
    await becomes(id, "COMPLETED");
  });

  it("UAT-33: an order that failed is FAILED with the provider's codes", async () => {
    const id = freshId();
    await client.initiate(request(id));
    await books.settle(id, "fail-order");
    const status = await becomes(id, "FAILED");
    expect(status.confirmedBy).toBe("status_api");
    expect(status.errorCode).not.toBeNull();
  });

  it("contract.md 4.3: an order that nobody paid is EXPIRED", async () => {
    const id = freshId();
    await client.initiate(request(id));
    await books.settle(id, "expire");
    await becomes(id, "EXPIRED");
  });

  it("UAT-37: another amount at the provider keeps it PENDING, for review", async () => {
    const id = freshId();
    await books.switches({ statusBody: "other-amount" }, id);
    await client.initiate(request(id));
    await books.settle(id, "success");
    const status = await client.status(id, { refresh: true });
    expect(status).toMatchObject({ state: "PENDING", review: { reason: "amount_mismatch" } });
    await books.switches({ statusBody: "full" }, id);
    expect(await client.status(id, { refresh: true })).toMatchObject({ state: "COMPLETED" });
  });

  it("API-1: another merchant sees nothing of it", async () => {
    const id = await paid();
    const other = clientOf(stack, "other");
    expect((await problemOf(other.status(id))).code).toBe("payment_not_found");
    const refund = { merchantRefundId: freshId(), merchantOrderId: id, amount: 100 };
    expect((await problemOf(other.refund(refund))).code).toBe("payment_not_found");
  });

  it("I4: a paid amount is not taken from a forged webhook with the right header", async () => {
    const id = freshId();
    await client.initiate(request(id));
    const answer = await sendWebhook(stack, {
      event: "checkout.order.completed",
      payload: { merchantOrderId: id, orderId: "OMO1", state: "COMPLETED", amount: 49_900 },
    });
    expect(answer).toMatchObject({ status: 200, json: { accepted: true, duplicate: false } });
    await vi.waitFor(async () => expect(await callsOf(books, id, "status")).toBe(1));
    expect((await client.status(id)).state).toBe("PENDING");
  });

  it("UAT-41: a webhook with a wrong Authorization is refused and changes nothing", async () => {
    const id = freshId();
    await client.initiate(request(id));
    const event = {
      event: "checkout.order.completed",
      payload: { merchantOrderId: id, orderId: "OMO1", state: "COMPLETED", amount: 49_900 },
    };
    const answer = await sendWebhook(stack, event, { password: "wrongPassword1" });
    expect(answer).toMatchObject({ status: 401, json: { code: "webhook_signature_invalid" } });
    expect(await callsOf(books, id, "status")).toBe(0);
  });

  it("UAT-48: five times the same webhook, and an older one after it, change nothing", async () => {
    const id = await paid();
    const payload = { merchantOrderId: id, orderId: "OMO1", state: "COMPLETED", amount: 49_900 };
    for (let turn = 0; turn < 5; turn += 1) {
      await sendWebhook(stack, { event: "checkout.order.completed", payload });
    }
    await sendWebhook(stack, {
      event: "checkout.order.failed",
      payload: { ...payload, state: "FAILED" },
    });
    const status = await client.status(id);
    expect(status).toMatchObject({ state: "COMPLETED", refunds: [] });
  });
});

describe("idempotency over HTTP", () => {
  it("I9: 50 concurrent duplicates with one key place one order and get the same answer", async () => {
    const id = freshId();
    const idempotencyKey = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => client.initiate(request(id), { idempotencyKey })),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await callsOf(books, id, "pay")).toBe(1);
  });

  it("I9: 50 concurrent duplicates without a name for the payment place one order", async () => {
    const idempotencyKey = randomUUID();
    const { merchantOrderId: _, ...nameless } = request("unused");
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => client.initiate(nameless, { idempotencyKey })),
    );
    const ids = new Set(answers.map((answer) => answer.merchantOrderId));
    expect(ids.size).toBe(1);
    const [id = ""] = ids;
    expect(await callsOf(books, id, "pay")).toBe(1);
  });

  it("IDM-2: the same key with another request is refused", async () => {
    const idempotencyKey = randomUUID();
    const id = freshId();
    await client.initiate(request(id), { idempotencyKey });
    const problem = await problemOf(
      client.initiate(request(id, { amount: 50_000 }), { idempotencyKey }),
    );
    expect(problem).toMatchObject({ code: "idempotency_key_reused", status: 422 });
  });

  it("UAT-10: a used id with other content never reaches PhonePe", async () => {
    const id = await paid();
    const problem = await problemOf(client.initiate(request(id, { amount: 50_000 })));
    expect(problem).toMatchObject({ code: "state_conflict", status: 409 });
    expect(await callsOf(books, id, "pay")).toBe(1);
  });
});

describe("PhonePe's tokens over HTTP", () => {
  it("UAT-02: 100 initiates need no token of their own", async () => {
    await client.initiate(request(freshId()));
    const before = (await books.all()).tokenRequests;
    for (let batch = 0; batch < 10; batch += 1) {
      await Promise.all(Array.from({ length: 10 }, () => client.initiate(request(freshId()))));
    }
    const after = (await books.all()).tokenRequests;
    expect(after).toBe(before);
    expect(after).toBeGreaterThanOrEqual(1);
  });

  it("UAT-07: a token revoked in mid-flight is renewed once and the call repeated once", async () => {
    await client.initiate(request(freshId()));
    const before = (await books.all()).tokenRequests;
    await books.admin("POST", "/admin/tokens/revoke", {});
    const id = freshId();
    expect((await client.initiate(request(id))).state).toBe("PENDING");
    expect((await books.all()).tokenRequests).toBe(before + 1);
  });

  it("api.md 2: without a token nothing is sent: 503, and repeating the id works", async () => {
    await books.admin("POST", "/admin/tokens/revoke", {});
    await books.fault("oauth", "500");
    const id = freshId();
    const problem = await problemOf(client.initiate(request(id)));
    expect(problem).toMatchObject({ code: "provider_unavailable", status: 503 });
    expect(problem.retryAfterSec).toBeGreaterThan(0);
    expect((await client.initiate(request(id))).state).toBe("PENDING");
    expect((await books.order(id)).state).toBe("PENDING");
  });
});

describe("answers of PhonePe that get lost", () => {
  it.each(["500-after", "html-after", "truncated"])(
    "I1: %s on pay: the order exists, its URL is lost, and one payable order results",
    async (kind) => {
      const id = freshId();
      await books.fault("pay", kind, { merchantOrderId: id });
      const answer = await client.initiate(request(id));
      const status =
        answer.state === "PENDING" ? await client.status(id) : await becomes(id, "PENDING", 40_000);
      expect(status.attempts.map((attempt) => attempt.state)).toEqual(["ABANDONED", "OPEN"]);
      // The lost order is captured all the same, then the one we gave out: one payment, one refund.
      await books.settle(id, "success");
      await becomes(id, "COMPLETED");
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
    const status = await becomes(id, "PENDING", 55_000);
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
    await becomes(id, "COMPLETED");
  });
});

describe("refunds over HTTP", () => {
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

  it("api.md 2: an unpaid order is not refunded", async () => {
    const id = freshId();
    await client.initiate(request(id));
    const problem = await problemOf(
      client.refund({ merchantRefundId: freshId(), merchantOrderId: id, amount: 100 }),
    );
    expect(problem).toMatchObject({ code: "state_conflict", status: 409 });
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
