import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { amountPaisa, merchantIdSchema, merchantOrderIdSchema, sha256Hex } from "#base";
import { type InitiateCommand, paymentObjectName } from "#payments";
import { NO_RISK } from "../support/no-risk.ts";
import { BASE, freshId, send } from "../support/call.ts";
import { world } from "../support/world.ts";

const MERCHANT = merchantIdSchema.parse("alpha");
const ORDERS = 200;
const DELIVERIES = 5;

function stubOf(orderId: string) {
  return env.PAYMENTS.getByName(paymentObjectName(MERCHANT, orderId));
}

function command(orderId: string): InitiateCommand {
  return {
    merchantId: MERCHANT,
    merchantOrderId: merchantOrderIdSchema.parse(orderId),
    amountPaisa: amountPaisa(10_000),
    order: { redirectUrl: "https://shop.example/return", expireAfterSec: 900 },
    route: ["phonepe"],
    contentHash: "content",
    configVersion: 0,
    customer: null,
    risk: NO_RISK,
    identity: { requestId: "req", keyId: "ak" },
    keyHash: null,
  };
}

async function deliver(orderId: string, state: string, spoil: boolean): Promise<number> {
  const event = state === "COMPLETED" ? "checkout.order.completed" : "checkout.order.failed";
  const body = JSON.stringify({
    event,
    payload: { merchantOrderId: orderId, orderId: `OMO_${orderId}`, state, amount: 10_000 },
  });
  const password = spoil ? "spoiledPassword1" : "hookPasswordalpha";
  const answer = await send(
    new Request(`${BASE}/api/payments/webhook`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: await sha256Hex(`hook_alpha:${password}`),
      },
      body,
    }),
  );
  return answer.status;
}

/** A fixed shuffle, so that a failure can be looked at again. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  let seed = 42;
  const next = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed;
  };
  return items
    .map((item) => ({ item, key: next() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

describe("a storm of webhooks", () => {
  it("I8, UAT-48: 1,000 deliveries, five each, shuffled, a third before the pay answer, a tenth spoiled at first: every order ends right", async () => {
    const provider = world.providerOf("alpha");
    const orders = Array.from({ length: ORDERS }, (_, index) => ({
      id: freshId("storm"),
      state: index % 4 === 0 ? ("FAILED" as const) : ("COMPLETED" as const),
      early: index % 3 === 0,
      spoiled: index % 10 === 0,
    }));
    // The pay answer of a third is held back until all webhooks are through.
    const held = new Set(orders.filter((order) => order.early).map((order) => order.id));
    const initiated = orders.map(async ({ id, early }) => {
      if (early) provider.hold(id, () => !held.has(id));
      await stubOf(id).initiate(command(id));
    });
    await vi.waitFor(() => {
      expect(orders.every(({ id }) => provider.orders.has(id))).toBe(true);
    }, 10_000);
    for (const { id, state } of orders) provider.settle(id, state, "TXN_CANCELLED");

    const deliveries = shuffled(
      orders.flatMap((order) =>
        Array.from({ length: DELIVERIES }, (_, turn) => ({
          ...order,
          spoil: order.spoiled && turn === 0,
        })),
      ),
    );
    const answers: { id: string; status: number }[] = [];
    for (let at = 0; at < deliveries.length; at += 25) {
      const batch = deliveries.slice(at, at + 25);
      const statuses = await Promise.all(
        batch.map(({ id, state, spoil }) => deliver(id, state, spoil)),
      );
      answers.push(...batch.map(({ id }, index) => ({ id, status: statuses[index] ?? 0 })));
    }
    expect(answers).toHaveLength(ORDERS * DELIVERIES);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(ORDERS / 10);
    held.clear();
    await Promise.all(initiated);

    await vi.waitFor(async () => {
      for (const { id, state } of orders) {
        const answer = await stubOf(id).status({
          refresh: false,
          identity: { requestId: "", keyId: "" },
        });
        expect(answer.outcome === "found" && JSON.parse(answer.body).state).toBe(state);
      }
    }, 20_000);
    for (const { id } of orders) {
      const asked = provider.calls.filter((call) => call.name === "orderStatus" && call.id === id);
      expect(asked.length).toBeLessThanOrEqual(2);
    }
  }, 60_000);
});
