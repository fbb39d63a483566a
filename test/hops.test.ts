/** What each endpoint costs in hops: one more is a decision, and fails here first (design.md: the hot path). */
import { env } from "cloudflare:workers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { DAY_MS } from "#base";
import { appWith } from "./support/app.ts";
import { freshId, initiateBody, signedRequest } from "./support/call.ts";
import { TEST_KEYS } from "./support/secrets.ts";
import { world } from "./support/world.ts";
import { INITIATE, paidPayment, REFUND } from "./http/payments.ts";
import { completed, webhookRequest } from "./http/webhook/send.ts";

let hops: string[] = [];

/** Bindings that note every call of an object's method, of KV and of R2. */
const counted = Object.fromEntries(
  Object.entries(env).flatMap(([name, binding]) => {
    if (typeof binding !== "object" || binding === null) return [];
    return [[name, "getByName" in binding ? objects(name, binding) : methods(name, binding)]];
  }),
);

function objects(name: string, namespace: object) {
  return new Proxy(namespace, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      if (key !== "getByName") return value.bind(target);
      return (...args: unknown[]) => methods(name, Reflect.apply(value, target, args));
    },
  });
}

function methods(name: string, target: object): object {
  return new Proxy(target, {
    get(_, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        hops.push(`${name}.${String(key)}`);
        return Reflect.apply(value, target, args);
      };
    },
  });
}

const app = appWith([], { bindings: counted });

/** The hops of a request, in the order of their names; the isolate is warm. */
async function hopsOf(request: Request): Promise<string[]> {
  hops = [];
  const answer = await app.send(request);
  expect(answer.status).toBeLessThan(500);
  return hops.toSorted();
}

const initiate = (more = {}) => signedRequest({ path: INITIATE, body: initiateBody(more) });
const ALL = () => ({
  customer: { id: freshId("c") },
  device: { id: freshId("d"), ip: "203.0.113.20" },
});

beforeAll(async () => {
  world.offsetMs = DAY_MS; // No alarm comes by itself.
  // Keys, settings, generations and the model are in memory from here on.
  for (let turn = 0; turn < 2; turn += 1) await app.send(await initiate(ALL()));
});
afterEach(() => {
  hops = [];
});
afterAll(() => world.renew());

describe("the hot path", () => {
  it("initiate: the gate and what is known of the payer side by side, then the payment", async () => {
    expect(await hopsOf(await initiate())).toEqual([
      "GATES.admit",
      "PAYMENTS.initiate",
      "PROFILES.observe",
    ]);
    expect(await hopsOf(await initiate(ALL()))).toEqual([
      "GATES.admit",
      "PAYMENTS.initiate",
      ...Array.from({ length: 4 }, () => "PROFILES.observe"),
    ]);
  });

  it("initiate with an idempotency key costs no hop more", async () => {
    const request = { path: INITIATE, body: initiateBody(), idempotencyKey: freshId("key") };
    expect(await hopsOf(await signedRequest(request))).toHaveLength(3);
  });

  it("status and refund: the gate, then the payment", async () => {
    const id = await paidPayment();
    const status = await signedRequest({ path: `/api/payments/status/${id}` });
    expect(await hopsOf(status)).toEqual(["GATES.admit", "PAYMENTS.status"]);
    const body = { merchantOrderId: id, merchantRefundId: freshId("ref"), amount: 100 };
    expect(await hopsOf(await signedRequest({ path: REFUND, body }))).toEqual([
      "GATES.admit",
      "PAYMENTS.refund",
    ]);
  });

  it("a webhook: the payment alone", async () => {
    const id = await paidPayment();
    expect(await hopsOf(await webhookRequest({ body: completed(id) }))).toEqual([
      "PAYMENTS.webhook",
    ]);
  });

  it("a bad signature touches no object, no KV and no R2", async () => {
    const key = { ...TEST_KEYS.alpha, secret: "another secret" };
    const request = await signedRequest({ path: INITIATE, body: initiateBody(), key });
    const touched = await hopsOf(request);
    expect(touched.filter((hop) => !hop.startsWith("REFUSED_ADDRESSES."))).toEqual([]);
  });

  it("what validation refuses has been admitted, and nothing else", async () => {
    const request = { path: INITIATE, body: initiateBody({ amount: -1 }) };
    expect(await hopsOf(await signedRequest(request))).toEqual(["GATES.admit"]);
  });
});

describe("a payment's own hops", () => {
  it("initiate: one call to the provider, no status call, no id to claim", async () => {
    world.passed.clear();
    await app.send(await initiate());
    const passed = [...world.passed].filter(([place]) => place.endsWith(" before"));
    expect(passed).toEqual([["pay before", 1]]);
  });
});
