import { describe, expect, it, vi } from "vitest";
import { call, freshId } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { books, looksAt, newPayment, paidPayment, REFUND, statusOf } from "../payments.ts";
import { expectCommonHeaders } from "../problem-shape.ts";
import { authorizationOf, completed, sendWebhook, WEBHOOK } from "./send.ts";
import completedExample from "../../vectors/phonepe/webhook-checkout-order-completed.json" with { type: "json" };

const ACCEPTED = { accepted: true, duplicate: false };
const DUPLICATE = { accepted: true, duplicate: true };
const UNMATCHED = { accepted: true, duplicate: false, matched: false };

const stateOf = async (id: string) => (await statusOf(id)).json["state"];
const eventually = (id: string, state: string) =>
  vi.waitFor(async () => expect(await stateOf(id)).toBe(state), { interval: 5 });

describe("POST /api/payments/webhook 200", () => {
  it("I4: a webhook makes us ask, and the status API's answer decides", async () => {
    const id = await newPayment();
    books().settle(id, "COMPLETED");
    const answer = await sendWebhook({ body: completed(id) });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual(ACCEPTED);
    expectCommonHeaders(answer);
    await eventually(id, "COMPLETED");
    expect((await statusOf(id)).json).toMatchObject({ confirmedBy: "status_api" });
  });

  it.each(["COMPLETED", "FAILED", "EXPIRED", "SOMETHING"])(
    "I4: a forged %s alone moves nothing",
    async (state) => {
      const id = await newPayment();
      const asked = looksAt(id);
      const { payload } = completed(id);
      const body = { event: "checkout.order.completed", payload: { ...payload, state } };
      expect((await sendWebhook({ body })).json).toEqual(ACCEPTED);
      await vi.waitFor(() => expect(looksAt(id)).toBe(asked + 1), {
        interval: 5,
      });
      expect(await stateOf(id)).toBe("PENDING");
    },
  );

  it("contract.md 6.7: the same event again is a duplicate, and asks nobody again", async () => {
    const id = await newPayment();
    await sendWebhook({ body: completed(id) });
    const asked = looksAt(id);
    expect((await sendWebhook({ body: completed(id) })).json).toEqual(DUPLICATE);
    expect(looksAt(id)).toBe(asked);
  });

  it("PP-07: another event of the same order is no duplicate", async () => {
    const id = await newPayment();
    await sendWebhook({ body: completed(id) });
    const body = {
      event: "checkout.order.failed",
      payload: { merchantOrderId: id, state: "FAILED" },
    };
    expect((await sendWebhook({ body })).json).toEqual(ACCEPTED);
  });

  it("contract.md 4.3: a failed attempt is not the order's end, so nobody is asked", async () => {
    const id = await newPayment();
    const asked = looksAt(id);
    const event = "checkout.transaction.attempt.failed";
    const body = { event, payload: { merchantOrderId: id, state: "PENDING" } };
    expect((await sendWebhook({ body })).json).toEqual(ACCEPTED);
    expect(looksAt(id)).toBe(asked);
    expect(await stateOf(id)).toBe("PENDING");
  });

  it.each([
    ["without a type (UAT-44)", (id: string) => completed(id)],
    [
      "with a wrong type (UAT-44)",
      (id: string) => ({ type: "PG_REFUND_FAILED", ...completed(id) }),
    ],
    ["with a type of nobody (UAT-44)", (id: string) => ({ type: "X", ...completed(id) })],
    ["with a numeric type", (id: string) => ({ type: 7, ...completed(id) })],
    ["bare, without event and payload (EM-12)", (id: string) => completed(id).payload],
    ["with unknown fields", (id: string) => ({ ...completed(id), future: { a: [1] } })],
    [
      "as in PhonePe's own example",
      (id: string) => ({
        ...completedExample,
        payload: { ...completedExample.payload, merchantOrderId: id },
      }),
    ],
  ])("UAT-32: an event %s is understood", async (_, bodyOf) => {
    const id = await newPayment();
    books().settle(id, "COMPLETED");
    expect((await sendWebhook({ body: bodyOf(id) })).json).toEqual(ACCEPTED);
    await eventually(id, "COMPLETED");
  });

  it.each([
    ["upper case", (hex: string) => hex.toUpperCase()],
    ["with blanks around it", (hex: string) => `  ${hex} `],
  ])("contract.md 6.2: the credentials' hex in %s is taken", async (_, edit) => {
    const id = await newPayment();
    const authorization = edit(await authorizationOf("alpha"));
    expect((await sendWebhook({ body: completed(id), authorization })).json).toEqual(ACCEPTED);
  });

  it.each(["", "/phonepe", "/alpha", "/phonepe/alpha"])(
    "api.md 5: the path with the tail %j reaches the merchant",
    async (tail) => {
      const id = await newPayment();
      const answer = await sendWebhook({ path: `${WEBHOOK}${tail}`, body: completed(id) });
      expect(answer.json).toEqual(ACCEPTED);
    },
  );

  it("api.md 5: without the tail the merchant is the one whose credentials match", async () => {
    const id = await newPayment();
    const authorization = await authorizationOf("beta");
    const calls = world.providerOf("beta").calls.length;
    const answer = await sendWebhook({ body: completed(id), authorization });
    expect(answer.json).toEqual(UNMATCHED);
    expect(await stateOf(id)).toBe("PENDING");
    expect(world.providerOf("beta").calls).toHaveLength(calls);
  });
});

