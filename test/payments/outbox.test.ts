import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { amountPaisa, merchantIdSchema, merchantRefundIdSchema } from "#base";
import { paymentObjectName } from "#payments";
import type { Payment } from "../../src/payments/model.ts";
import {
  addOutboxRows,
  leaseDueRows,
  type OutboxRow,
  outboxDueAtMs,
  parkOutboxRow,
  postponeOutboxRow,
  removeOutboxRow,
  replayOutboxRow,
} from "../../src/payments/outbox-store.ts";
import {
  type FailedTry,
  nextTryAtMs,
  notificationData,
  TRY_LEASE_MS,
} from "../../src/payments/outbox.ts";
import { statusView } from "../../src/payments/presenter.ts";
import { notificationOf, settleTry } from "../../src/payments/settle-try.ts";
import { createSchema } from "../../src/payments/store.ts";
import { freshId } from "../support/call.ts";
import { attemptIn, NOW_MS, paymentWith, refundIn } from "./fixtures.ts";

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const LIFE_MS = 72 * HOUR_MS;

const failed = (more: Partial<FailedTry> = {}): FailedTry => ({
  sinceMs: NOW_MS,
  tries: 1,
  nowMs: NOW_MS,
  random: 0.5,
  retryAfterMs: null,
  ...more,
});
const waitMs = (more: Partial<FailedTry> = {}) => (nextTryAtMs(failed(more)) ?? NaN) - NOW_MS;

describe("nextTryAtMs", () => {
  it.each([0, 0.5, 0.999])("api.md 6: the first retry is after 5 s sharp, random %d", (random) => {
    expect(waitMs({ random })).toBe(5 * SECOND_MS);
  });

  it("WHK-6: waits grow up to 8 hours", () => {
    const waits = Array.from({ length: 12 }, (_, index) => waitMs({ tries: index + 1 }));
    const [first = 0, ...later] = waits;
    for (const [index, wait] of later.entries()) {
      expect(wait).toBeGreaterThanOrEqual([first, ...later][index] ?? NaN);
    }
    expect(waits[1]).toBeGreaterThan(first);
    expect(waits.slice(8)).toEqual([8, 8, 8, 8].map((hours) => hours * HOUR_MS));
  });

  it("WHK-6: jitter moves a later wait by a fifth at most, either way", () => {
    for (let tries = 2; tries < 12; tries += 1) {
      const middle = waitMs({ tries });
      expect(waitMs({ tries, random: 0 })).toBe(Math.round(middle * 0.8));
      expect(waitMs({ tries, random: 1 })).toBe(Math.round(middle * 1.2));
    }
  });

  it.each([
    [0, 5 * SECOND_MS],
    [4 * SECOND_MS, 5 * SECOND_MS],
    [60 * SECOND_MS, 60 * SECOND_MS],
    [24 * HOUR_MS, 24 * HOUR_MS],
    [24 * HOUR_MS + 1, 24 * HOUR_MS],
    [Number.MAX_SAFE_INTEGER, 24 * HOUR_MS],
  ])("WHK-5: asked for %d ms, the first wait is %d ms", (retryAfterMs, expected) => {
    expect(waitMs({ retryAfterMs })).toBe(expected);
  });

  it("WHK-5: Retry-After never shortens a wait", () => {
    expect(waitMs({ tries: 12, retryAfterMs: SECOND_MS })).toBe(8 * HOUR_MS);
  });

  it("api.md 6: a try at 72 hours exactly is the last", () => {
    const sinceMs = NOW_MS - LIFE_MS + 8 * HOUR_MS;
    expect(nextTryAtMs(failed({ tries: 20, sinceMs }))).toBe(sinceMs + LIFE_MS);
    expect(nextTryAtMs(failed({ tries: 20, sinceMs: sinceMs - 1 }))).toBeNull();
  });

  it("WHK-6: the 72 hours are used: the last try is after 54 hours or later", () => {
    for (const random of [0, 0.5, 1]) {
      let [nowMs, tries] = [NOW_MS, 1];
      for (;;) {
        const next = nextTryAtMs(failed({ nowMs, tries, random }));
        if (next === null) break;
        [nowMs, tries] = [next, tries + 1];
      }
      expect(nowMs - NOW_MS).toBeGreaterThan(54 * HOUR_MS);
      expect(nowMs - NOW_MS).toBeLessThanOrEqual(LIFE_MS);
      expect(tries).toBeGreaterThanOrEqual(10);
    }
  });

  it("WHK-6: the next try is always in the future and within the life", () => {
    fc.assert(
      fc.property(
        fc.record({
          sinceMs: fc.integer({ min: 0, max: NOW_MS }),
          tries: fc.integer({ min: 0, max: 1_000 }),
          nowMs: fc.integer({ min: NOW_MS, max: NOW_MS + 2 * LIFE_MS }),
          random: fc.double({ min: 0, max: 1, noNaN: true }),
          retryAfterMs: fc.option(fc.maxSafeNat(), { nil: null }),
        }),
        (attempt) => {
          const next = nextTryAtMs(attempt);
          if (next === null) return;
          expect(Number.isSafeInteger(next)).toBe(true);
          expect(next).toBeGreaterThan(attempt.nowMs);
          expect(next - attempt.sinceMs).toBeLessThanOrEqual(LIFE_MS);
        },
      ),
    );
  });
});

