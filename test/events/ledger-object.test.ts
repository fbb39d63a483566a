import { env } from "cloudflare:workers";
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import type { UnmatchedWebhook } from "#events";
import { freshId } from "../support/call.ts";
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

  it("API-4: past 10,000 the oldest give way", async () => {
    const ledger = ledgerOf();
    await ledger.keepUnmatched(webhook("oldest"));
    await runInDurableObject(ledger, (_, state) => {
      state.storage.sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
         INSERT INTO unmatched_webhooks SELECT 'f' || i, ?, 'phonepe', 'e', 's', NULL, NULL FROM n`,
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

  it("GDR-1: after 90 days it is gone", async () => {
    const ledger = ledgerOf();
    await ledger.keepUnmatched(webhook("old"));
    world.offsetMs = 90 * DAY_MS + 60_000;
    await ledger.keepUnmatched(webhook("new"));
    expect((await ledger.unmatched()).map(({ orderId }) => orderId)).toEqual(["new"]);
  });

  it("style.md 7: a stub of a ledger can call these methods and no others", () => {
    const base: unknown = Object.getPrototypeOf(LedgerObject.prototype);
    const names = [LedgerObject.prototype, base].flatMap(Object.getOwnPropertyNames);
    expect([...new Set(names)].toSorted()).toEqual([
      "constructor",
      "endpointGone",
      "keepUnmatched",
      "noteEnd",
      "park",
      "parked",
      "silence",
      "turnEndpointOff",
      "unmatched",
      "unpark",
    ]);
  });
});
