import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import {
  amountPaisa,
  DAY_MS,
  HOUR_MS,
  merchantIdSchema,
  merchantOrderIdSchema,
  merchantRefundIdSchema,
  MINUTE_MS,
  unreachable,
} from "#base";
import { type InitiateCommand, paymentObjectName } from "#payments";
import { paymentRecordSchema, recordOf, restoreRecord } from "../../src/payments/record.ts";
import { NO_RISK } from "../support/no-risk.ts";
import { freshId } from "../support/call.ts";
import { world } from "../support/world.ts";

const MERCHANT = merchantIdSchema.parse("alpha");
const IDENTITY = { requestId: "req_1", keyId: "ak_1" };
const CUSTOMER = "a".repeat(64);
const SECRETS = ["for Asha", "udf of Asha", "asha@bank", "wrong size for Asha", "f1ngerprint"];

const provider = () => world.providerOf("alpha");
const stubOf = (orderId: string) => env.PAYMENTS.getByName(paymentObjectName(MERCHANT, orderId));

function order(orderId: string, more: Partial<InitiateCommand> = {}): InitiateCommand {
  return {
    merchantId: MERCHANT,
    merchantOrderId: merchantOrderIdSchema.parse(orderId),
    amountPaisa: amountPaisa(10_000),
    order: {
      redirectUrl: "https://shop.example/return",
      expireAfterSec: 900,
      message: "for Asha",
      metaInfo: { udf1: "udf of Asha" },
    },
    route: ["phonepe"],
    contentHash: "content",
    customer: CUSTOMER,
    configVersion: 0,
    risk: { ...NO_RISK, score: 3, fingerprint: "f1ngerprint" },
    identity: IDENTITY,
    keyHash: "key",
    ...more,
  };
}

function refundOf(orderId: string, n: number, amount = 1_000) {
  return {
    merchantId: MERCHANT,
    merchantOrderId: merchantOrderIdSchema.parse(orderId),
    merchantRefundId: merchantRefundIdSchema.parse(`${orderId}_r${n}`),
    amountPaisa: amountPaisa(amount),
    reason: "wrong size for Asha",
    identity: IDENTITY,
    keyHash: `refund ${n}`,
  };
}

async function statusText(orderId: string, refresh = false): Promise<string> {
  const answer = await stubOf(orderId).status({ refresh, identity: IDENTITY });
  if (answer.outcome !== "found") throw new Error(answer.outcome);
  return answer.body;
}

const statusSchema = z.looseObject({
  state: z.string(),
  capturedAmount: z.number(),
  refundedAmount: z.number(),
});
const statusOf = async (orderId: string) =>
  statusSchema.parse(JSON.parse(await statusText(orderId)));

async function alarm(orderId: string, afterMs: number): Promise<void> {
  world.offsetMs += afterMs;
  await runDurableObjectAlarm(stubOf(orderId));
}

/** Lets everything that is due go out, then half a year pass. */
async function rest(orderId: string): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await alarm(orderId, MINUTE_MS);
  await alarm(orderId, 181 * DAY_MS);
}

async function paid(orderId = freshId("arc"), more: Partial<InitiateCommand> = {}) {
  await stubOf(orderId).initiate(order(orderId, more));
  provider().settle(orderId, "COMPLETED");
  provider().details.splice(0, 1, { paymentMode: "UPI_INTENT", vpa: "asha@bank" });
  await statusText(orderId, true);
  return orderId;
}

async function archived(orderId?: string): Promise<string> {
  const id = await paid(orderId);
  await stubOf(id).refund(refundOf(id, 1));
  provider().settleRefund(`${id}_r1`, "COMPLETED");
  await rest(id);
  expect(await placeOf(id)).toBe("archived");
  return id;
}

function rowsOf(orderId: string, table: string): Promise<number> {
  return runInDurableObject(
    stubOf(orderId),
    (_, { storage }) => storage.sql.exec(`SELECT * FROM ${table}`).toArray().length,
  );
}

