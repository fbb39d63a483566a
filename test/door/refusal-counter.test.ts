import { describe, expect, it } from "vitest";
import { makeRefusalCounter, type RefusalCounts } from "#door";

const FLUSH_AFTER_MS = 5_000;

/** A counter whose sleeps end when told so. */
function counter(options: { readonly fails?: boolean } = {}) {
  const delivered: RefusalCounts[] = [];
  const logged: unknown[] = [];
  const sleepers: (() => void)[] = [];
  const works: Promise<void>[] = [];
  const time = { nowMs: 1_800_000_000_000 };
  const refusals = makeRefusalCounter({
    nowMs: () => time.nowMs,
    flushAfterMs: FLUSH_AFTER_MS,
    sleep: (ms) => {
      expect(ms).toBe(FLUSH_AFTER_MS);
      return new Promise((resolve) => sleepers.push(resolve));
    },
    deliver: async (counts) => {
      if (options.fails) throw new Error("gone");
      delivered.push(counts);
    },
    isMerchant: (id) => id === "alpha",
    log: (level, message, fields) => logged.push({ level, message, fields }),
  });
  const note = (code: string) => refusals.note(code, (work) => works.push(work));
  const flush = async () => {
    time.nowMs += FLUSH_AFTER_MS;
    for (const wake of sleepers.splice(0)) wake();
    await Promise.all(works.splice(0));
  };
  return { note, flush, delivered, logged, sleepers, time };
}

describe("refusals of an isolate", () => {
  it("I7: a flood is one batch, and its sums are exact", async () => {
    const { note, flush, delivered } = counter();
    for (let at = 0; at < 9_000; at += 1) note(at % 3 === 0 ? "key_unknown" : "rate_limited");
    await flush();
    expect(delivered).toEqual([{ key_unknown: 3_000, rate_limited: 6_000 }]);
  });

  it("I7: what comes during a delivery is in the next batch", async () => {
    const { note, flush, delivered } = counter();
    note("a");
    const first = flush();
    note("b");
    await first;
    note("b");
    await flush();
    await flush();
    const sum = (code: string) =>
      delivered.reduce((total, counts) => total + (counts[code] ?? 0), 0);
    expect([sum("a"), sum("b")]).toEqual([1, 2]);
  });

  it("I7: nothing to tell, nothing is sent", async () => {
    const { flush, delivered, sleepers } = counter();
    await flush();
    expect({ delivered, sleepers }).toEqual({ delivered: [], sleepers: [] });
  });

  it("I7: a batch that cannot be delivered is said in the log, and the next one goes on", async () => {
    const { note, flush, logged } = counter({ fails: true });
    note("a");
    await flush();
    note("b");
    await flush();
    expect(logged).toEqual([
      { level: "warn", message: "refusals not counted", fields: { a: 1 } },
      { level: "warn", message: "refusals not counted", fields: { b: 1 } },
    ]);
  });

  it("I7: counting goes on after a flush was cut off with its request", async () => {
    const { note, flush, delivered, sleepers, time } = counter();
    note("a");
    sleepers.length = 0; // It never wakes.
    time.nowMs += 20_001;
    note("a");
    for (const wake of sleepers.splice(0)) wake();
    await scheduler.wait(0);
    expect(delivered).toEqual([{ a: 2 }]);
    note("b");
    expect(sleepers).toHaveLength(1);
    void flush();
    await scheduler.wait(0);
    expect(delivered).toEqual([{ a: 2 }, { b: 1 }]);
  });
});
