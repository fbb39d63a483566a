import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KeyKind } from "#risk";
import { call, freshId, initiateBody, type TestCall } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { riskMemory } from "../../../src/wiring/risk-memory.ts";
import { callAsPromised } from "../as-promised.ts";
import { books, INITIATE } from "../payments.ts";
import { change } from "../settings.ts";

const device = (more = {}) => ({ id: freshId("dev"), ip: "203.0.113.9", ...more });
type Key = NonNullable<TestCall["key"]>;
const pay = (more: Record<string, unknown> = {}, key: Key = TEST_KEYS.alpha) =>
  call({ path: INITIATE, body: initiateBody(more), key });
const report = (key: Key) => callAsPromised("/api/admin/risk", { path: "/api/admin/risk", key });

beforeEach(() => riskMemory.clear());
afterEach(() => {
  vi.restoreAllMocks();
  world.renew();
});

/** Counts how often each kind of profile is asked, and may keep some from answering. */
function watchProfiles(away: readonly KeyKind[] = []) {
  const asked: string[] = [];
  const real = env.PROFILES.getByName.bind(env.PROFILES);
  vi.spyOn(env.PROFILES, "getByName").mockImplementation((name) => {
    asked.push(name.split("/")[0] ?? "");
    if (away.some((kind) => name.startsWith(`${kind}/`))) throw new Error("away");
    return real(name);
  });
  return asked;
}

describe("profiles on the way of a payment", () => {
  it("16: at most four are asked, one of each kind, once", async () => {
    const asked = watchProfiles();
    const { json } = await pay({ customer: { id: freshId("c") }, device: device() });
    expect(json["security"]).toMatchObject({ degraded: false });
    expect(asked.toSorted()).toEqual(["customer", "device", "merchant", "network"]);
  });

  it("16: a merchant's server is no device: without marks of one no device is asked", async () => {
    const asked = watchProfiles();
    await pay({ device: { userAgent: "Mozilla/5.0" } });
    expect(asked).toEqual(["merchant"]);
  });

  it.each(["customer", "device", "network", "merchant"] as const)(
    "12: with the %s profile down the score is degraded, and the payment goes on",
    async (kind) => {
      watchProfiles([kind]);
      const answer = await pay({ customer: { id: freshId("c") }, device: device() });
      expect(answer.status).toBe(201);
      expect(answer.json["security"]).toMatchObject({ degraded: true, riskDecision: "allow" });
    },
  );

  it("23: in mode off nobody is asked", async () => {
    const asked = watchProfiles();
    await change("beta", { risk: { mode: "off" } }, { key: TEST_KEYS.beta });
    const { json } = await pay({ customer: { id: "c" }, device: device() }, TEST_KEYS.beta);
    expect(json["security"]).toMatchObject({ riskScore: 0, degraded: false });
    expect(asked).toEqual([]);
  });
});

describe("a device that tries out cards", () => {
  /** Twelve small payments of as many customers from one device. */
  async function tryOut(key: Key) {
    const one = device();
    for (let n = 0; n < 12; n += 1) {
      await pay({ amount: 100, customer: { id: freshId("c") }, device: one }, key);
    }
    return pay({ amount: 100_000_00, customer: { id: freshId("c") }, device: one }, key);
  }

  it("23: is blocked in enforce before any provider is called, and told by codes", async () => {
    const before = books().callsOf("pay");
    const answer = await tryOut(TEST_KEYS.alpha);
    expect([answer.status, answer.json["code"]]).toEqual([403, "payment_blocked"]);
    expect(answer.text).not.toMatch(/device|customers|amount/);
    expect(books().callsOf("pay") - before).toBeLessThanOrEqual(12);
  });

  it("23: in shadow the same payments are all made, with the same codes", async () => {
    const answer = await tryOut(TEST_KEYS.gamma);
    expect(answer.status).toBe(201);
    expect(answer.json["security"]).toMatchObject({
      riskDecision: "allow",
      riskReasons: expect.arrayContaining(["device_many_customers"]),
    });
  });
});

describe("GET /api/admin/risk", () => {
  it("12: says which model counts, and what a shadow model would have done", async () => {
    const key = TEST_KEYS.delta;
    await change("delta", { risk: { model: "none", shadowModel: "reference" } }, { key });
    for (let n = 0; n < 3; n += 1) await pay({ customer: { id: freshId("c") } }, key);
    expect((await report(key)).json).toEqual({
      mode: "shadow",
      model: { name: "none", sha256: null },
      shadowModel: "reference",
      // The last one is told with the next payment.
      comparison: [{ active: "allow", shadow: "allow", payments: 2 }],
      drift: [],
    });
  });
});