function placeOf(orderId: string): Promise<unknown> {
  return runInDurableObject(
    stubOf(orderId),
    (_, { storage }) => storage.sql.exec("SELECT place FROM residence").toArray()[0]?.["place"],
  );
}

function alarmAtMs(orderId: string): Promise<number | null> {
  return runInDurableObject(stubOf(orderId), (_, { storage }) => storage.getAlarm());
}

const objectOf = (orderId: string) => env.ARCHIVE.get(`payments/${MERCHANT}/${orderId}`);
const ledgerHas = async (orderId: string) => {
  const rows = await env.LEDGERS.getByName(MERCHANT).recorded(
    { recordedAtMs: 0, merchantOrderId: "" },
    1_000,
  );
  return rows.some((row) => row.merchantOrderId === orderId);
};

afterEach(() => world.renew());

describe("a payment at rest goes to the archive", () => {
  it("R-01: after 180 days, and only one row stays behind", async () => {
    const id = await archived();
    for (const table of ["payment", "attempts", "refunds", "timeline", "answers", "outbox"]) {
      expect(await rowsOf(id, table)).toBe(0);
    }
    expect(await rowsOf(id, "residence")).toBe(1);
  });

  it("PCI-3.2.1: not a day earlier", async () => {
    const id = await paid();
    for (let turn = 0; turn < 4; turn += 1) await alarm(id, MINUTE_MS);
    const dueAtMs = await alarmAtMs(id);
    await alarm(id, 179 * DAY_MS);
    expect(await rowsOf(id, "payment")).toBe(1);
    // The one alarm that a resting payment still has is that of its old answers.
    expect(dueAtMs).toBeLessThanOrEqual(world.nowMs() - 179 * DAY_MS + 7 * DAY_MS);
  });

  it("GCM-4: what lies there is sealed, tells of nobody and opens for this payment only", async () => {
    const id = await archived();
    const text = (await (await objectOf(id))?.text()) ?? "";
    expect(text).toMatch(/^fp2\./);
    for (const secret of [...SECRETS, id]) expect(text).not.toContain(secret);
    const other = await archived();
    await env.ARCHIVE.put(`payments/${MERCHANT}/${other}`, text);
    await expect(async () => statusText(other)).rejects.toThrow("does not open");
    expect(await placeOf(other)).toBe("archived");
  });

  it("R-01: a reader cannot tell that it was away, and it lives here again for a week", async () => {
    const id = await paid();
    await stubOf(id).refund(refundOf(id, 1));
    provider().settleRefund(`${id}_r1`, "COMPLETED");
    for (let turn = 0; turn < 4; turn += 1) await alarm(id, MINUTE_MS);
    const before = await statusText(id);
    await alarm(id, 181 * DAY_MS);
    expect(await placeOf(id)).toBe("archived");
    expect(await statusText(id)).toBe(before);
    expect(await placeOf(id)).toBe("woken");
    await alarm(id, 6 * DAY_MS);
    expect(await placeOf(id)).toBe("woken");
    await alarm(id, DAY_MS + HOUR_MS);
    expect(await placeOf(id)).toBe("archived");
    expect(await statusText(id)).toBe(before);
  });

  it("R-01: the same order again is the same payment (I9); another one under its id is a conflict", async () => {
    const id = await archived();
    const posts = provider().calls.length;
    expect(await stubOf(id).initiate(order(id, { keyHash: "late" }))).toMatchObject({
      outcome: "existing",
    });
    await alarm(id, 8 * DAY_MS);
    expect(await placeOf(id)).toBe("archived");
    const other = order(id, { contentHash: "other", keyHash: null });
    expect((await stubOf(id).initiate(other)).outcome).toBe("conflict");
    expect(provider().calls.length).toBe(posts);
  });

  it("I3: refunds go on where they stood", async () => {
    const id = await archived();
    const tooMuch = await stubOf(id).refund(refundOf(id, 2, 9_001));
    expect(tooMuch).toEqual({ outcome: "exceeds_captured", refundablePaisa: 9_000 });
    expect((await stubOf(id).refund(refundOf(id, 1))).outcome).toBe("existing");
    expect((await stubOf(id).refund(refundOf(id, 2, 9_000))).outcome).toBe("created");
    const answer = await stubOf(id).refundStatus(`${id}_r1`, IDENTITY);
    expect(answer).toMatchObject({ outcome: "found" });
  });

  it("I2: a capture that comes when the payment is long archived completes it", async () => {
    const id = freshId("late");
    await stubOf(id).initiate(order(id));
    provider().settle(id, "EXPIRED");
    await statusText(id, true);
    for (let turn = 0; turn < 4; turn += 1) await alarm(id, 4 * DAY_MS);
    await rest(id);
    expect(await placeOf(id)).toBe("archived");
    provider().settle(id, "COMPLETED");
    const hint = { eventKey: "late", providerOrderId: id, refund: null, decisive: true };
    expect(await stubOf(id).webhook(hint)).toEqual({ matched: true, duplicate: false });
    expect(await stubOf(id).webhook(hint)).toEqual({ matched: true, duplicate: true });
    await alarm(id, MINUTE_MS);
    expect(await statusOf(id)).toMatchObject({ state: "COMPLETED", capturedAmount: 10_000 });
  });

  it("I8: a parked notification waits in the archive too", async () => {
    world.deliver = async () => ({ type: "hopeless", reason: "endpoint_gone" });
    const id = await paid();
    await rest(id);
    expect(await placeOf(id)).toBe("archived");
    world.deliver = async () => ({ type: "delivered" });
    expect(await stubOf(id).replayNotification(1)).toEqual({ replayed: true });
    await alarm(id, MINUTE_MS);
    expect(world.tries.at(-1)).toMatchObject({ type: "payment.completed" });
    expect(world.tries.at(-1)?.body).toBe(world.tries[0]?.body);
  });

  it("api.md 6: numbers of notifications go on counting", async () => {
    const id = await archived();
    await stubOf(id).refund(refundOf(id, 2));
    provider().settleRefund(`${id}_r2`, "COMPLETED");
    for (let turn = 0; turn < 3; turn += 1) await alarm(id, MINUTE_MS);
    const sequences = world.tries.map(
      ({ body }) => z.object({ sequence: z.int() }).parse(JSON.parse(body)).sequence,
    );
    expect(sequences).toEqual([1, 2, 3]);
  });
});

