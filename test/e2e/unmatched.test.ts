import { describe, expect, it, vi } from "vitest";
import { signRequest } from "#client";
import { freshId, stack } from "./scenario.ts";
import { sendWebhook, signedV1Callback } from "./webhooks.ts";

/** What an operator sees of webhooks that named no order of ours. */
async function unmatched(): Promise<unknown> {
  const signed = await signRequest(
    { method: "GET", url: `${stack.gateway}/api/payments/webhook-events?matched=false` },
    stack.keys.operator,
    { createdSec: Math.floor(Date.now() / 1_000) },
  );
  const response = await fetch(signed.url, { headers: signed.headers });
  return response.json();
}

/** Rare enough for the limit on operators' calls. */
const WAIT = { timeout: 15_000, interval: 1_000 };

describe("webhooks that name no order of ours", () => {
  it("api.md 5: is kept, answered 200 as not matched, and listed once", async () => {
    const id = freshId();
    const event = {
      event: "checkout.order.completed",
      payload: { merchantOrderId: id, orderId: "OMO1", state: "COMPLETED", amount: 100 },
    };
    const first = await sendWebhook(stack, event);
    expect(first.json).toEqual({ accepted: true, duplicate: false, matched: false });
    const second = await sendWebhook(stack, event);
    expect(second.json).toEqual({ accepted: true, duplicate: true, matched: false });
    expect(await unmatched()).toMatchObject({
      events: expect.arrayContaining([
        expect.objectContaining({ orderId: id, state: "COMPLETED", confirmedState: null }),
      ]),
    });
  });

  it("contract.md 6.8, I4: a v1 callback about another system's payment is checked with v1's status", async () => {
    const id = freshId();
    const answer = await signedV1Callback(stack, id);
    expect(answer.json).toEqual({ accepted: true, duplicate: false, matched: false });
    await vi.waitFor(async () => {
      expect(await unmatched()).toMatchObject({
        events: expect.arrayContaining([
          expect.objectContaining({
            orderId: id,
            state: "PAYMENT_SUCCESS",
            confirmedState: "TRANSACTION_NOT_FOUND",
          }),
        ]),
      });
    }, WAIT);
  });
});
