import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "#base";
import { profileObjectName } from "#risk-objects";
import { surfaceOf } from "../door/rpc-surface.ts";
import { freshId } from "../support/call.ts";
import { ProfileObject } from "../support/worker.ts";
import { world } from "../support/world.ts";

const START_MS = Date.UTC(2027, 0, 10, 10);

beforeEach(() => {
  world.offsetMs = START_MS - Date.now();
});
afterEach(() => world.renew());

const customer = () => env.PROFILES.getByName(profileObjectName("customer", "alpha", freshId("h")));
const payment = (paymentHash: number, atMs: number, amountPaisa = 10_000) => ({
  paymentHash,
  atMs,
  amountPaisa,
  device: 1,
});
type Stub = ReturnType<typeof customer>;
const alarmAtMs = (stub: Stub) => runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
const isEmpty = async (stub: Stub) =>
  runInDurableObject(stub, async (_, { storage }) => (await storage.list()).size === 0);

describe("a profile's object", () => {
  it("style.md 7: a stub can call these methods and no others", () => {
    expect(surfaceOf(ProfileObject)).toEqual(
      ["alarm", "forget", "noteOutcome", "observe", "release", "statistics"].toSorted(),
    );
  });

  it("counts payments over a restart, and a repeated one once", async () => {
    const stub = customer();
    await stub.observe(payment(1, START_MS));
    await stub.observe(payment(1, START_MS + 1));
    await evictDurableObject(stub);
    const { view } = await stub.observe(payment(2, START_MS + HOUR_MS / 2, 30_000));
    expect(view).toMatchObject({ kind: "customer", payments1h: 2, paisa1d: 40_000, newDevice: 0 });
  });

  it("what became of a payment is known at the next one", async () => {
    const stub = customer();
    await stub.observe(payment(1, START_MS));
    const declined = {
      kind: "declined",
      paymentHash: 1,
      paidAtMs: START_MS,
      atMs: START_MS + 1_000,
    } as const;
    await stub.noteOutcome(declined);
    await stub.noteOutcome(declined);
    const { view } = await stub.observe(payment(2, START_MS + 2_000));
    expect(view.declines10m).toBe(1);
  });

  it("an outcome of a key that is forgotten makes no profile", async () => {
    const stub = customer();
    await stub.noteOutcome({ kind: "fraud", paymentHash: 1, paidAtMs: START_MS, atMs: START_MS });
    expect(await isEmpty(stub)).toBe(true);
  });

  it("R-10: forgets after 60 days without a payment, and not before", async () => {
    const stub = customer();
    await stub.observe(payment(1, START_MS));
    world.offsetMs += 40 * DAY_MS;
    await stub.observe(payment(2, START_MS + 40 * DAY_MS));
    world.offsetMs += 20 * DAY_MS;
    await runDurableObjectAlarm(stub);
    expect(await alarmAtMs(stub)).toBe(START_MS + 100 * DAY_MS);
    world.offsetMs += 40 * DAY_MS;
    await runDurableObjectAlarm(stub);
    expect(await isEmpty(stub)).toBe(true);
    expect(await alarmAtMs(stub)).toBeNull();
  });

  it("a release is told with the next payment, over a restart", async () => {
    const stub = customer();
    const untilMs = START_MS + 30 * DAY_MS;
    await stub.release(untilMs);
    await evictDurableObject(stub);
    expect(await alarmAtMs(stub)).toBe(untilMs);
    expect((await stub.observe(payment(1, START_MS))).releasedUntilMs).toBe(untilMs);
  });

  it("a release of a key without payments is forgotten at its end", async () => {
    const stub = customer();
    await stub.release(START_MS + 30 * DAY_MS);
    world.offsetMs += 31 * DAY_MS;
    await runDurableObjectAlarm(stub);
    expect(await isEmpty(stub)).toBe(true);
  });

  it("GDR-4: after an erasure nothing is left", async () => {
    const stub = customer();
    await stub.observe(payment(1, START_MS));
    await stub.release(START_MS + DAY_MS);
    await stub.forget();
    expect(await isEmpty(stub)).toBe(true);
    const { view, releasedUntilMs } = await stub.observe(payment(2, START_MS));
    expect([view.payments30d, releasedUntilMs]).toEqual([1, null]);
  });

  it("a profile that cannot be read is begun anew", async () => {
    const stub = customer();
    await stub.observe(payment(1, START_MS));
    await runInDurableObject(stub, (_, { storage }) =>
      storage.put("profile", new Uint8Array([255, 1, 2])),
    );
    await evictDurableObject(stub);
    expect((await stub.observe(payment(2, START_MS))).view.payments30d).toBe(1);
  });
});
