import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import {
  amountPaisa,
  merchantIdSchema,
  merchantOrderIdSchema,
  merchantRefundIdSchema,
  providerOrderIdSchema,
} from "#base";
import type { AskRefundCommand, InitiateCommand, PayOutcome } from "#payments";
import { paymentObjectName } from "#payments";
import { NO_RISK } from "../support/no-risk.ts";
import { freshId } from "../support/call.ts";
import { makeFakeProvider } from "../support/fake-provider.ts";
import { world } from "../support/world.ts";

const MERCHANT = merchantIdSchema.parse("alpha");
const IDENTITY = { requestId: "req_1", keyId: "ak_1" };
const SECOND_MS = 1_000;

const statusSchema = z.object({
  state: z.string(),
  redirectUrl: z.string().optional(),
  capturedAmount: z.number(),
  refundedAmount: z.number(),
  confirmedBy: z.string().nullable(),
  attempts: z.array(z.object({ n: z.number(), state: z.string(), providerOrderId: z.string() })),
  refunds: z.array(
    z.object({
      merchantRefundId: z.string(),
      state: z.string(),
      queued: z.boolean().optional(),
      amount: z.number(),
      reason: z.string().optional(),
    }),
  ),
  timeline: z.array(z.object({ event: z.string(), to: z.string() })),
});

function stubOf(orderId: string) {
  return env.PAYMENTS.getByName(paymentObjectName(MERCHANT, orderId));
}

function initiateCommand(orderId: string, more: Partial<InitiateCommand> = {}): InitiateCommand {
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
    identity: IDENTITY,
    keyHash: null,
    ...more,
  };
}

function refundCommand(orderId: string, more: Partial<AskRefundCommand> = {}): AskRefundCommand {
  return {
    merchantId: MERCHANT,
    merchantOrderId: merchantOrderIdSchema.parse(orderId),
    merchantRefundId: merchantRefundIdSchema.parse(freshId("ref")),
    amountPaisa: amountPaisa(1_000),
    reason: null,
    identity: IDENTITY,
    keyHash: null,
    ...more,
  };
}

async function statusOf(orderId: string, { refresh = false } = {}) {
  const answer = await stubOf(orderId).status({ refresh, identity: IDENTITY });
  if (answer.outcome !== "found") throw new Error(`no payment: ${answer.outcome}`);
  return statusSchema.parse(JSON.parse(answer.body));
}

/** Moves the clock past what is due and fires the alarm, `times` over. */
async function passAlarms(orderId: string, times: number, stepMs = 21 * SECOND_MS): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) {
    world.offsetMs += stepMs;
    await runDurableObjectAlarm(stubOf(orderId));
  }
}

async function paidOrder(): Promise<string> {
  const orderId = freshId();
  await stubOf(orderId).initiate(initiateCommand(orderId));
  provider().settle(orderId, "COMPLETED");
  expect(await statusOf(orderId, { refresh: true })).toMatchObject({ state: "COMPLETED" });
  return orderId;
}

/** An answer that never comes: the object dies while it waits. Polls, since a promise belongs to one context only. */
async function never(): Promise<never> {
  for (;;) await scheduler.wait(SECOND_MS);
}

/** An answer that comes when the test lets it. */
async function released(release: { readonly answer?: PayOutcome }): Promise<PayOutcome> {
  for (;;) {
    if (release.answer) return release.answer;
    await scheduler.wait(2);
  }
}

async function callSeen(name: string, id: string): Promise<void> {
  await vi.waitFor(() => {
    expect(provider().calls).toContainEqual({ name, id });
  });
}

const provider = () => world.providerOf("alpha");

afterEach(() => {
  world.answerBudgetMs = 8_000;
  world.sameKeyBudgetMs = 10_000;
});

