import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { merchantIdSchema } from "#base";
import { type DeliveryOutcome, paymentObjectName } from "#payments";
import { wirePayments } from "../../src/wiring/index.ts";
import { books, newPayment, paidPayment, REFUND, statusOf } from "../http/payments.ts";
import { expectCommonHeaders, expectProblem, pointersOf } from "../http/problem-shape.ts";
import { call, freshId } from "../support/call.ts";
import { TEST_KEYS } from "../support/secrets.ts";
import { world } from "../support/world.ts";

const ALPHA = merchantIdSchema.parse("alpha");
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const LIST = "/api/payments/notifications";

const RETRY: DeliveryOutcome = { type: "retry", retryAfterMs: null };

const bodySchema = z.strictObject({
  type: z.string(),
  timestamp: z.iso.datetime(),
  sequence: z.int(),
  data: z.record(z.string(), z.unknown()),
});
const rowSchema = z.object({
  seq: z.int(),
  tries: z.int(),
  since_ms: z.int(),
  next_at_ms: z.int().nullable(),
  parked: z.string().nullable(),
});

beforeEach(() => {
  // An hour ahead, so that alarms fire when a test says so and never by themselves.
  world.offsetMs = HOUR_MS;
});
afterEach(() => {
  world.answerBudgetMs = 8_000;
  world.deliver = async () => ({ type: "delivered" });
});

const stubOf = (id: string) => env.PAYMENTS.getByName(paymentObjectName(ALPHA, id));

const rowsOf = (id: string) =>
  runInDurableObject(stubOf(id), (_, state) =>
    z.array(rowSchema).parse(state.storage.sql.exec("SELECT * FROM outbox").toArray()),
  );

/** All tries of one payment, as the receiver saw them. */
const triesOf = (id: string) =>
  world.tries
    .map(({ id: messageId, body }) => ({ messageId, body, ...bodySchema.parse(JSON.parse(body)) }))
    .filter(({ data }) => data["merchantOrderId"] === id);
const typesOf = (id: string) => triesOf(id).map(({ type }) => type);

/** What the receiver answers from now on. */
function receiverAnswers(outcome: DeliveryOutcome): void {
  world.deliver = async () => outcome;
}

/** A receiver that never answers: polls, since a promise belongs to one context only. */
async function never(): Promise<never> {
  for (;;) await scheduler.wait(SECOND_MS);
}

async function passAlarm(id: string, afterMs = 0): Promise<void> {
  world.offsetMs += afterMs;
  await runDurableObjectAlarm(stubOf(id));
}

async function onlyRow(id: string) {
  const [row, ...more] = await rowsOf(id);
  if (!row || more.length > 0) throw new Error(`${more.length} rows more than one`);
  return row;
}

/** Moves the clock to when the only row is due, and fires the alarm. */
async function passToRow(id: string): Promise<void> {
  const { next_at_ms } = await onlyRow(id);
  await passAlarm(id, Math.max(0, Number(next_at_ms) - world.nowMs()));
}

const eventually = (check: () => Promise<void>) => vi.waitFor(check, { interval: 2 });
const untilTold = (id: string) => eventually(async () => expect(await rowsOf(id)).toEqual([]));
const untilParked = (id: string) =>
  eventually(async () => expect((await onlyRow(id)).parked).not.toBeNull());

/** Fires the alarm until all that is due has been told. */
async function tellAll(id: string, stepMs = 0): Promise<void> {
  await passAlarm(id, stepMs);
  await passAlarm(id);
  await untilTold(id);
}

/** A paid payment whose capture waits for an operator. */
async function parkedPayment(): Promise<string> {
  receiverAnswers({ type: "hopeless", reason: "endpoint_gone" });
  const id = await paidPayment();
  await passAlarm(id);
  await untilParked(id);
  return id;
}

