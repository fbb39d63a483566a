import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import { freshId } from "../support/call.ts";
import { RefusalObject } from "../support/worker.ts";
import { world } from "../support/world.ts";
import { surfaceOf } from "./rpc-surface.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

afterEach(() => {
  world.offsetMs = 0;
});

const counterOf = () => env.REFUSALS.getByName(freshId("refusals"));
const rows = (counter: ReturnType<typeof counterOf>) =>
  runInDurableObject(counter, (_, state) =>
    Number(state.storage.sql.exec("SELECT COUNT(*) AS n FROM refusals").one()["n"]),
  );

describe("refusals of a deployment", () => {
  it("I7: batches add up, by code", async () => {
    const counter = counterOf();
    await counter.add({ rate_limited: 3, key_unknown: 1 });
    await counter.add({ rate_limited: 4 });
    await evictDurableObject(counter);
    expect(await counter.since(world.nowMs() - MINUTE_MS)).toEqual({
      rate_limited: 7,
      key_unknown: 1,
    });
  });

  it("I7: 50 batches at once all count, in one row a code and minute", async () => {
    const counter = counterOf();
    world.offsetMs = MINUTE_MS - (Date.now() % MINUTE_MS) + 1_000; // Not over the edge of a minute.
    await Promise.all(Array.from({ length: 50 }, () => counter.add({ rate_limited: 2 })));
    expect(await counter.since(0)).toEqual({ rate_limited: 100 });
    expect(await rows(counter)).toBe(1);
  });

  it("I7: sums since a moment leave out the minutes before it", async () => {
    const counter = counterOf();
    await counter.add({ rate_limited: 1 });
    world.offsetMs = 10 * MINUTE_MS;
    await counter.add({ rate_limited: 2 });
    expect(await counter.since(world.nowMs() - 5 * MINUTE_MS)).toEqual({ rate_limited: 2 });
    expect(await counter.since(world.nowMs() - 15 * MINUTE_MS)).toEqual({ rate_limited: 3 });
    expect(await counter.since(world.nowMs() + MINUTE_MS)).toEqual({});
  });

  it("I7: the alarm forgets after 30 days, not before, and rests when nothing is left", async () => {
    const counter = counterOf();
    await counter.add({ rate_limited: 1 });
    world.offsetMs = 30 * DAY_MS - MINUTE_MS;
    expect(await runDurableObjectAlarm(counter)).toBe(true);
    expect(await rows(counter)).toBe(1);
    world.offsetMs = 30 * DAY_MS + 2 * MINUTE_MS;
    expect(await runDurableObjectAlarm(counter)).toBe(true);
    expect(await rows(counter)).toBe(0);
    expect(await runDurableObjectAlarm(counter)).toBe(false);
    await counter.add({ rate_limited: 1 });
    expect(await runDurableObjectAlarm(counter)).toBe(true);
  });
});

describe("RPC surface", () => {
  it("style.md 7: a stub of the counter can call these methods and no others", () => {
    expect(surfaceOf(RefusalObject)).toEqual(["add", "alarm", "since"]);
  });
});