describe("I6: a death between any two steps of initiate", () => {
  /** The steps at which the object can die, and what the provider has by then. */
  const DEATHS = [
    { step: "the intent is stored, the call has not gone out", stored: false, attempts: 1 },
    { step: "the provider has the order, its answer is lost", stored: true, attempts: 2 },
  ];

  it.each(DEATHS)("I6: when $step, the alarm recovers it", async ({ stored, attempts }) => {
    const orderId = freshId();
    provider().nextPay(never, { stored });
    const caller = stubOf(orderId)
      .initiate(initiateCommand(orderId))
      .then(
        () => "answered",
        () => "died",
      );
    await callSeen("pay", orderId);
    await abortAllDurableObjects();
    expect(await caller).toBe("died");

    expect(await statusOf(orderId)).toMatchObject({ state: "INITIATING" });
    await passAlarms(orderId, 6);
    const status = await statusOf(orderId);
    expect(status.state).toBe("PENDING");
    expect(status.attempts).toHaveLength(attempts);
    expect(status.attempts.filter((attempt) => attempt.state === "OPEN")).toHaveLength(1);
    expect(status.redirectUrl).toBe(
      `https://pay.example/${String(status.attempts.at(-1)?.providerOrderId)}`,
    );
    const ours = [...provider().orders.keys()].filter((id) => id.startsWith(orderId.slice(0, 50)));
    expect(ours).toHaveLength(attempts);
  });

  it("I6: when the answer is written and the caller is gone, repeating gives the same pay URL", async () => {
    const orderId = freshId();
    const first = await stubOf(orderId).initiate(initiateCommand(orderId));
    await evictDurableObject(stubOf(orderId));
    const again = await stubOf(orderId).initiate(initiateCommand(orderId));
    expect(first.outcome).toBe("created");
    expect(again.outcome).toBe("existing");
    expect(JSON.parse(again.body).redirectUrl).toBe(JSON.parse(first.body).redirectUrl);
    expect(
      provider().calls.filter(({ name, id }) => name === "pay" && id === orderId),
    ).toHaveLength(1);
  });

  it("I6: before the intent is stored nothing has happened, and repeating starts it", async () => {
    const orderId = freshId();
    await runInDurableObject(stubOf(orderId), () => {});
    await evictDurableObject(stubOf(orderId));
    expect((await stubOf(orderId).initiate(initiateCommand(orderId))).outcome).toBe("created");
  });

  it("I6: a death in the middle of a refund leaves one refund at the provider", async () => {
    const orderId = await paidOrder();
    provider().nextRefund(never, { stored: true });
    const command = refundCommand(orderId);
    const caller = stubOf(orderId)
      .refund(command)
      .then(
        () => "answered",
        () => "died",
      );
    await callSeen("refund", command.merchantRefundId);
    await abortAllDurableObjects();
    expect(await caller).toBe("died");
    await passAlarms(orderId, 1);
    provider().settleRefund(command.merchantRefundId, "COMPLETED");
    await passAlarms(orderId, 2);
    expect(await statusOf(orderId)).toMatchObject({
      refundedAmount: 1_000,
      refunds: [{ merchantRefundId: command.merchantRefundId, state: "COMPLETED" }],
    });
  });
});

describe("initiate", () => {
  it("I9: 50 concurrent calls with one key place one order and get one answer", async () => {
    const orderId = freshId();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        stubOf(orderId).initiate(
          initiateCommand(orderId, {
            keyHash: "key",
            identity: { requestId: `req_${index}`, keyId: "ak" },
          }),
        ),
      ),
    );
    expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
    expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1);
    expect(
      provider().calls.filter(({ name, id }) => name === "pay" && id === orderId),
    ).toHaveLength(1);
  });

  it("I9: 50 concurrent calls without a key place one order", async () => {
    const orderId = freshId();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => stubOf(orderId).initiate(initiateCommand(orderId))),
    );
    expect(answers.filter((answer) => answer.outcome === "created")).toHaveLength(1);
    expect(answers.filter((answer) => answer.outcome === "existing")).toHaveLength(49);
    expect(
      provider().calls.filter(({ name, id }) => name === "pay" && id === orderId),
    ).toHaveLength(1);
  });

  it("I9: the answer of a key outlives the object's memory", async () => {
    const orderId = freshId();
    const command = initiateCommand(orderId, { keyHash: "key" });
    const first = await stubOf(orderId).initiate(command);
    provider().settle(orderId, "COMPLETED");
    await statusOf(orderId, { refresh: true });
    await evictDurableObject(stubOf(orderId));
    const again = await stubOf(orderId).initiate(command);
    expect(again).toEqual({ ...first, replayed: true });
  });

  it("api.md 3: a second call with a running key is told so after its budget", async () => {
    world.sameKeyBudgetMs = 30;
    const orderId = freshId();
    const release: { answer?: PayOutcome } = {};
    provider().nextPay(() => released(release));
    const command = initiateCommand(orderId, { keyHash: "key" });
    const first = stubOf(orderId).initiate(command);
    const second = await stubOf(orderId).initiate(command);
    expect(second.outcome).toBe("in_progress");
    release.answer = { type: "rejected", code: "BAD" };
    expect((await first).outcome).toBe("rejected");
  });

  it("api.md 4: without a sure answer in the budget the caller is told INITIATING, and the object goes on", async () => {
    world.answerBudgetMs = 20;
    const orderId = freshId();
    const release: { answer?: PayOutcome } = {};
    provider().nextPay(() => released(release), { stored: true });
    const answer = await stubOf(orderId).initiate(initiateCommand(orderId));
    expect(answer.outcome).toBe("initiating");
    release.answer = {
      type: "accepted",
      providerRef: `OMO_${orderId}`,
      payUrl: "https://pay.example/late",
      expiresAtMs: world.nowMs() + 900_000,
    };
    await vi.waitFor(async () => {
      expect(await statusOf(orderId)).toMatchObject({
        state: "PENDING",
        redirectUrl: "https://pay.example/late",
      });
    });
  });

  it("api.md 2: 'unavailable' is no result, the same key tries again under the same id", async () => {
    const orderId = freshId();
    provider().nextPay({ type: "not_sent", reason: "no_token" });
    const command = initiateCommand(orderId, { keyHash: "key" });
    expect((await stubOf(orderId).initiate(command)).outcome).toBe("unavailable");
    expect(await stubOf(orderId).initiate(command)).toMatchObject({
      outcome: "created",
      replayed: false,
    });
    expect([...provider().orders.keys()].filter((id) => id.startsWith(orderId))).toEqual([orderId]);
  });

  it("api.md 3: the same id with other content is a conflict and changes nothing", async () => {
    const orderId = freshId();
    await stubOf(orderId).initiate(initiateCommand(orderId));
    const other = await stubOf(orderId).initiate(
      initiateCommand(orderId, { contentHash: "other", amountPaisa: amountPaisa(20_000) }),
    );
    expect(other.outcome).toBe("conflict");
    expect(provider().orders.get(orderId)?.amountPaisa).toBe(10_000);
  });

  it("api.md 4: a blocked payment is seen by no provider", async () => {
    const orderId = freshId();
    const risk = {
      ...NO_RISK,
      score: 100,
      decision: "block" as const,
      reasons: ["customer_blocked"],
    };
    const answer = await stubOf(orderId).initiate(initiateCommand(orderId, { risk }));
    expect(answer.outcome).toBe("blocked");
    expect(provider().orders.has(orderId)).toBe(false);
    expect(await statusOf(orderId)).toMatchObject({ state: "BLOCKED", attempts: [] });
  });
});

