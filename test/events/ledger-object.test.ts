import { env } from "cloudflare:workers";
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import type { UnmatchedWebhook } from "#events";
import { freshId } from "../support/call.ts";
import { paymentFacts } from "../support/payment-facts.ts";
import { LedgerObject } from "../support/worker.ts";
import { world } from "../support/world.ts";

const DAY_MS = 86_400_000;

afterEach(() => {
  world.offsetMs = 0;
});

const ledgerOf = () => env.LEDGERS.getByName(freshId("ledger"));
const webhook = (eventKey: string): UnmatchedWebhook => ({
  eventKey,
  provider: "phonepe",
  event: "checkout.order.completed",
  state: "COMPLETED",
  orderId: eventKey,
  refundId: null,
});

describe("ledger", () => {
  it("api.md 5: an unmatched webhook is kept once", async () => {
    const ledger = ledgerOf();
    expect(await ledger.keepUnmatched(webhook("a"))).toEqual({ duplicate: false });
    expect(await ledger.keepUnmatched(webhook("a"))).toEqual({ duplicate: true });
    expect(await ledger.unmatched()).toEqual([
      {
        at: expect.any(Number),
        provider: "phonepe",
        event: "checkout.order.completed",
        state: "COMPLETED",
        orderId: "a",
        refundId: null,
        confirmedState: null,
        matched: false,
      },
    ]);
  });

  it("I8: it outlives the object's memory", async () => {
    const ledger = ledgerOf();
    await ledger.keepUnmatched(webhook("a"));
    await evictDurableObject(ledger);
    expect(await ledger.unmatched()).toHaveLength(1);
  });

  it("api.md 5: the newest come first", async () => {
    const ledger = ledgerOf();
    for (const [index, key] of ["a", "b", "c"].entries()) {
      world.offsetMs = index * 1_000;
      await ledger.keepUnmatched(webhook(key));
    }
    const ids = (await ledger.unmatched()).map(({ orderId }) => orderId);
    expect(ids).toEqual(["c", "b", "a"]);
  });

  it("API-4: a page holds at most 200", async () => {
    const ledger = ledgerOf();
    for (let index = 0; index < 201; index += 1) await ledger.keepUnmatched(webhook(`e${index}`));
    expect(await ledger.unmatched()).toHaveLength(200);
  });

  it("R-07: past 10,000 unmatched webhooks the oldest give way (API-4)", async () => {
    const ledger = ledgerOf();
    await ledger.keepUnmatched(webhook("oldest"));
    await runInDurableObject(ledger, (_, state) => {
      state.storage.sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
         INSERT INTO unmatched_webhooks SELECT 'f' || i, ?, 'phonepe', 'e', 's', NULL, NULL, NULL FROM n`,
        world.nowMs() + 1_000,
      );
    });
    world.offsetMs = 2_000;
    await ledger.keepUnmatched(webhook("newest"));
    const kept = await runInDurableObject(ledger, (_, state) => ({
      rows: state.storage.sql.exec("SELECT COUNT(*) AS n FROM unmatched_webhooks").one()["n"],
      oldest: state.storage.sql
        .exec("SELECT 1 FROM unmatched_webhooks WHERE event_key = 'oldest'")
        .toArray(),
    }));
    expect(kept).toEqual({ rows: 10_000, oldest: [] });
    expect((await ledger.unmatched())[0]).toMatchObject({ orderId: "newest" });
  });

  it("R-07: an unmatched webhook is gone after 90 days (GDR-1)", async () => {
    const ledger = ledgerOf();
    await ledger.keepUnmatched(webhook("old"));
    world.offsetMs = 90 * DAY_MS + 60_000;
    await ledger.keepUnmatched(webhook("new"));
    expect((await ledger.unmatched()).map(({ orderId }) => orderId)).toEqual(["new"]);
  });

  const parked = (merchantOrderId: string, seq = 1) => ({
    merchantOrderId,
    seq,
    type: "payment.completed",
    reason: "expired",
  });

  it("api.md 6: parked notifications are listed, the newest first", async () => {
    const ledger = ledgerOf();
    for (const [index, id] of ["a", "b", "c"].entries()) {
      world.offsetMs = index * 1_000;
      await ledger.park(parked(id, index + 1));
    }
    expect((await ledger.parked()).map(({ merchantOrderId }) => merchantOrderId)).toEqual([
      "c",
      "b",
      "a",
    ]);
    expect((await ledger.parked())[0]).toEqual({
      merchantOrderId: "c",
      sequence: 3,
      type: "payment.completed",
      reason: "expired",
      parkedAt: expect.any(Number),
    });
  });

  it("style.md 7: parking the same one twice lists it once, with the newest reason", async () => {
    const ledger = ledgerOf();
    await ledger.park(parked("a"));
    await ledger.park({ ...parked("a"), reason: "endpoint_gone" });
    expect(await ledger.parked()).toMatchObject([{ reason: "endpoint_gone" }]);
  });

  it("R-08: a parked notification stays on the list until it is replayed (api.md 6)", async () => {
    const ledger = ledgerOf();
    for (const [id, seq] of [
      ["a", 1],
      ["a", 2],
      ["b", 1],
    ] as const) {
      await ledger.park(parked(id, seq));
    }
    await ledger.unpark("a", 1);
    await ledger.unpark("a", 3);
    const left = (await ledger.parked()).map((row) => `${row.merchantOrderId}${row.sequence}`);
    expect(left.toSorted()).toEqual(["a2", "b1"]);
  });

  it("API-4: a page of parked ones holds at most 200", async () => {
    const ledger = ledgerOf();
    for (let seq = 1; seq <= 201; seq += 1) await ledger.park(parked("a", seq));
    expect(await ledger.parked()).toHaveLength(200);
  });

  it("I8: the parked list outlives the object's memory", async () => {
    const ledger = ledgerOf();
    await ledger.park(parked("a"));
    await evictDurableObject(ledger);
    expect(await ledger.parked()).toHaveLength(1);
  });

  it("WHK-5: an endpoint that is gone stays gone, and no other with it", async () => {
    const ledger = ledgerOf();
    expect(await ledger.endpointGone("hash")).toBe(false);
    await ledger.turnEndpointOff("hash");
    await ledger.turnEndpointOff("hash");
    await evictDurableObject(ledger);
    expect(await ledger.endpointGone("hash")).toBe(true);
    expect(await ledger.endpointGone("other")).toBe(false);
    expect(await ledgerOf().endpointGone("hash")).toBe(false);
  });

  it("WHK-5: a replay turns the endpoint on again", async () => {
    const ledger = ledgerOf();
    await ledger.turnEndpointOff("hash");
    await ledger.unpark("a", 1);
    expect(await ledger.endpointGone("hash")).toBe(false);
  });

  it("I7: of a payment the newest facts count, whatever comes twice or late", async () => {
    const ledger = ledgerOf();
    const facts = paymentFacts();
    const paid = { ...facts, state: "COMPLETED", capturedPaisa: 10_000, eventSeq: 5 } as const;
    for (const one of [facts, paid, facts, paid]) await ledger.record(one);
    expect(await ledger.recorded({ recordedAtMs: 0, merchantOrderId: "" }, 10)).toMatchObject([
      { merchantOrderId: "order", state: "COMPLETED", capturedPaisa: 10_000, eventSeq: 5 },
    ]);
  });

  it("pages through the payments, each once, also those of one moment", async () => {
    const ledger = ledgerOf();
    const ids = Array.from({ length: 25 }, (_, index) => `order-${index}`);
    await Promise.all(
      ids.map((merchantOrderId) =>
        ledger.record(paymentFacts({ merchantOrderId, state: "INITIATING" })),
      ),
    );
    const read: string[] = [];
    let place = { recordedAtMs: 0, merchantOrderId: "" };
    for (let pages = 0; pages < 4; pages += 1) {
      const page = await ledger.recorded(place, 10);
      read.push(...page.map(({ merchantOrderId }) => merchantOrderId));
      place = page.at(-1) ?? place;
    }
    expect(read.toSorted()).toEqual(ids.toSorted());
  });

  it("style.md 7: a stub of a ledger can call these methods and no others", () => {
    const base: unknown = Object.getPrototypeOf(LedgerObject.prototype);
    const names = [LedgerObject.prototype, base].flatMap(Object.getOwnPropertyNames);
    expect([...new Set(names)].toSorted()).toEqual([
      "analytics",
      "confirmUnmatched",
      "constructor",
      "dump",
      "endpointGone",
      "forget",
      "keepUnmatched",
      "noteEnd",
      "park",
      "parked",
      "record",
      "recordAll",
      "recorded",
      "restingSince",
      "restoreDump",
      "silence",
      "strip",
      "turnEndpointOff",
      "unmatched",
      "unpark",
    ]);
  });
});
