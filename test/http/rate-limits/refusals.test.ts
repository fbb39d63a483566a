import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { makeRefusalCounter, type RefusalCounts } from "#door";
import { makeApp } from "../../../src/app.ts";
import { wireHttp } from "../../../src/wiring/index.ts";
import { BASE } from "../../support/call.ts";
import { INITIATE } from "../payments.ts";

const FLUSH_AFTER_MS = 50;

describe("refusals counted", () => {
  it("I7: 10,000 refused requests cost tens of deliveries, and their sums are exact", async () => {
    const delivered: RefusalCounts[] = [];
    const refusals = makeRefusalCounter({
      nowMs: Date.now,
      flushAfterMs: FLUSH_AFTER_MS,
      sleep: (ms) => scheduler.wait(ms),
      deliver: async (counts) => void delivered.push(counts),
      log: () => undefined,
      isMerchant: () => true,
    });
    const deps = { ...wireHttp(env), refusals };
    const app = makeApp({ depsFor: () => deps, log: () => undefined });
    const began = Date.now();
    for (let at = 0; at < 2_500; at += 1) {
      await Promise.all([
        app.fetch(new Request(`${BASE}${INITIATE}`, { method: "POST", body: "{}" }), {}),
        app.fetch(new Request(`${BASE}/nope`), {}),
        app.fetch(new Request(`${BASE}${INITIATE}`), {}),
        app.fetch(new Request(`${BASE}/nope`, { method: "POST" }), {}),
      ]);
    }
    await scheduler.wait(2 * FLUSH_AFTER_MS);
    const sums = new Map<string, number>();
    for (const counts of delivered) {
      for (const [code, count] of Object.entries(counts)) {
        sums.set(code, (sums.get(code) ?? 0) + count);
      }
    }
    expect(Object.fromEntries(sums)).toEqual({
      signature_missing: 2_500,
      route_not_found: 5_000,
      method_not_allowed: 2_500,
    });
    expect(delivered.length).toBeLessThanOrEqual(1 + (Date.now() - began) / FLUSH_AFTER_MS);
    expect(delivered.length).toBeLessThan(100);
  });
});