const row = (more: Partial<OutboxRow> = {}): OutboxRow => ({
  seq: 3,
  type: "payment.completed",
  at_ms: NOW_MS,
  data: '{"merchantOrderId":"order"}',
  since_ms: NOW_MS,
  tries: 1,
  ...more,
});
const moment = { nowMs: NOW_MS, random: 0.5 };

describe("settleTry", () => {
  it.each(["delivered", "unwanted"] as const)("api.md 6: %s ends the row", (type) => {
    expect(settleTry(row(), { type }, moment)).toEqual({ type: "remove" });
  });

  it("WHK-5: a hopeless one waits for an operator, with its reason", () => {
    const outcome = { type: "hopeless", reason: "endpoint_gone" } as const;
    expect(settleTry(row(), outcome, moment)).toEqual({ type: "park", reason: "endpoint_gone" });
  });

  it("api.md 6: a failed try is put off by the tries so far", () => {
    const outcome = { type: "retry", retryAfterMs: null } as const;
    expect(settleTry(row(), outcome, moment)).toEqual({
      type: "postpone",
      nextAtMs: NOW_MS + 5 * SECOND_MS,
    });
    expect(settleTry(row({ tries: 2 }), outcome, moment)).toEqual({
      type: "postpone",
      nextAtMs: NOW_MS + 30 * SECOND_MS,
    });
  });

  it("WHK-5: what the receiver asks for is heard", () => {
    const outcome = { type: "retry", retryAfterMs: 90 * SECOND_MS } as const;
    expect(settleTry(row(), outcome, moment)).toEqual({
      type: "postpone",
      nextAtMs: NOW_MS + 90 * SECOND_MS,
    });
  });

  it("api.md 6: after 72 hours it is parked", () => {
    const outcome = { type: "retry", retryAfterMs: null } as const;
    const old = row({ since_ms: NOW_MS - LIFE_MS, tries: 20 });
    expect(settleTry(old, outcome, moment)).toEqual({ type: "park", reason: "expired" });
  });
});

describe("notificationOf", () => {
  it("api.md 6: type, time of the event, sequence, data", () => {
    const { body, ...rest } = notificationOf("pay_1", row());
    expect(rest).toEqual({ id: "pay_1_3", type: "payment.completed" });
    expect(JSON.parse(body)).toEqual({
      type: "payment.completed",
      timestamp: new Date(NOW_MS).toISOString(),
      sequence: 3,
      data: { merchantOrderId: "order" },
    });
  });

  it("WHK-4: the bytes are the same at every try", () => {
    const first = notificationOf("pay_1", row());
    const later = notificationOf("pay_1", row({ tries: 9, since_ms: NOW_MS + LIFE_MS }));
    expect(later).toEqual(first);
  });

  it("WHK-1: the id has no full stop, and differs by sequence", () => {
    const ids = [1, 2, 3].map((seq) => notificationOf("pay_A-z_0", row({ seq })).id);
    expect(new Set(ids).size).toBe(3);
    expect(ids.join("")).not.toContain(".");
  });
});

