import { describe, expect, it, vi } from "vitest";
import { callsOf } from "../../e2e/books.ts";
import { books, client, expectState, freshId, paid, request, stack } from "../../e2e/scenario.ts";
import { sendWebhook, signedV1Callback } from "../../e2e/webhooks.ts";

async function ordered(switches: object = {}): Promise<string> {
  const id = freshId();
  await books.switches(switches, id);
  await client.initiate(request(id));
  return id;
}

const completed = (merchantOrderId: string, more: object = {}) => ({
  event: "checkout.order.completed",
  payload: { merchantOrderId, orderId: "OMO1", state: "COMPLETED", amount: 49_900, ...more },
});

describe.concurrent("8.4 Webhooks", () => {
  it("UAT-41: a wrong Authorization is refused and changes nothing", async () => {
    const id = await ordered({ webhookModes: ["drop"] });
    await books.settle(id, "success");
    const answer = await sendWebhook(stack, completed(id), { password: "wrongPassword1" });
    expect(answer.status).toBe(401);
    expect(await callsOf(books, id, "status")).toBe(0);
    expect((await client.status(id)).state).toBe("PENDING");
  });

  it("UAT-42: after refused webhooks the status API still ends the payment", async () => {
    const id = await ordered({ webhookModes: ["wrong-auth"] });
    await books.settle(id, "success");
    expect((await client.status(id, { refresh: true })).state).toBe("COMPLETED");
  });

  it("UAT-43: payload.state decides: a PENDING payload makes nobody ask", async () => {
    const id = await ordered({ webhookModes: ["drop"] });
    await sendWebhook(stack, {
      event: "checkout.transaction.attempt.failed",
      payload: { merchantOrderId: id, orderId: "OMO1", state: "PENDING", amount: 49_900 },
    });
    expect(await callsOf(books, id, "status")).toBe(0);
  });

  it("UAT-44: without type, or with a wrong one, event decides", async () => {
    const [without, wrong] = [await ordered({ webhookModes: ["no-type"] }), await ordered()];
    await books.settle(without, "success");
    await expectState(without, "COMPLETED");
    const answer = await sendWebhook(stack, { ...completed(wrong), type: "PG_REFUND_FAILED" });
    expect(answer).toMatchObject({ status: 200, json: { accepted: true, duplicate: false } });
  });

  it("UAT-45: unknown fields, enum values and events are taken", async () => {
    const id = await ordered();
    const odd = completed(id, { state: "COMPLETED", newField: { deep: [1] }, currency: "XTS" });
    expect((await sendWebhook(stack, { ...odd, more: 1 })).status).toBe(200);
    const unknown = { event: "checkout.something.new", payload: { state: "NEW" } };
    expect(await sendWebhook(stack, unknown)).toMatchObject({ status: 200 });
  });

  it("UAT-46: our own times are epoch milliseconds, as PhonePe's are", async () => {
    const id = await paid();
    const status = await client.status(id);
    expect(String(status.expireAt)).toHaveLength(13);
    expect(String(status.attempts[0]?.createdAt)).toHaveLength(13);
  });

  it("UAT-47: a webhook is answered while the status API is still thinking", async () => {
    const id = await ordered({ webhookModes: ["drop"] });
    await books.settle(id, "success");
    await books.fault("status", "delay", { merchantOrderId: id, delayMs: 3_000 });
    const answer = await sendWebhook(stack, completed(id));
    expect(answer).toMatchObject({ status: 200, json: { accepted: true } });
    // It was answered first: the payment is not yet where the status API will bring it.
    expect((await client.status(id)).state).toBe("PENDING");
    await expectState(id, "COMPLETED");
  });

  it("UAT-48: five times the same event, and failed after completed, change nothing", async () => {
    const id = await paid();
    for (let turn = 0; turn < 5; turn += 1) await sendWebhook(stack, completed(id));
    await sendWebhook(stack, {
      event: "checkout.order.failed",
      payload: { merchantOrderId: id, orderId: "OMO1", state: "FAILED", amount: 49_900 },
    });
    expect((await client.status(id)).state).toBe("COMPLETED");
  });

  it("UAT-49: PhonePe's own deliveries reach the listener and are answered 200", async () => {
    const id = await paid();
    await vi.waitFor(async () => {
      const order = await books.admin("GET", `/admin/books/orders/${id}`);
      expect(order).toMatchObject({ webhooks: [{ event: "checkout.order.completed" }] });
      expect(JSON.stringify(order)).toContain('"httpStatus":200');
    }, 15_000);
  });

  it("UAT-72: a v1 callback counts only with its checksum, and never by its word alone", async () => {
    const id = await ordered({ webhookModes: ["drop"] });
    const forged = await signedV1Callback(stack, id, { saltKey: "another-salt" });
    expect(forged.status).toBe(401);
    const genuine = await signedV1Callback(stack, id);
    expect(genuine).toMatchObject({ status: 200, json: { accepted: true } });
    await vi.waitFor(async () => expect(await callsOf(books, id, "status")).toBe(1));
    expect((await client.status(id)).state).toBe("PENDING");
  });
});