describe("webhooks", () => {
  const hint = (orderId: string, more: object = {}) => ({
    eventKey: `completed/${orderId}`,
    providerOrderId: orderId,
    refund: null,
    decisive: true,
    ...more,
  });

  it("I4: a webhook alone moves nothing, the status API's word does", async () => {
    const orderId = freshId();
    await stubOf(orderId).initiate(initiateCommand(orderId));
    await stubOf(orderId).webhook(hint(orderId));
    await vi.waitFor(() => {
      const asked = provider().calls.filter(
        ({ name, id }) => name === "orderStatus" && id === orderId,
      );
      expect(asked).toHaveLength(1);
    });
    expect((await statusOf(orderId)).state).toBe("PENDING");
  });

  it("UAT-48: five times the same webhook asks once", async () => {
    const orderId = freshId();
    await stubOf(orderId).initiate(initiateCommand(orderId));
    provider().settle(orderId, "COMPLETED");
    const answers = [];
    for (let turn = 0; turn < 5; turn += 1) {
      answers.push(await stubOf(orderId).webhook(hint(orderId)));
    }
    expect(answers.map((answer) => answer.duplicate)).toEqual([false, true, true, true, true]);
    await vi.waitFor(async () => {
      expect(await statusOf(orderId)).toMatchObject({
        state: "COMPLETED",
        confirmedBy: "status_api",
      });
    });
    const asked = provider().calls.filter(
      ({ name, id }) => name === "orderStatus" && id === orderId,
    );
    expect(asked).toHaveLength(1);
  });

  it("I8: a webhook whose question got no answer is asked again by the alarm", async () => {
    const orderId = freshId();
    await stubOf(orderId).initiate(initiateCommand(orderId));
    provider().settle(orderId, "COMPLETED");
    provider().nextStatus({ type: "unreachable", reason: "timeout" });
    await stubOf(orderId).webhook(hint(orderId));
    await passAlarms(orderId, 2, 60 * SECOND_MS);
    expect((await statusOf(orderId)).state).toBe("COMPLETED");
  });

  it("I2: a late capture on a FAILED payment completes it", async () => {
    const orderId = freshId();
    await stubOf(orderId).initiate(initiateCommand(orderId));
    provider().settle(orderId, "FAILED", "TXN_CANCELLED");
    expect((await statusOf(orderId, { refresh: true })).state).toBe("FAILED");
    provider().settle(orderId, "COMPLETED");
    await stubOf(orderId).webhook(hint(orderId));
    await vi.waitFor(async () => {
      expect((await statusOf(orderId)).state).toBe("COMPLETED");
    });
  });

  it("I4: a forged webhook does not use up the true one's word", async () => {
    const orderId = freshId();
    await stubOf(orderId).initiate(initiateCommand(orderId));
    provider().settle(orderId, "FAILED", "TXN_CANCELLED");
    expect((await statusOf(orderId, { refresh: true })).state).toBe("FAILED");
    await stubOf(orderId).webhook(hint(orderId)); // forged: nothing was captured
    await vi.waitFor(() => {
      expect(provider().calls.filter(({ id }) => id === orderId)).toHaveLength(3);
    });
    provider().settle(orderId, "COMPLETED");
    expect(await stubOf(orderId).webhook(hint(orderId))).toEqual({
      matched: true,
      duplicate: true,
    });
    await passAlarms(orderId, 1, 3 * SECOND_MS);
    expect((await statusOf(orderId)).state).toBe("COMPLETED");
  });

  it("api.md 5: a webhook for an order that is not here is not matched and leaves nothing", async () => {
    const orderId = freshId();
    const answer = await stubOf(orderId).webhook(hint(orderId));
    expect(answer).toEqual({ matched: false, duplicate: false });
    expect((await stubOf(orderId).status({ refresh: false, identity: IDENTITY })).outcome).toBe(
      "not_found",
    );
  });
});

