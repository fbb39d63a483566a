import { randomUUID } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { callsOf } from "./books.ts";
import {
  expectState,
  books,
  client,
  freshId,
  paid,
  problemOf,
  request,
  stack,
  standInRefuses,
} from "./scenario.ts";
import { clientOf } from "./stack.ts";
import { sendWebhook } from "./webhooks.ts";

describe("a payment over HTTP", () => {
  it("I4: completes by webhook, confirmed by the status API, with at most two status calls", async () => {
    const id = freshId();
    const payment = await client.initiate(request(id));
    expect(payment).toMatchObject({ state: "PENDING", amount: 49_900, merchantOrderId: id });
    expect(payment.redirectUrl).toContain(stack.sandbox);
    expect(payment.checkout).toMatchObject({ url: payment.redirectUrl, mode: "iframe" });
    await books.settle(id, "success");
    const status = await expectState(id, "COMPLETED");
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

  it("UAT-31: a failed attempt leaves the order PENDING, a later success completes it", async () => {
    const id = freshId();
    await client.initiate(request(id));
    await books.settle(id, "fail");
    expect((await client.status(id, { refresh: true })).state).toBe("PENDING");
    await books.settle(id, "success");
    await expectState(id, "COMPLETED");
  });

  it("UAT-33: an order that failed is FAILED with the provider's codes", async () => {
    const id = freshId();
    await client.initiate(request(id));
    await books.settle(id, "fail-order");
    const status = await expectState(id, "FAILED");
    expect(status.confirmedBy).toBe("status_api");
    expect(status.errorCode).not.toBeNull();
  });

  it("contract.md 4.3: an order that nobody paid is EXPIRED", async () => {
    const id = freshId();
    await client.initiate(request(id));
    await books.settle(id, "expire");
    await expectState(id, "EXPIRED");
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
    await books.fault("oauth", "500", { times: 2 }); // The gateway asks for a token once more.
    await standInRefuses();
    const id = freshId();
    const problem = await problemOf(client.initiate(request(id)));
    expect(problem).toMatchObject({ code: "provider_unavailable", status: 503 });
    expect(problem.retryAfterSec).toBeGreaterThan(0);
    expect((await client.initiate(request(id))).state).toBe("PENDING");
    expect((await books.order(id)).state).toBe("PENDING");
  });
});

describe("refunds over HTTP", () => {
  it("api.md 2: an unpaid order is not refunded", async () => {
    const id = freshId();
    await client.initiate(request(id));
    const problem = await problemOf(
      client.refund({ merchantRefundId: freshId(), merchantOrderId: id, amount: 100 }),
    );
    expect(problem).toMatchObject({ code: "state_conflict", status: 409 });
  });
});
