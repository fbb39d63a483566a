import { describe, expect, it, vi } from "vitest";
import { callAdmin } from "./sandbox-process.ts";
import { freshId, stack } from "./scenario.ts";

const sandbox = `${stack.sandbox}/razorpay`;

/** A link that another system of the merchant made, past the gateway. */
async function linkMadeElsewhere(reference: string): Promise<void> {
  const { keyId, keySecret } = stack.razorpay;
  const answer = await fetch(`${sandbox}/v1/payment_links`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Basic ${btoa(`${keyId}:${keySecret}`)}`,
    },
    body: JSON.stringify({ amount: 49_900, reference_id: reference }),
  });
  expect(answer.status).toBe(200);
}

describe("Razorpay's webhooks, from the sandbox to the gateway", () => {
  it("api.md 5: the demo merchant's are taken and answered 200", async () => {
    const reference = freshId();
    await linkMadeElsewhere(reference);
    const path = `${sandbox}/admin/links/${reference}`;
    await callAdmin(`${path}/settle`, "POST", { outcome: "success" });
    await vi.waitFor(
      async () => {
        expect(await callAdmin(path, "GET")).toMatchObject({
          webhooks: [
            { event: "payment.captured", state: "DELIVERED", lastHttpStatus: 200 },
            { event: "payment_link.paid", state: "DELIVERED", lastHttpStatus: 200 },
          ],
        });
      },
      { timeout: 10_000, interval: 100 },
    );
  });

  it("api.md 5: with another's signature they are refused", async () => {
    const { webhookSecret } = stack.razorpay;
    const answer = await fetch(`${stack.gateway}/api/payments/webhook/razorpay`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-razorpay-signature": webhookSecret },
      body: JSON.stringify({ event: "payment_link.paid" }),
    });
    expect(answer.status).toBe(401);
  });
});
