import { describe, expect, it } from "vitest";
import * as z from "zod";
import {
  books,
  client,
  expectState,
  freshId,
  paid,
  problemOf,
  request,
  stack,
} from "../../e2e/scenario.ts";

const bookedSchema = z.object({
  orderId: z.string(),
  amountPaisa: z.number(),
  redirectUrl: z.string(),
  metaInfo: z.record(z.string(), z.string()),
});

async function booked(id: string) {
  return bookedSchema.parse(await books.admin("GET", `/admin/books/orders/${id}`));
}

async function refused(more: object): Promise<void> {
  const id = freshId();
  const problem = await problemOf(client.initiate(request(id, more)));
  expect(problem.code).toBe("validation_failed");
  await expect(books.order(id)).rejects.toThrow("404");
}

describe.concurrent("8.2 Payment", () => {
  it("UAT-10: an id of 63 characters is taken, 64 and other characters are refused before PhonePe", async () => {
    const id = freshId().padEnd(63, "x");
    expect((await client.initiate(request(id))).merchantOrderId).toBe(id);
    await refused({ merchantOrderId: "x".repeat(64) });
    await refused({ merchantOrderId: "order 1" });
  });

  it("UAT-10: a used id never reaches PhonePe as a new order", async () => {
    const id = await paid();
    expect((await problemOf(client.initiate(request(id, { amount: 100 })))).code).toBe(
      "state_conflict",
    );
    expect((await client.initiate(request(id))).state).toBe("COMPLETED");
  });

  it("UAT-11: 499 rupees are 49900 paisa; 99 paisa and fractions are refused", async () => {
    const id = freshId();
    await client.initiate(request(id, { amount: 49_900 }));
    expect((await booked(id)).amountPaisa).toBe(49_900);
    await refused({ amount: 99 });
    await refused({ amount: 100.5 });
  });

  it("UAT-12: 299 and 3601 seconds are refused, 300 is sent", async () => {
    await refused({ expireAfter: 299 });
    await refused({ expireAfter: 3_601 });
    const answer = await client.initiate(request(freshId(), { expireAfter: 300 }));
    const lifeMs = (answer.expireAt ?? 0) - answer.createdAt;
    expect(Math.abs(lifeMs - 300_000)).toBeLessThan(10_000);
  });

  it("UAT-13: udfs go on under their names, empty ones do not, others are refused", async () => {
    const id = freshId();
    await client.initiate(request(id, { metaInfo: { udf1: "cart 8812", udf2: "" } }));
    expect((await booked(id)).metaInfo).toEqual({ udf1: "cart 8812" });
    await refused({ metaInfo: { orderNote: "x" } });
    await refused({ metaInfo: { udf11: "no spaces" } });
  });

  it("UAT-14, UAT-15: the sandbox takes no other flow and no order without a redirect URL", async () => {
    const id = freshId();
    await client.initiate(request(id));
    expect((await booked(id)).redirectUrl).toBe("http://localhost:8788/shop/return");
  });

  it("UAT-16: PhonePe's order id is kept with ours, and another one at the status API is not success", async () => {
    const id = freshId();
    await client.initiate(request(id));
    const { orderId } = await booked(id);
    expect(orderId).toMatch(/^OMO/);
    await books.settle(id, "success");
    await expectState(id, "COMPLETED");
  });

  it("UAT-17: the pay URL is the provider's, unchanged, with the script that opens it", async () => {
    const payment = await client.initiate(request(freshId()));
    expect(payment.redirectUrl?.startsWith(`${stack.sandbox}/transact/`)).toBe(true);
    expect(payment.checkout).toEqual({
      script: `${stack.sandbox}/web/bundle/checkout.js`,
      url: payment.redirectUrl,
      mode: "iframe",
    });
  });

  it("UAT-18, UAT-34: a payer who comes back has not paid: PENDING stays PENDING", async () => {
    const id = freshId();
    await client.initiate(request(id));
    await books.settle(id, "fail");
    expect((await client.status(id, { refresh: true })).state).toBe("PENDING");
  });

  it("UAT-19: PhonePe's token and our keys are in no answer", async () => {
    const payment = await client.initiate(request(freshId()));
    const text = JSON.stringify([payment, await client.status(payment.merchantOrderId)]);
    expect(text).not.toContain(stack.keys.shop.secret);
    expect(text).not.toContain(stack.phonepe.clientSecret);
    expect(text).not.toContain("O-Bearer");
  });

  it("UAT-20: success, failure and pending are three different answers", async () => {
    const [success, failure, pending] = [freshId(), freshId(), freshId()];
    for (const id of [success, failure, pending]) await client.initiate(request(id));
    await books.settle(success, "success");
    await books.settle(failure, "fail-order");
    await expectState(success, "COMPLETED");
    await expectState(failure, "FAILED");
    await expectState(pending, "PENDING");
  });
});