describe("refunds", () => {
  it("I3: 100 concurrent partial refunds never exceed the capture", async () => {
    const orderId = await paidOrder();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        stubOf(orderId).refund(refundCommand(orderId, { amountPaisa: amountPaisa(300) })),
      ),
    );
    const taken = answers.filter((answer) => answer.outcome === "created");
    expect(taken).toHaveLength(33);
    expect(answers.filter((answer) => answer.outcome === "exceeds_captured")).toHaveLength(67);
  });

  it("UAT-57: the provider sees one refund at a time, the others wait as queued", async () => {
    const orderId = await paidOrder();
    const first = refundCommand(orderId);
    const second = refundCommand(orderId, { amountPaisa: amountPaisa(2_000) });
    await stubOf(orderId).refund(first);
    await stubOf(orderId).refund(second);
    expect(provider().refunds.has(second.merchantRefundId)).toBe(false);
    expect((await statusOf(orderId)).refunds).toMatchObject([
      { state: "PENDING" },
      { state: "PENDING", queued: true },
    ]);
    provider().settleRefund(first.merchantRefundId, "COMPLETED");
    await passAlarms(orderId, 1);
    expect(provider().refunds.get(second.merchantRefundId)).toMatchObject({ amountPaisa: 2_000 });
    provider().settleRefund(second.merchantRefundId, "FAILED");
    await passAlarms(orderId, 1);
    expect((await statusOf(orderId)).refunds).toMatchObject([
      { state: "COMPLETED" },
      { state: "FAILED" },
    ]);
    expect((await statusOf(orderId)).refundedAmount).toBe(1_000);
  });

  it.each([
    { left: "all that is left, under 100 paisa", amount: 50, outcome: "created" },
    { left: "part of what is left, under 100 paisa", amount: 49, outcome: "amount_below_minimum" },
    { left: "one paisa too much", amount: 51, outcome: "exceeds_captured" },
  ])("api.md 4: a refund of $left is $outcome", async ({ amount, outcome }) => {
    const orderId = await paidOrder();
    const most = refundCommand(orderId, { amountPaisa: amountPaisa(9_950) });
    expect((await stubOf(orderId).refund(most)).outcome).toBe("created");
    const rest = refundCommand(orderId, { amountPaisa: amountPaisa(amount) });
    expect((await stubOf(orderId).refund(rest)).outcome).toBe(outcome);
  });

  it("api.md 3: a refund id belongs to one payment of the merchant", async () => {
    const [one, other] = [await paidOrder(), await paidOrder()];
    const merchantRefundId = merchantRefundIdSchema.parse(freshId("ref"));
    expect((await stubOf(one).refund(refundCommand(one, { merchantRefundId }))).outcome).toBe(
      "created",
    );
    expect((await stubOf(other).refund(refundCommand(other, { merchantRefundId }))).outcome).toBe(
      "id_taken",
    );
    expect((await statusOf(other)).refunds).toEqual([]);
  });

  it("contract.md 5.4: a refund whose answer was lost is asked about and counted once", async () => {
    const orderId = await paidOrder();
    provider().nextRefund({ type: "unknown", reason: "timeout" }, { stored: true });
    const command = refundCommand(orderId);
    const answer = await stubOf(orderId).refund(command);
    expect(answer.outcome).toBe("created");
    provider().settleRefund(command.merchantRefundId, "COMPLETED");
    await passAlarms(orderId, 1);
    expect(await statusOf(orderId)).toMatchObject({ refundedAmount: 1_000 });
    const posts = provider().calls.filter(
      ({ name, id }) => name === "refund" && id === command.merchantRefundId,
    );
    expect(posts).toHaveLength(1);
  });
});