describe("without the archive", () => {
  it("I6: a payment that cannot get there stays as it is, and tries again after an hour", async () => {
    const id = await paid();
    world.archiveAway = true;
    const before = await statusText(id);
    await rest(id);
    expect(await rowsOf(id, "payment")).toBe(1);
    expect(await statusText(id)).toBe(before);
    expect(((await alarmAtMs(id)) ?? 0) - world.nowMs()).toBeGreaterThan(HOUR_MS - MINUTE_MS);
    world.archiveAway = false;
    await alarm(id, HOUR_MS);
    expect(await placeOf(id)).toBe("archived");
  });

  it("I9: a payment that is there is not made anew, and comes back when the archive does", async () => {
    const id = await archived();
    const posts = provider().calls.length;
    world.archiveAway = true;
    await expect(async () => stubOf(id).initiate(order(id))).rejects.toThrow("away");
    await expect(async () => statusText(id)).rejects.toThrow("away");
    expect(provider().calls.length).toBe(posts);
    world.archiveAway = false;
    expect(await statusOf(id)).toMatchObject({ state: "COMPLETED", refundedAmount: 1_000 });
  });

  it("GCM-5: a damaged record is refused; the payment stays archived", async () => {
    const id = await archived();
    const text = (await (await objectOf(id))?.text()) ?? "";
    // Not the last letter, some of whose bits may say nothing.
    const flipped = text.at(-9) === "A" ? "B" : "A";
    const damaged = text.slice(0, -9) + flipped + text.slice(-8);
    await env.ARCHIVE.put(`payments/${MERCHANT}/${id}`, damaged);
    await expect(async () => statusText(id)).rejects.toThrow("does not open");
    await env.ARCHIVE.put(`payments/${MERCHANT}/${id}`, text);
    expect(await statusOf(id)).toMatchObject({ state: "COMPLETED" });
  });
});