const checkout = { scriptUrl: "https://pay.example/checkout.js" };
const identity = { requestId: "", keyId: "" };

function bigStatus({ refunds = 0, entries = 0, details = 0 }) {
  const payment: Payment = paymentWith(
    attemptIn("CAPTURED", {
      paymentDetails: Array.from({ length: details }, (_, index) => ({
        transactionId: `T${index}`,
        note: "₹".repeat(100),
      })),
    }),
    {
      refunds: Array.from({ length: refunds }, (_, index) =>
        refundIn("COMPLETED", {
          merchantRefundId: merchantRefundIdSchema.parse(`refund_${index}`),
          amountPaisa: amountPaisa(1),
          reason: "x".repeat(256),
        }),
      ),
    },
  );
  const timeline = Array.from({ length: entries }, (_, index) => ({
    seq: index + 1,
    atMs: NOW_MS + index,
    event: `refund refund_${index} completed`,
    from: "PENDING",
    to: "COMPLETED",
    cause: "status_api",
  }));
  const { security: _, ...status } = statusView(payment, timeline, { identity, checkout });
  return status;
}

const dataSchema = z.object({
  truncated: z.literal(true).optional(),
  refundedAmount: z.number(),
  attempts: z.array(z.object({ n: z.number(), paymentDetails: z.array(z.unknown()) })),
  refunds: z.array(z.object({ merchantRefundId: z.string() })),
  timeline: z.array(z.object({ at: z.number() })),
});
const read = (data: string) => dataSchema.parse(JSON.parse(data));
const nobody = () => false;
const bodyBytes = (data: string) =>
  new TextEncoder().encode(notificationOf("pay_0123456789abcdefghijkl", row({ data })).body).length;

describe("notificationData", () => {
  it("api.md 6: an ordinary status object goes out whole", () => {
    const status = bigStatus({ refunds: 10, entries: 40, details: 3 });
    expect(notificationData(status, nobody)).toBe(JSON.stringify(status));
  });

  it.each([
    ["refunds", { refunds: 500, entries: 0, details: 0 }],
    ["timeline entries", { refunds: 0, entries: 2_000, details: 0 }],
    ["payment details", { refunds: 0, entries: 0, details: 500 }],
    ["everything", { refunds: 500, entries: 2_000, details: 500 }],
  ])("WHK-8: a body stays under 20 kB with very many %s", (_, size) => {
    const status = bigStatus(size);
    const data = notificationData(status, nobody);
    expect(bodyBytes(data)).toBeLessThan(20_000);
    expect(bodyBytes(data)).toBeGreaterThan(18_000);
    expect(read(data)).toMatchObject({ truncated: true, refundedAmount: size.refunds });
  });

  it("WHK-8: what stays are the newest, in their order", () => {
    const status = bigStatus({ refunds: 20, entries: 2_000 });
    const { refunds, timeline } = read(notificationData(status, nobody));
    expect(refunds.map(({ merchantRefundId }) => merchantRefundId)).toEqual(
      status.refunds.map(({ merchantRefundId }) => merchantRefundId),
    );
    expect(timeline.length).toBeGreaterThan(50);
    expect(timeline).toEqual(status.timeline.slice(-timeline.length).map(({ at }) => ({ at })));
  });

  it("WHK-8: the refund that it is about stays, however old", () => {
    const status = bigStatus({ refunds: 500, entries: 2_000, details: 500 });
    const { refunds } = read(notificationData(status, (id) => id === "refund_0"));
    expect(refunds[0]).toEqual({ merchantRefundId: "refund_0" });
  });

  it("WHK-8: for any size the body stays under 20 kB", () => {
    const size = fc.record({
      refunds: fc.nat({ max: 100 }),
      entries: fc.nat({ max: 300 }),
      details: fc.nat({ max: 100 }),
    });
    fc.assert(
      fc.property(size, (some) => {
        expect(bodyBytes(notificationData(bigStatus(some), nobody))).toBeLessThan(20_000);
      }),
      { numRuns: 50 },
    );
  });
});

