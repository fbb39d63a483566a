import { describe, expect, it, vi } from "vitest";
import { signRequest } from "#client";
import { callsOf } from "./books.ts";
import { books, client, expectState, freshId, request, stack } from "./scenario.ts";
import { sendWebhook } from "./webhooks.ts";

/** PhonePe's header is static: who has seen it once can send any body. A webhook is a hint, and stays one (I4). */

function orderEvent(id: string, state: "COMPLETED" | "FAILED") {
  return {
    event: `checkout.order.${state.toLowerCase()}`,
    payload: { merchantOrderId: id, orderId: "OMO1", state, amount: 49_900 },
  };
}

/** Waits until a forged event has made the gateway ask, and the provider has said otherwise. */
async function forge(id: string, state: "COMPLETED" | "FAILED"): Promise<void> {
  const before = await callsOf(books, id, "status");
  await sendWebhook(stack, orderEvent(id, state));
  await vi.waitFor(async () => expect(await callsOf(books, id, "status")).toBeGreaterThan(before), {
    timeout: 10_000,
    interval: 100,
  });
}

describe.concurrent("webhooks as hints", () => {
  it("I4: a forged failure ends nothing", async () => {
    const id = freshId();
    await client.initiate(request(id));
    await forge(id, "FAILED");
    expect((await client.status(id)).state).toBe("PENDING");
    await books.settle(id, "success");
    await expectState(id, "COMPLETED");
  });

  it("I4: a forged success does not turn the true one after it into a duplicate", async () => {
    const id = freshId();
    await client.initiate(request(id));
    await forge(id, "COMPLETED");
    expect((await client.status(id)).state).toBe("PENDING");
    await books.settle(id, "success");
    // Well before the 25 s after which the gateway looks by itself.
    await expectState(id, "COMPLETED", 10_000);
  });

  it("PP-09: a forged success on a failed payment does not hide the late money after it", async () => {
    const id = freshId();
    await client.initiate(request(id));
    await books.settle(id, "fail-order");
    await expectState(id, "FAILED");
    await forge(id, "COMPLETED");
    expect((await client.status(id)).state).toBe("FAILED");
    await books.settle(id, "success");
    await expectState(id, "COMPLETED");
  });

  it("UAT-48: events that are doubled and overtake each other end in one completion", async () => {
    const id = freshId();
    await books.switches({ webhookModes: ["reorder", "duplicate"], webhookDelayMs: 1_500 }, id);
    await client.initiate(request(id));
    await books.settle(id, "fail");
    await books.settle(id, "success");
    await expectState(id, "COMPLETED");
    const { webhooks } = await books.order(id);
    await vi.waitFor(
      async () => {
        const now = await books.order(id);
        expect(now.webhooks.filter(({ state }) => state === "DELIVERED")).toHaveLength(4);
      },
      { timeout: 10_000, interval: 200 },
    );
    expect(webhooks).toHaveLength(4);
    const { timeline, ...payment } = await client.status(id);
    expect(payment).toMatchObject({ state: "COMPLETED", capturedAmount: 49_900, refunds: [] });
    expect(timeline.filter(({ to }) => to === "COMPLETED")).toHaveLength(1);
  });

  it("I8: an event about an order that nobody knows is kept for operators", async () => {
    const id = freshId();
    const answer = await sendWebhook(stack, orderEvent(id, "COMPLETED"));
    expect(answer).toMatchObject({ status: 200, json: { accepted: true, matched: false } });
    const signed = await signRequest(
      { method: "GET", url: `${stack.gateway}/api/payments/webhook-events?matched=false` },
      stack.keys.operator,
      { createdSec: Math.floor(Date.now() / 1_000) },
    );
    const listed = await fetch(signed.url, { headers: signed.headers });
    expect(listed.status).toBe(200);
    expect(await listed.text()).toContain(id);
  });
});