describe("refund webhooks", () => {
  const refundEvent = (ids: Record<string, unknown>, state = "COMPLETED") => ({
    event: `pg.refund.${state.toLowerCase()}`,
    payload: { ...ids, state, amount: 10_000 },
  });
  async function newRefund() {
    const originalMerchantOrderId = await paidPayment();
    const merchantRefundId = freshId("rfd");
    const body = { merchantOrderId: originalMerchantOrderId, merchantRefundId, amount: 10_000 };
    await call({ path: REFUND, body });
    return { originalMerchantOrderId, merchantRefundId };
  }
  const refundState = async (ids: {
    merchantRefundId: string;
    originalMerchantOrderId: string;
  }) => {
    const path = `${REFUND}/${ids.merchantRefundId}?merchantOrderId=${ids.originalMerchantOrderId}`;
    return (await call({ path })).json["state"];
  };

  it("I4: a refund's event makes us ask, and the answer decides", async () => {
    const ids = await newRefund();
    books().settleRefund(ids.merchantRefundId, "COMPLETED");
    expect((await sendWebhook({ body: refundEvent(ids) })).json).toEqual(ACCEPTED);
    await vi.waitFor(async () => expect(await refundState(ids)).toBe("COMPLETED"), { interval: 5 });
  });

  it("I4: a forged end of a refund alone moves nothing", async () => {
    const ids = await newRefund();
    const looks = () => books().callsOf("refundStatus", ids.merchantRefundId);
    const asked = looks();
    await sendWebhook({ body: refundEvent(ids, "FAILED") });
    await vi.waitFor(() => expect(looks()).toBe(asked + 1), { interval: 5 });
    expect(await refundState(ids)).toBe("PENDING");
  });

  it("contract.md 6.6: without the merchant's refund id PhonePe's own id finds it", async () => {
    const ids = await newRefund();
    books().settleRefund(ids.merchantRefundId, "FAILED");
    const { originalMerchantOrderId } = ids;
    const body = refundEvent({ originalMerchantOrderId, refundId: `OMR_${ids.merchantRefundId}` });
    expect((await sendWebhook({ body })).json).toEqual(ACCEPTED);
    await vi.waitFor(async () => expect(await refundState(ids)).toBe("FAILED"), { interval: 5 });
  });

  it("EM-12: a bare refund payload is understood", async () => {
    const ids = await newRefund();
    const { payload } = refundEvent(ids);
    expect((await sendWebhook({ body: payload })).json).toEqual(ACCEPTED);
  });

  it("api.md 5: a refund that we do not know is kept as unmatched", async () => {
    const { originalMerchantOrderId } = await newRefund();
    const body = refundEvent({ originalMerchantOrderId, merchantRefundId: freshId("rfd") });
    expect((await sendWebhook({ body })).json).toEqual(UNMATCHED);
  });
});

describe("unmatched webhooks", () => {
  const listOf = async (key: { keyId: string; secret: string } = TEST_KEYS.alpha) => {
    const answer = await call({ path: "/api/payments/webhook-events?matched=false", key });
    expect(answer.status).toBe(200);
    return answer;
  };

  it("api.md 5: an event for an order that we do not know is kept, answered and shown", async () => {
    const id = freshId("stray");
    const answer = await sendWebhook({ body: completed(id) });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual(UNMATCHED);
    const list = await listOf();
    expectCommonHeaders(list);
    expect(list.json["events"]).toContainEqual({
      at: expect.any(Number),
      provider: "phonepe",
      event: "checkout.order.completed",
      state: "COMPLETED",
      orderId: id,
      refundId: null,
      confirmedState: null,
      matched: false,
    });
    expect(list.text).not.toContain("49900");
  });

  it("api.md 5: it creates no payment and asks no provider", async () => {
    const id = freshId("stray");
    await sendWebhook({ body: completed(id) });
    expect(looksAt(id)).toBe(0);
    expect((await statusOf(id)).status).toBe(404);
  });

  it("contract.md 6.7: the same stray event again is a duplicate, kept once", async () => {
    const id = freshId("stray");
    await sendWebhook({ body: completed(id) });
    const again = await sendWebhook({ body: completed(id) });
    expect(again.json).toEqual({ accepted: true, duplicate: true, matched: false });
    expect((await listOf()).text.split(id)).toHaveLength(2);
  });

  it.each(["some.future.event", "settlement.processed", "subscription.paused"])(
    "api.md 5: the unknown event %s is accepted and kept",
    async (event) => {
      const body = { event, payload: { state: "SOMETHING", future: true } };
      expect((await sendWebhook({ body })).json).toMatchObject({ accepted: true, matched: false });
    },
  );

  it("API-1: another merchant does not see them", async () => {
    const id = freshId("stray");
    await sendWebhook({ body: completed(id) });
    expect((await listOf(TEST_KEYS.beta)).text).not.toContain(id);
  });

  it("api.md 5: an order id that cannot be ours is kept, never routed by", async () => {
    const id = `${freshId()}/../x'"%00`;
    expect((await sendWebhook({ body: completed(id) })).json).toEqual(UNMATCHED);
  });
});