describe("docs/retention.md: what is not kept any longer", () => {
  it("R-03: idempotency answers go after a week, not before", async () => {
    const id = await paid();
    expect(await rowsOf(id, "answers")).toBe(1);
    await alarm(id, 6 * DAY_MS);
    expect((await stubOf(id).initiate(order(id))).replayed).toBe(true);
    await alarm(id, DAY_MS + HOUR_MS);
    expect(await rowsOf(id, "answers")).toBe(0);
    expect(await stubOf(id).initiate(order(id))).toMatchObject({
      outcome: "existing",
      replayed: false,
    });
  });

  it("R-02: after seven years the record goes, the ledger's row and the payer's with it", async () => {
    const id = await archived();
    expect(await ledgerHas(id)).toBe(true);
    await alarm(id, 2_557 * DAY_MS);
    expect(await placeOf(id)).toBe("removed");
    expect(await objectOf(id)).toBeNull();
    expect(await ledgerHas(id)).toBe(false);
    expect(await stubOf(id).status({ refresh: false, identity: IDENTITY })).toEqual({
      outcome: "not_found",
    });
    expect(await alarmAtMs(id)).toBeNull();
  });

  it("R-02: a notification that was never delivered goes with it, from the operators' list too", async () => {
    world.deliver = async () => ({ type: "hopeless", reason: "endpoint_gone" });
    const id = await paid();
    await rest(id);
    const ledger = env.LEDGERS.getByName(MERCHANT);
    const isParked = async () =>
      (await ledger.parked()).some(({ merchantOrderId }) => merchantOrderId === id);
    expect(await isParked()).toBe(true);
    await alarm(id, 2_557 * DAY_MS);
    expect(await isParked()).toBe(false);
  });

  it("R-02: its id begins no second payment, whatever the content", async () => {
    const id = await archived();
    await alarm(id, 2_557 * DAY_MS);
    const posts = provider().calls.length;
    expect((await stubOf(id).initiate(order(id))).outcome).toBe("conflict");
    expect((await stubOf(id).refund(refundOf(id, 3))).outcome).toBe("payment_not_found");
    const hint = { eventKey: "late", providerOrderId: id, refund: null, decisive: true };
    expect(await stubOf(id).webhook(hint)).toEqual({ matched: false, duplicate: false });
    expect(provider().calls.length).toBe(posts);
  });

  it("R-04: the webhook inbox stays with the payment: a repeat is a repeat in the archive too", async () => {
    const id = await paid();
    const hint = { eventKey: "paid", providerOrderId: id, refund: null, decisive: false };
    expect((await stubOf(id).webhook(hint)).duplicate).toBe(false);
    await rest(id);
    expect((await stubOf(id).webhook(hint)).duplicate).toBe(true);
  });

  it("R-05: what went out and was taken leaves no row: notifications and events", async () => {
    const id = await paid();
    expect(await rowsOf(id, "outbox")).toBe(1);
    expect(await rowsOf(id, "feed")).toBeGreaterThan(0);
    for (let turn = 0; turn < 3; turn += 1) await alarm(id, MINUTE_MS);
    await vi.waitFor(async () => expect(await rowsOf(id, "feed")).toBe(0));
    expect(await rowsOf(id, "outbox")).toBe(0);
  });

  it("R-06: a refund id stays claimed when its payment is gone", async () => {
    const id = await archived();
    await alarm(id, 2_557 * DAY_MS);
    const other = await paid();
    const taken = { ...refundOf(other, 1), merchantRefundId: refundOf(id, 1).merchantRefundId };
    expect(await stubOf(other).refund(taken)).toEqual({ outcome: "id_taken" });
  });
});