describe("storage", () => {
  it("I7: the timeline counts from 1 without gaps, one entry per state change", async () => {
    const orderId = await paidOrder();
    await runInDurableObject(stubOf(orderId), (_, state) => {
      const seqs = state.storage.sql
        .exec("SELECT seq FROM timeline ORDER BY seq")
        .toArray()
        .map((row) => row["seq"]);
      expect(seqs).toEqual(seqs.map((_seq, index) => index + 1));
    });
  });

  it("style.md 7: money is INTEGER in STRICT tables", async () => {
    const orderId = await paidOrder();
    await runInDurableObject(stubOf(orderId), (_, state) => {
      const sql = state.storage.sql;
      const money = sql
        .exec("SELECT typeof(amount_paisa) AS a, typeof(captured_paisa) AS c FROM payment")
        .one();
      expect(money).toEqual({ a: "integer", c: "integer" });
      expect(() => sql.exec("UPDATE payment SET amount_paisa = 1.5")).toThrow(/INTEGER/);
    });
  });

  it("style.md 7: the object's methods are its whole RPC surface", async () => {
    const orderId = freshId();
    await runInDurableObject(stubOf(orderId), (instance) => {
      const names = new Set<string>();
      let prototype: unknown = Object.getPrototypeOf(instance);
      while (prototype && prototype !== Object.prototype && names.size < 50) {
        const own = Object.getOwnPropertyNames(prototype);
        if (own.includes("ctx")) break;
        for (const name of own) names.add(name);
        prototype = Object.getPrototypeOf(prototype);
      }
      expect([...names].toSorted()).toEqual(
        [
          "alarm",
          "backup",
          "constructor",
          "erase",
          "exportPerson",
          "initiate",
          "refund",
          "refundStatus",
          "replayNotification",
          "restore",
          "status",
          "webhook",
        ].toSorted(),
      );
    });
  });

  it("API-4: asking for a payment that is not there leaves nothing behind", async () => {
    const orderId = freshId();
    const stub = stubOf(orderId);
    expect((await stub.status({ refresh: true, identity: IDENTITY })).outcome).toBe("not_found");
    expect(await stub.replayNotification(1)).toEqual({ replayed: false });
    expect((await stub.refund(refundCommand(orderId))).outcome).toBe("payment_not_found");
    await runInDurableObject(stub, (_, state) => {
      expect(state.storage.sql.exec("SELECT name FROM sqlite_master").toArray()).toEqual([]);
    });
  });

  it("I6: an alarm that fires twice does nothing the second time", async () => {
    const orderId = freshId();
    await stubOf(orderId).initiate(initiateCommand(orderId));
    provider().settle(orderId, "COMPLETED");
    await passAlarms(orderId, 2, 30 * SECOND_MS);
    const asked = provider().calls.filter(
      ({ name, id }) => name === "orderStatus" && id === orderId,
    );
    expect(asked).toHaveLength(1);
    expect((await statusOf(orderId)).state).toBe("COMPLETED");
  });

  it("contract.md 3.4: the order id of a later attempt finds its payment", async () => {
    const orderId = freshId();
    provider().nextPay({ type: "unknown", reason: "timeout" }, { stored: true });
    world.answerBudgetMs = 10;
    await stubOf(orderId).initiate(initiateCommand(orderId));
    await passAlarms(orderId, 1);
    const second = (await statusOf(orderId)).attempts[1]?.providerOrderId ?? "";
    expect(providerOrderIdSchema.safeParse(second).success).toBe(true);
    const owner = await env.CLAIMS.getByName(`${MERCHANT}/order/${second}`).owner();
    expect(owner).toBe(orderId);
  });

  it("the fake's books are as strict as PhonePe's", async () => {
    const fake = makeFakeProvider(() => 0);
    const command = {
      providerOrderId: providerOrderIdSchema.parse("once"),
      amountPaisa: amountPaisa(100),
      order: { redirectUrl: "https://x.example", expireAfterSec: 300 },
    };
    expect((await fake.pay(command)).type).toBe("accepted");
    expect((await fake.pay(command)).type).toBe("exists");
  });
});