/** The outbox of an object of its own, without a payment. */
function inOutbox<Result>(work: (storage: DurableObjectStorage) => Result): Promise<Result> {
  const name = paymentObjectName(merchantIdSchema.parse("alpha"), freshId("outbox"));
  const stub = env.PAYMENTS.getByName(name);
  return runInDurableObject(stub, (_, state) => {
    createSchema(state.storage);
    return work(state.storage);
  });
}
const add = (storage: DurableObjectStorage, count: number) =>
  addOutboxRows(
    storage,
    Array.from({ length: count }, () => ({ type: "refund.completed" as const, data: "{}" })),
    NOW_MS,
  );
const dueTimes = (storage: DurableObjectStorage) =>
  storage.sql
    .exec("SELECT next_at_ms FROM outbox ORDER BY seq")
    .toArray()
    .map(({ next_at_ms }) => Number(next_at_ms));

describe("the outbox's rows", () => {
  it("api.md 6: a new row is due at once, oldest first", async () => {
    await inOutbox((storage) => {
      expect(outboxDueAtMs(storage)).toBeNull();
      add(storage, 3);
      expect(outboxDueAtMs(storage)).toBe(NOW_MS);
      expect(leaseDueRows(storage, NOW_MS - 1)).toEqual([]);
      expect(leaseDueRows(storage, NOW_MS).map(({ seq, tries }) => [seq, tries])).toEqual([
        [1, 1],
        [2, 1],
        [3, 1],
      ]);
    });
  });

  it("api.md 6: a leased row is not taken again until its lease is over", async () => {
    await inOutbox((storage) => {
      add(storage, 1);
      leaseDueRows(storage, NOW_MS);
      expect(leaseDueRows(storage, NOW_MS + TRY_LEASE_MS - 1)).toEqual([]);
      const again = leaseDueRows(storage, NOW_MS + TRY_LEASE_MS);
      expect(again.map(({ seq, tries }) => [seq, tries])).toEqual([[1, 2]]);
    });
  });

  it("WHK-6: a lease lasts until the row's turn and through its try", async () => {
    await inOutbox((storage) => {
      add(storage, 9);
      leaseDueRows(storage, NOW_MS);
      for (const [index, dueAtMs] of dueTimes(storage).entries()) {
        expect(dueAtMs).toBeGreaterThanOrEqual(NOW_MS + (index + 1) * 30 * SECOND_MS);
      }
    });
  });

  it("api.md 6: a number is not used again after its row is gone", async () => {
    await inOutbox((storage) => {
      add(storage, 2);
      removeOutboxRow(storage, 2);
      removeOutboxRow(storage, 1);
      add(storage, 1);
      expect(leaseDueRows(storage, NOW_MS).map(({ seq }) => seq)).toEqual([3]);
    });
  });

  it("api.md 6: a parked row is moved by a replay and by nothing else", async () => {
    await inOutbox((storage) => {
      add(storage, 1);
      expect(replayOutboxRow(storage, 1, NOW_MS)).toBe(false);
      parkOutboxRow(storage, 1, "expired");
      expect(outboxDueAtMs(storage)).toBeNull();
      expect(leaseDueRows(storage, NOW_MS + LIFE_MS)).toEqual([]);
      expect(replayOutboxRow(storage, 2, NOW_MS)).toBe(false);
      const laterMs = NOW_MS + LIFE_MS;
      expect(replayOutboxRow(storage, 1, laterMs)).toBe(true);
      expect(replayOutboxRow(storage, 1, laterMs)).toBe(false);
      expect(leaseDueRows(storage, laterMs)).toMatchObject([{ tries: 1, since_ms: laterMs }]);
    });
  });

  it("api.md 6: a postponed row is due at its time", async () => {
    await inOutbox((storage) => {
      add(storage, 2);
      postponeOutboxRow(storage, 1, NOW_MS + 5);
      expect(outboxDueAtMs(storage)).toBe(NOW_MS);
      removeOutboxRow(storage, 2);
      expect(outboxDueAtMs(storage)).toBe(NOW_MS + 5);
    });
  });
});