describe("payment.completed", () => {
  it("api.md 6: it carries the status object", async () => {
    const id = await paidPayment();
    await tellAll(id);
    const { security: _, ...status } = (await statusOf(id)).json;
    expect(triesOf(id)).toHaveLength(1);
    expect(triesOf(id)[0]).toMatchObject({ type: "payment.completed", sequence: 1 });
    expect(triesOf(id)[0]?.data).toEqual(status);
    expect(status).toMatchObject({ merchantOrderId: id, state: "COMPLETED" });
  });

  it("WHK-8: it says nothing of keys, requests or risk", async () => {
    const id = await paidPayment({ customer: { id: "cust_1", email: "a@example.com" } });
    await tellAll(id);
    const [sent] = triesOf(id);
    expect(Object.keys(sent?.data ?? {})).not.toContain("security");
    expect(sent?.body).not.toMatch(/ak_alpha|riskScore|cust_1|a@example/);
  });

  it("WHK-1: its id is the payment's with the sequence", async () => {
    const id = await paidPayment();
    await tellAll(id);
    const [sent] = triesOf(id);
    expect(sent?.messageId).toBe(`${String(sent?.data["paymentId"])}_1`);
    expect(sent?.messageId).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it("api.md 6: after a 2xx the row is gone, so it is told once", async () => {
    const id = await paidPayment();
    await tellAll(id);
    await passAlarm(id, HOUR_MS);
    await passAlarm(id, 72 * HOUR_MS);
    expect(triesOf(id)).toHaveLength(1);
  });

  it("WHK-8: its body stays under 20 kB however long the timeline is", async () => {
    const id = await newPayment();
    await runInDurableObject(stubOf(id), (_, state) => {
      state.storage.sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1999)
         INSERT INTO timeline SELECT i, 1, 'refund rfd_' || i || ' pending', NULL, 'PENDING', 'x' FROM n`,
      );
    });
    books().settle(id, "COMPLETED");
    await statusOf(id, "?refresh=true");
    await tellAll(id);
    const [sent] = triesOf(id);
    expect(new TextEncoder().encode(sent?.body).length).toBeLessThan(20_000);
    expect(sent?.data).toMatchObject({ state: "COMPLETED", capturedAmount: 49_900 });
    expect(sent?.data["truncated"]).toBe(true);
  });
});

describe("a receiver that fails", () => {
  it("WHK-4: it gets the same id and bytes again, first after 5 s", async () => {
    receiverAnswers(RETRY);
    const id = await paidPayment();
    await passAlarm(id);
    expect(triesOf(id)).toHaveLength(1);
    await passAlarm(id, 4 * SECOND_MS);
    expect(triesOf(id)).toHaveLength(1);
    await passAlarm(id, SECOND_MS);
    expect(triesOf(id)).toHaveLength(2);
    for (let tries = 3; tries < 6; tries += 1) {
      await passToRow(id);
      expect(triesOf(id)).toHaveLength(tries);
    }
    expect(new Set(triesOf(id).map(({ body }) => body)).size).toBe(1);
    expect(new Set(triesOf(id).map(({ messageId }) => messageId)).size).toBe(1);
  });

  it("WHK-4: the bytes stay although the payment has gone on", async () => {
    receiverAnswers(RETRY);
    const id = await paidPayment();
    await passAlarm(id);
    await call({
      path: REFUND,
      body: { merchantOrderId: id, merchantRefundId: freshId("rfd"), amount: 100 },
    });
    await passToRow(id);
    expect(triesOf(id)).toHaveLength(2);
    expect(triesOf(id)[1]?.body).toBe(triesOf(id)[0]?.body);
  });

  it("WHK-5: it is left alone as long as it asks for", async () => {
    receiverAnswers({ type: "retry", retryAfterMs: HOUR_MS });
    const id = await paidPayment();
    await passAlarm(id);
    await passAlarm(id, HOUR_MS - 5 * SECOND_MS);
    expect(triesOf(id)).toHaveLength(1);
    await passAlarm(id, 6 * SECOND_MS);
    expect(triesOf(id)).toHaveLength(2);
  });

  it("api.md 6: once it takes it, it is not told again", async () => {
    receiverAnswers(RETRY);
    const id = await paidPayment();
    await passAlarm(id);
    receiverAnswers({ type: "delivered" });
    await passToRow(id);
    await untilTold(id);
    expect(triesOf(id)).toHaveLength(2);
  });

  it("api.md 6: a slow one does not hold up the questions to the provider", async () => {
    const id = await paidPayment();
    const merchantRefundId = freshId("rfd");
    await call({ path: REFUND, body: { merchantOrderId: id, merchantRefundId, amount: 100 } });
    books().settleRefund(merchantRefundId, "COMPLETED");
    world.deliver = never;
    await passAlarm(id, 30 * SECOND_MS);
    expect(triesOf(id)).toHaveLength(1);
    expect((await statusOf(id)).json).toMatchObject({ refundedAmount: 100 });
    await abortAllDurableObjects();
  });

  it("api.md 6: one payment's dead receiver delays no other payment", async () => {
    const [slow, quick] = [await paidPayment(), await paidPayment()];
    world.deliver = ({ body }) =>
      body.includes(slow) ? never() : Promise.resolve({ type: "delivered" });
    await passAlarm(slow);
    await passAlarm(quick);
    await untilTold(quick);
    expect(await rowsOf(slow)).toHaveLength(1);
    await abortAllDurableObjects();
  });
});

describe("at least once", () => {
  it("I6: a death in the middle of a try is made up for", async () => {
    const id = await paidPayment();
    world.deliver = never;
    await passAlarm(id);
    expect(triesOf(id)).toHaveLength(1);
    await abortAllDurableObjects();
    receiverAnswers({ type: "delivered" });
    await passAlarm(id, 61 * SECOND_MS);
    await untilTold(id);
    expect(triesOf(id)).toHaveLength(2);
    expect(triesOf(id)[1]?.body).toBe(triesOf(id)[0]?.body);
  });

  it("I6: a death before the first try loses nothing", async () => {
    const id = await paidPayment();
    await abortAllDurableObjects();
    await tellAll(id);
    expect(typesOf(id)).toEqual(["payment.completed"]);
  });

  it("style.md 7: an alarm that fires twice during a try sends once", async () => {
    const id = await paidPayment();
    world.deliver = never;
    await passAlarm(id);
    await passAlarm(id, 30 * SECOND_MS);
    expect(triesOf(id)).toHaveLength(1);
    await abortAllDurableObjects();
  });

  it("I6: a delivery that breaks is taken up again", async () => {
    const id = await paidPayment();
    world.deliver = async () => {
      throw new Error("the ledger is away");
    };
    await passAlarm(id);
    receiverAnswers({ type: "delivered" });
    await passAlarm(id, 61 * SECOND_MS);
    await untilTold(id);
    expect(triesOf(id)).toHaveLength(2);
  });
});

describe("the 72 hours", () => {
  it("api.md 6: then it is parked, listed and sent no more", async () => {
    receiverAnswers(RETRY);
    const id = await paidPayment();
    const { since_ms } = await onlyRow(id);
    await passAlarm(id);
    for (let turn = 0; turn < 40 && (await onlyRow(id)).parked === null; turn += 1) {
      await passToRow(id);
    }
    await untilParked(id);
    const tries = triesOf(id).length;
    expect(tries).toBeGreaterThanOrEqual(10);
    expect(await onlyRow(id)).toMatchObject({ parked: "expired", next_at_ms: null, tries });
    expect(world.nowMs() - since_ms).toBeLessThanOrEqual(72 * HOUR_MS);
    await passAlarm(id, 24 * HOUR_MS);
    expect(triesOf(id)).toHaveLength(tries);
    expect(await parkedOf(id)).toEqual([
      {
        merchantOrderId: id,
        sequence: 1,
        type: "payment.completed",
        reason: "expired",
        parkedAt: expect.any(Number),
      },
    ]);
  });

  it("WHK-5: a hopeless one is parked at once", async () => {
    const id = await parkedPayment();
    expect(triesOf(id)).toHaveLength(1);
    expect(await parkedOf(id)).toMatchObject([{ reason: "endpoint_gone" }]);
  });
});

const listSchema = z.object({
  notifications: z.array(z.looseObject({ merchantOrderId: z.string(), sequence: z.int() })),
});

type Key = { readonly keyId: string; readonly secret: string };

async function parkedOf(id: string, key: Key = TEST_KEYS.alpha) {
  const answer = await call({ path: `${LIST}?state=parked`, key });
  expect(answer.status).toBe(200);
  expectCommonHeaders(answer);
  const { notifications } = listSchema.parse(answer.json);
  return notifications.filter(({ merchantOrderId }) => merchantOrderId === id);
}

const replayPath = (id: string, sequence: number | string) => `${LIST}/${id}/${sequence}/replay`;
const replay = (id: string, sequence: number | string, key: Key = TEST_KEYS.alpha) =>
  call({ path: replayPath(id, sequence), method: "POST", key });

describe("GET /api/payments/notifications", () => {
  it.each(["", "?state=", "?state=waiting", "?state=PARKED"])(
    "api.md 6: %j asks for what it does not give",
    async (query) => {
      const answer = await call({ path: `${LIST}${query}` });
      expectProblem(answer, "validation_failed", LIST);
      expect(pointersOf(answer)).toEqual(["/state"]);
    },
  );

  it("API-5: payments:read is not security:read", async () => {
    const key = TEST_KEYS.gammaReader;
    expectProblem(await call({ path: `${LIST}?state=parked`, key }), "scope_missing", LIST);
  });

  it("API-1: another merchant does not see it", async () => {
    const id = await parkedPayment();
    expect(await parkedOf(id, TEST_KEYS.beta)).toEqual([]);
    expect(await parkedOf(id)).toHaveLength(1);
  });
});

describe("POST /api/payments/notifications/{id}/{sequence}/replay", () => {
  it("api.md 6: a replay delivers the same bytes", async () => {
    const id = await parkedPayment();
    receiverAnswers({ type: "delivered" });
    const answer = await replay(id, 1);
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({ replayed: true });
    expectCommonHeaders(answer);
    await passAlarm(id);
    await untilTold(id);
    expect(triesOf(id)).toHaveLength(2);
    expect(triesOf(id)[1]?.body).toBe(triesOf(id)[0]?.body);
  });

  it("api.md 6: it is off the list then", async () => {
    const id = await parkedPayment();
    await replay(id, 1);
    expect(await parkedOf(id)).toEqual([]);
  });

  it("api.md 6: it has its full life again", async () => {
    const id = await parkedPayment();
    receiverAnswers(RETRY);
    world.offsetMs += 100 * HOUR_MS;
    await replay(id, 1);
    await passAlarm(id);
    expect(await onlyRow(id)).toMatchObject({ tries: 1, parked: null });
    await passToRow(id);
    expect(triesOf(id)).toHaveLength(3);
  });

  it("api.md 6: one that cannot be sent again is listed again", async () => {
    const id = await parkedPayment();
    await replay(id, 1);
    await passAlarm(id);
    await untilParked(id);
    expect(triesOf(id)).toHaveLength(2);
    expect(await parkedOf(id)).toHaveLength(1);
  });

  it("api.md 6: what is not parked cannot be replayed", async () => {
    receiverAnswers(RETRY);
    const [parked, waiting] = [await parkedPayment(), await paidPayment()];
    await replay(parked, 1);
    for (const [id, sequence] of [
      [parked, 1],
      [parked, 2],
      [waiting, 1],
      [freshId(), 1],
    ] as const) {
      expectProblem(await replay(id, sequence), "state_conflict", replayPath(id, sequence));
    }
  });

  it.each(["abc", "0x1", "1e0", "1.0", "-1", "+1", "%201", "9".repeat(16)])(
    "api.md 6: %j is no sequence",
    async (sequence) => {
      const id = await parkedPayment();
      expectProblem(await replay(id, sequence), "payment_not_found");
      expect(await parkedOf(id)).toHaveLength(1);
    },
  );

  it("API-1: another merchant's replay is that of an unknown one", async () => {
    const id = await parkedPayment();
    expectProblem(await replay(id, 1, TEST_KEYS.beta), "state_conflict", replayPath(id, 1));
    expect(await parkedOf(id)).toHaveLength(1);
    expect((await onlyRow(id)).parked).toBe("endpoint_gone");
  });

  it("API-5: payments:read is not security:write", async () => {
    const id = await parkedPayment();
    expectProblem(await replay(id, 1, TEST_KEYS.gammaReader), "scope_missing", replayPath(id, 1));
    expect(await parkedOf(id)).toHaveLength(1);
  });
});

async function newRefund(id: string, more: Record<string, unknown> = {}): Promise<string> {
  const merchantRefundId = freshId("rfd");
  const body = { merchantOrderId: id, merchantRefundId, amount: 1_000, ...more };
  expect((await call({ path: REFUND, body })).status).toBe(201);
  return merchantRefundId;
}

describe("types", () => {
  it.each([
    ["FAILED", "payment.failed"],
    ["EXPIRED", "payment.expired"],
  ] as const)("api.md 6: an order that %s is told as %s", async (state, type) => {
    const id = await newPayment();
    books().settle(id, state, "SOME_CODE");
    await statusOf(id, "?refresh=true");
    await tellAll(id);
    expect(typesOf(id)).toEqual([type]);
    expect(triesOf(id)[0]?.data).toMatchObject({ state, confirmedBy: "status_api" });
  });

  it("I2: a late capture is told after the failure", async () => {
    const id = await newPayment();
    books().settle(id, "FAILED");
    await statusOf(id, "?refresh=true");
    books().settle(id, "COMPLETED");
    await statusOf(id, "?refresh=true");
    await tellAll(id);
    expect(typesOf(id)).toEqual(["payment.failed", "payment.completed"]);
  });

  it("UAT-37: payment.review is told once, however often the amounts differ", async () => {
    const id = await newPayment();
    for (let turn = 0; turn < 3; turn += 1) {
      books().nextStatus({
        type: "found",
        report: {
          state: "COMPLETED",
          amountPaisa: 1,
          providerOrderId: id,
          providerRef: `OMO_${id}`,
          paymentDetails: [],
        },
      });
      await statusOf(id, "?refresh=true");
    }
    await tellAll(id);
    expect(typesOf(id)).toEqual(["payment.review"]);
    expect(triesOf(id)[0]?.data).toMatchObject({
      state: "PENDING",
      review: { reason: expect.any(String), at: expect.any(Number) },
    });
  });

  it.each([
    ["COMPLETED", "refund.completed"],
    ["FAILED", "refund.failed"],
  ] as const)("api.md 6: a refund that is %s is told as %s", async (state, type) => {
    const id = await paidPayment();
    const merchantRefundId = await newRefund(id);
    books().settleRefund(merchantRefundId, state);
    await tellAll(id, 30 * SECOND_MS);
    expect(typesOf(id)).toEqual(["payment.completed", type]);
    expect(triesOf(id)[1]?.data).toMatchObject({
      refundedAmount: state === "COMPLETED" ? 1_000 : 0,
      refunds: [{ merchantRefundId, state }],
    });
  });

  it("WHK-8: among very many refunds the one that it tells of is there", async () => {
    const id = await paidPayment();
    await tellAll(id);
    const merchantRefundId = await newRefund(id);
    for (let more = 0; more < 45; more += 1) {
      await newRefund(id, { reason: "x".repeat(256) });
    }
    books().settleRefund(merchantRefundId, "COMPLETED");
    await tellAll(id, 30 * SECOND_MS);
    const told = triesOf(id).at(-1);
    expect(told?.type).toBe("refund.completed");
    expect(told?.data["truncated"]).toBe(true);
    expect(told?.data["refunds"]).toContainEqual(
      expect.objectContaining({ merchantRefundId, state: "COMPLETED" }),
    );
    expect(new TextEncoder().encode(told?.body).length).toBeLessThan(20_000);
  });

  it("I2: a second capture is told as refunded", async () => {
    world.answerBudgetMs = 10;
    const id = freshId();
    books().nextPay({ type: "unknown", reason: "timeout" }, { stored: true });
    const body = { merchantOrderId: id, amount: 49_900, redirectUrl: "https://shop.example/r" };
    expect((await call({ path: "/api/payments/initiate", body })).status).toBe(202);
    await passAlarm(id, 21 * SECOND_MS);
    const second = [...books().orders.keys()].find((one) =>
      one.startsWith(`${id.slice(0, 50)}-2-`),
    );
    if (second === undefined) throw new Error("there is no second order");
    books().settle(second, "COMPLETED");
    await statusOf(id, "?refresh=true");
    books().settle(id, "COMPLETED");
    await tellAll(id, HOUR_MS);
    await tellAll(id, HOUR_MS);
    expect(typesOf(id).slice(0, 2)).toEqual(["payment.completed", "payment.refunded_duplicate"]);
    expect(triesOf(id)[1]?.data).toMatchObject({ refunds: [{ reason: "duplicate_capture" }] });
  });

  it("api.md 4: a blocked payment is told to nobody", async () => {
    const id = freshId();
    const customer = { id: "cust_blocked" };
    const body = { merchantOrderId: id, amount: 100, redirectUrl: "https://s.example/", customer };
    expect((await call({ path: "/api/payments/initiate", body })).status).toBe(403);
    await passAlarm(id, HOUR_MS);
    expect(typesOf(id)).toEqual([]);
  });
});

describe("sequence", () => {
  it("api.md 6: it increases, and no number comes back after its row is gone", async () => {
    const id = await paidPayment();
    await tellAll(id);
    for (let turn = 0; turn < 3; turn += 1) {
      books().settleRefund(await newRefund(id), "COMPLETED");
      await tellAll(id, 30 * SECOND_MS);
      await abortAllDurableObjects();
    }
    expect(triesOf(id).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(new Set(triesOf(id).map(({ messageId }) => messageId)).size).toBe(4);
  });

  it("api.md 6: what waits together goes out in its order", async () => {
    receiverAnswers(RETRY);
    const id = await paidPayment();
    await passAlarm(id);
    books().settleRefund(await newRefund(id), "COMPLETED");
    receiverAnswers({ type: "delivered" });
    await tellAll(id, 30 * SECOND_MS);
    expect(triesOf(id).map(({ sequence }) => sequence)).toEqual([1, 1, 2]);
  });
});

describe("the real wiring", () => {
  it.each(["alpha", "beta"])("api.md 6: %s has no notifyUrl, so nothing is sent", async (name) => {
    const notification = { id: "pay_1_1", type: "payment.completed", body: "{}" };
    const merchantId = merchantIdSchema.parse(name);
    const outcome = await wirePayments(env).deliver(merchantId, notification);
    expect(outcome).toEqual({ type: "unwanted" });
  });
});
