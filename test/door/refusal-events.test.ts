import { env } from "cloudflare:workers";
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeRefusalCounter, type RefusalCounts } from "#door";
import { HOUR_MS, merchantIdSchema } from "#base";
import { makeApp } from "../../src/app.ts";
import { wireHttp } from "../../src/wiring/index.ts";
import { call, freshId, readAnswer, signedRequest, type TestCall } from "../support/call.ts";
import { TEST_KEYS } from "../support/secrets.ts";
import { world } from "../support/world.ts";

beforeEach(() => {
  // The tenth minute of an hour.
  world.offsetMs = HOUR_MS - (Date.now() % HOUR_MS) + 600_000;
});
afterEach(() => {
  vi.restoreAllMocks();
  world.renew();
});

const counterOf = () => env.REFUSALS.getByName(freshId("refusals"));
const everything = {
  fromMs: 0,
  toMs: Number.MAX_SAFE_INTEGER,
  action: "request.refused",
  object: null,
  limit: 100,
  before: null,
};
const reader = { keyId: "ak_reader", requestId: "req", address: null };

async function refusalsOf(merchantId: string) {
  const { entries } = await env.AUDITS.getByName(merchantId).search(everything, reader);
  return entries.map(({ eventJson }) => JSON.parse(eventJson ?? "null"));
}

describe("refusals in a merchant's log", () => {
  it("PCI-10.2.1.4: ten thousand of them are one event per merchant, code and hour", async () => {
    const merchantId = freshId("m");
    const counter = counterOf();
    for (let batch = 0; batch < 10; batch += 1) {
      await counter.add({ [`signature_invalid@${merchantId}`]: 1_000, signature_invalid: 1_000 });
    }
    await counter.add({ [`rate_limited@${merchantId}`]: 3 });
    await runDurableObjectAlarm(counter);
    expect(await refusalsOf(merchantId)).toEqual([]); // The hour is not over.
    world.offsetMs += HOUR_MS;
    await runDurableObjectAlarm(counter);
    await runDurableObjectAlarm(counter);
    const told = await refusalsOf(merchantId);
    const counts = new Map(told.map(({ object, details }) => [object.id, details.count]));
    expect(Object.fromEntries(counts)).toEqual({ rate_limited: 3, signature_invalid: 10_000 });
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({ outcome: "refused", actor: { type: "system", id: "door" } });
  });

  it("I7: while the log is away sums wait, are told once, and other merchants' all the same", async () => {
    const [lost, found] = [freshId("m"), freshId("m")];
    const counter = counterOf();
    await counter.add({ [`scope_missing@${lost}`]: 2, [`scope_missing@${found}`]: 5 });
    world.offsetMs += HOUR_MS;
    vi.spyOn(console, "warn").mockImplementation(() => {});
    world.unloggedMerchant = lost;
    await runDurableObjectAlarm(counter);
    expect(await refusalsOf(lost)).toHaveLength(0);
    expect(await refusalsOf(found)).toHaveLength(1);
    world.unloggedMerchant = null;
    world.offsetMs += HOUR_MS;
    expect(await runDurableObjectAlarm(counter)).toBe(true);
    expect(await refusalsOf(lost)).toMatchObject([{ details: { count: 2 } }]);
    expect(await refusalsOf(found)).toHaveLength(1);
    const rows = await runInDurableObject(counter, (_, { storage }) =>
      storage.sql.exec("SELECT * FROM merchant_refusals").toArray(),
    );
    expect(rows).toEqual([]);
  });
});

describe("whose refusals are counted", () => {
  /** The app with a counter of the test's own; gives what it counted. */
  async function countedBy(request: TestCall | Request): Promise<string[]> {
    const batches: RefusalCounts[] = [];
    const refusals = makeRefusalCounter({
      nowMs: Date.now,
      flushAfterMs: 0,
      sleep: () => Promise.resolve(),
      deliver: async (counts) => void batches.push(counts),
      log: () => undefined,
      isMerchant: (id) => id === "alpha" || id === "beta",
    });
    const app = makeApp({ depsFor: () => ({ ...wireHttp(env), refusals }), log: () => undefined });
    const sent = request instanceof Request ? request : await signedRequest(request);
    await readAnswer(await app.fetch(sent, {}));
    await scheduler.wait(1);
    return batches.flatMap((counts) => Object.keys(counts));
  }

  it("PCI-10.2.1.4: a wrong signature counts for the merchant whose key it names", async () => {
    const key = { keyId: TEST_KEYS.alpha.keyId, secret: "guessed" };
    expect(await countedBy({ path: "/api/payments/audit", key })).toEqual([
      "signature_invalid",
      "signature_invalid@alpha",
    ]);
  });

  it("PCI-10.2.1.4: a missing scope counts for the merchant that signed", async () => {
    const counted = await countedBy({ path: "/api/payments/audit", key: TEST_KEYS.alphaReader });
    expect(counted).toEqual(["scope_missing", "scope_missing@alpha"]);
  });

  it("API-4: a merchant that does not exist is not counted, nor is an unknown key", async () => {
    const key = { keyId: "ak_nobody", secret: "x" };
    expect(await countedBy({ path: "/api/payments/audit", key })).toEqual(["key_unknown"]);
    const webhook = (merchantId: string) =>
      new Request(`https://gateway.example/api/payments/webhook/${merchantId}`, {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/json" },
      });
    expect(await countedBy(webhook("nobody"))).toEqual(["webhook_signature_invalid"]);
    expect(await countedBy(webhook("beta"))).toEqual([
      "webhook_signature_invalid",
      "webhook_signature_invalid@beta",
    ]);
  });

  it("I7: what is no refusal of a caller is not in the log", async () => {
    const { status } = await call({ path: "/api/payments/status/never-was" });
    expect(status).toBe(404);
    expect(await countedBy({ path: "/api/payments/status/never-was" })).toEqual([
      "payment_not_found",
    ]);
    expect(merchantIdSchema.safeParse("a@b").success).toBe(false);
  });
});
