import { randomUUID } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { callAdmin } from "./sandbox-process.ts";
import { books, client, expectState, freshId, request, stack } from "./scenario.ts";

const razorpay = `${stack.sandbox}/razorpay`;

/** A payment that PhonePe turned away and Razorpay took. */
async function stoodIn(id: string) {
  await books.fault("pay", "429", { merchantOrderId: id });
  const payment = await client.initiate(request(id));
  expect(payment).toMatchObject({ state: "PENDING", provider: "razorpay" });
  const { attempts } = await client.status(id);
  return { payment, reference: attempts.at(-1)?.providerOrderId ?? "" };
}

describe("the stand-in, over HTTP", () => {
  it("design: what PhonePe turned away is paid at Razorpay, told by its webhook, and refunded there", async () => {
    const id = freshId();
    const { payment, reference } = await stoodIn(id);
    expect(payment.redirectUrl).toContain("/razorpay/l/");
    expect(payment.checkout).toBeUndefined();
    await callAdmin(`${razorpay}/admin/links/${reference}/settle`, "POST", { outcome: "success" });
    const status = await expectState(id, "COMPLETED");
    expect(status).toMatchObject({
      provider: "razorpay",
      confirmedBy: "status_api",
      capturedAmount: 49_900,
    });
    const merchantRefundId = `ref-${randomUUID()}`;
    await client.refund({ merchantRefundId, merchantOrderId: id, amount: 10_000 });
    await vi.waitFor(
      async () => {
        const refund = await client.refundStatus(merchantRefundId, id);
        expect(refund.state).toBe("COMPLETED");
      },
      { timeout: 40_000, interval: 500 },
    );
    expect(await callAdmin(`${razorpay}/admin/links/${reference}`, "GET")).toMatchObject({
      captures: [expect.anything()],
      refunds: [expect.anything()],
    });
  }, 60_000);

  it("I1: PhonePe's books hold no order of it", async () => {
    const id = freshId();
    await stoodIn(id);
    const { orders } = await books.all();
    expect(JSON.stringify(orders)).not.toContain(id);
  });
});