describe("style.md 5: a record is the payment to the last row", () => {
  it("I6: taken out and put into another object it reads the same", async () => {
    const id = await paid();
    await stubOf(id).refund(refundOf(id, 1));
    const record = await runInDurableObject(stubOf(id), (_, { storage }) => recordOf(storage));
    expect(record?.facts.rows.feed.length).toBeGreaterThan(0);
    expect(record?.personal?.rows.outbox.length).toBeGreaterThan(0);
    const text = JSON.stringify(record);
    await runInDurableObject(stubOf(freshId("copy")), (_, { storage }) => {
      const parsed = paymentRecordSchema().parse(JSON.parse(text));
      storage.transactionSync(() => restoreRecord(storage, parsed));
      expect(paymentRecordSchema().parse(recordOf(storage))).toEqual(parsed);
      // A record never overwrites what is there.
      expect(() => restoreRecord(storage, parsed)).toThrow("never overwrites");
    });
  });

  it("GDR-4: nothing of a person stands among its facts", async () => {
    const id = await paid();
    await stubOf(id).refund(refundOf(id, 1));
    const record = await runInDurableObject(stubOf(id), (_, { storage }) => recordOf(storage));
    const facts = JSON.stringify(record?.facts);
    for (const secret of SECRETS) expect(facts).not.toContain(secret);
    for (const secret of SECRETS) expect(JSON.stringify(record?.personal)).toContain(secret);
  });
});

/** What can happen to a payment between its rests. */
const ACTS = [
  "refund",
  "repeat_refund",
  "repeat_order",
  "webhook",
  "refresh",
  "look",
  "rest",
] as const;
const act = fc.record({ what: fc.constantFrom(...ACTS), n: fc.integer({ min: 1, max: 4 }) });

async function perform(
  id: string,
  { what, n }: { what: (typeof ACTS)[number]; n: number },
): Promise<string> {
  switch (what) {
    case "refund":
    case "repeat_refund": {
      const answer = await stubOf(id).refund(refundOf(id, n, 1_500 * n));
      if (provider().refunds.has(`${id}_r${n}`))
        provider().settleRefund(`${id}_r${n}`, "COMPLETED");
      return answer.outcome;
    }
    case "repeat_order":
      return (await stubOf(id).initiate(order(id, { keyHash: `key ${n}` }))).outcome;
    case "webhook":
      return JSON.stringify(
        await stubOf(id).webhook({
          eventKey: `event ${n}`,
          providerOrderId: id,
          refund: null,
          decisive: true,
        }),
      );
    case "refresh":
      return neutral(id, await statusText(id, true));
    case "look":
      return neutral(id, await statusText(id));
    case "rest":
      await rest(id);
      return "rested";
    default:
      return unreachable(what);
  }
}

/** The same for two payments that went the same way: without their ids and times. */
function neutral(id: string, text: string): string {
  return text
    .replaceAll(id, "ID")
    .replaceAll(/pay_[\w-]+/g, "PAY")
    .replaceAll(/\d{12,}/g, "TIME");
}

it("design: whatever happens, a history with rests in the archive ends like one without", async () => {
  let rests = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 6 }), async (history) => {
      const [here, away] = [await paid(), await paid()];
      for (const one of [
        ...history,
        { what: "rest", n: 1 } as const,
        { what: "look", n: 1 } as const,
      ]) {
        world.archiveAway = true;
        const startMs = world.offsetMs;
        const expected = await perform(here, one);
        world.archiveAway = false;
        world.offsetMs = startMs;
        expect(await perform(away, one)).toBe(expected);
        if ((await placeOf(away)) === "archived") rests += 1;
      }
    }),
    { numRuns: 12 },
  );
  expect(rests).toBeGreaterThanOrEqual(12);
});
