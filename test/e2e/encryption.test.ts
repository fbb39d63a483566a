import { describe, expect, it } from "vitest";
import { createClient } from "#client";
import { books, freshId, problemOf, request, stack } from "./scenario.ts";

/** Bodies and media types as they travelled. */
const wire: {
  sent: string;
  accept: unknown;
  status: number;
  type: string | null;
  text: string;
}[] = [];

const sealed = createClient({
  baseUrl: stack.gateway,
  ...stack.keys.shop,
  retries: 0,
  verifyAnswers: true,
  encryption: { privateKey: stack.privateJwk },
  async fetch(url, init) {
    const response = await fetch(url, init);
    const text = await response.clone().text();
    const { accept } = Object.fromEntries(new Headers(init.headers));
    const type = response.headers.get("content-type");
    const sent = new TextDecoder().decode(init.body);
    wire.push({ sent, accept, status: response.status, type, text });
    return response;
  },
});

describe("encrypted and signed, over HTTP", () => {
  it("api.md 4: a payment is made, read and refunded, and no body says so in the clear", async () => {
    const id = freshId();
    const payment = await sealed.initiate(request(id));
    expect(payment).toMatchObject({ state: "PENDING", merchantOrderId: id, amount: 49_900 });
    await books.settle(id, "success");
    expect(await sealed.status(id, { refresh: true })).toMatchObject({ state: "COMPLETED" });
    const merchantRefundId = freshId();
    const refund = await sealed.refund({ merchantRefundId, merchantOrderId: id, amount: 10_000 });
    expect(refund).toMatchObject({ merchantRefundId, state: "PENDING" });
    const answers = wire.filter(({ type }) => type === "application/jose");
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 201]);
    expect(answers.map(({ accept }) => accept)).toEqual(answers.map(() => "application/jose"));
    expect(JSON.stringify(wire)).not.toContain(id);
  });

  it("api.md 4: a problem comes in the clear, signed", async () => {
    const problem = await problemOf(sealed.status(freshId()));
    expect(problem.code).toBe("payment_not_found");
    expect(wire.at(-1)?.type).toBe("application/problem+json");
  });
});
