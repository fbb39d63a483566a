import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { segmentName } from "#audit";
import { DAY_MS, HOUR_MS, merchantIdSchema, MINUTE_MS } from "#base";
import { LOAD_LIMITS } from "#door";
import { paymentObjectName } from "#payments";
import { makeApp } from "../src/app.ts";
import { log } from "../src/platform.ts";
import { beginRun, stepRun } from "../src/ops/backup/backup-run.ts";
import { backupStore } from "../src/ops/backup/backup-state.ts";
import { wireBackup, wireHttp } from "../src/wiring/index.ts";
import { expectProblem } from "./http/problem-shape.ts";
import { appWith } from "./support/app.ts";
import {
  call,
  freshId,
  initiateBody,
  readAnswer,
  signedRequest,
  type TestCall,
} from "./support/call.ts";
import { TEST_KEYS } from "./support/secrets.ts";
import { world } from "./support/world.ts";
import { INITIATE, newPayment, paidPayment, REFUND, statusOf } from "./http/payments.ts";

const NOT_SENT = { type: "not_sent", reason: "breaker_open" } as const;
const API_KEYS = "/api/payments/api-keys";

/** An object whose every call fails, and a namespace of them. */
const away: ProxyHandler<object> = { get: () => () => Promise.reject(new Error("away")) };
const nobody = { getByName: () => new Proxy({}, away) };
const noKv = new Proxy({}, away);

/** The app with some of its bindings away. Keys are made by the tests' own app, whose bindings work. */
const without = (broken: Record<string, unknown>) => appWith([], { bindings: broken });

afterEach(() => {
  vi.restoreAllMocks();
  world.renew();
});

describe("docs/degradation.md", () => {
  it("D-01: PhonePe cannot be reached: the stand-in takes the payment", async () => {
    world.providerOf("beta").nextPay(NOT_SENT);
    const answer = await call({ path: INITIATE, body: initiateBody(), key: TEST_KEYS.beta });
    expect(answer.json).toMatchObject({ state: "PENDING", provider: "razorpay" });
  });

  it("D-02: without a stand-in it is unavailable, and a repeat is a new try", async () => {
    world.providerOf("alpha").nextPay(NOT_SENT);
    const body = initiateBody();
    const refused = await call({ path: INITIATE, body });
    expectProblem(refused, "provider_unavailable", INITIATE);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect((await statusOf(String(body["merchantOrderId"]))).json).toMatchObject({
      state: "INITIATING",
    });
    expect((await call({ path: INITIATE, body })).json).toMatchObject({ state: "PENDING" });
  });

  it("D-03: a lost pay answer is 202, and the payment goes on by itself", async () => {
    world.answerBudgetMs = 30;
    world.providerOf("alpha").nextPay({ type: "unknown", reason: "timeout" }, { stored: true });
    const body = initiateBody();
    expect((await call({ path: INITIATE, body })).status).toBe(202);
    const name = paymentObjectName(
      merchantIdSchema.parse("alpha"),
      String(body["merchantOrderId"]),
    );
    for (let turn = 0; turn < 3; turn += 1) {
      world.offsetMs += 21_000;
      await runDurableObjectAlarm(env.PAYMENTS.getByName(name));
    }
    expect((await statusOf(String(body["merchantOrderId"]))).json).toMatchObject({
      state: "PENDING",
    });
  });

  it("D-04: without the status API payments are made and shown, a refresh says that it is out of reach", async () => {
    const id = await newPayment();
    world.providerOf("alpha").nextStatus({ type: "unreachable", reason: "timeout" });
    expectProblem(await statusOf(id, "?refresh=true"), "provider_timeout");
    expect((await statusOf(id)).json).toMatchObject({ state: "PENDING" });
  });

  it("D-05: without the stand-in everything goes on at PhonePe", async () => {
    world.providerOf("beta", "razorpay").nextPay(NOT_SENT);
    const body = initiateBody({ preferredProvider: "razorpay" });
    const answer = await call({ path: INITIATE, body, key: TEST_KEYS.beta });
    expect(answer.json).toMatchObject({ state: "PENDING", provider: "phonepe" });
  });

  it("D-06: without a token nothing is sent, which the stand-in may take over", async () => {
    world.providerOf("beta").nextPay({ type: "not_sent", reason: "no_token_http_503" });
    const answer = await call({ path: INITIATE, body: initiateBody(), key: TEST_KEYS.beta });
    expect(answer.json).toMatchObject({ provider: "razorpay" });
  });

  it("D-07: without KV a key that was made is found in its vault", async () => {
    const made = await call({ path: API_KEYS, body: {} });
    const key = { keyId: String(made.json["id"]), secret: String(made.json["secret"]) };
    const app = without({ TOKENS: noKv });
    const answer = await app.call({ path: INITIATE, body: initiateBody(), key });
    expect(answer.status).toBe(201);
  });

  it("D-08: without the gate reads go on and money does not move", async () => {
    const id = await newPayment();
    const app = without({ GATES: nobody });
    expect((await app.call({ path: `/api/payments/status/${id}` })).status).toBe(200);
    const before = world.providerOf("alpha").orders.size;
    expectProblem(
      await app.call({ path: INITIATE, body: initiateBody() }),
      "admission_unavailable",
    );
    const body = { merchantRefundId: freshId("ref"), merchantOrderId: id, amount: 1_000 };
    expectProblem(await app.call({ path: REFUND, body }), "admission_unavailable");
    expect(world.providerOf("alpha").orders.size).toBe(before);
  });

  it("D-09: without the vault keys of the configuration go on, others are not called unknown", async () => {
    const app = without({ VAULTS: nobody, TOKENS: noKv });
    expect((await app.call({ path: INITIATE, body: initiateBody() })).status).toBe(201);
    const key = { keyId: "ak_AAAAAAAAAAAA_alpha", secret: "any" };
    expectProblem(
      await app.call({ path: INITIATE, body: initiateBody(), key }),
      "admission_unavailable",
    );
    expect((await app.call({ path: API_KEYS })).status).toBeGreaterThanOrEqual(500);
  });

  it("D-10: without claims a refund is not taken on, and works when it is repeated", async () => {
    const id = await paidPayment();
    const body = { merchantRefundId: freshId("ref"), merchantOrderId: id, amount: 1_000 };
    world.claimsAway = true;
    expectProblem(await call({ path: REFUND, body }), "request_in_progress", REFUND);
    expect(world.providerOf("alpha").refunds.has(body.merchantRefundId)).toBe(false);
    world.claimsAway = false;
    expect((await call({ path: REFUND, body })).status).toBe(201);
  });

  it("D-11: without the ledger payments go on, a webhook that nobody claims is not accepted", async () => {
    const app = without({ LEDGERS: nobody });
    expect((await app.call({ path: INITIATE, body: initiateBody() })).status).toBe(201);
    const credentials = new TextEncoder().encode("hook_alpha:hookPasswordalpha");
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", credentials)).toHex();
    const webhook = new Request("https://gateway.example/api/payments/webhook", {
      method: "POST",
      headers: { authorization: digest, "content-type": "application/json" },
      body: JSON.stringify({ event: "some.future.event", payload: {} }),
    });
    expect((await app.send(webhook)).status).toBe(500);
  });

  it("D-12: a payment's object that breaks off is asked again", async () => {
    const deps = wireHttp(env);
    let failures = 1;
    const initiate: typeof deps.payments.initiate = (command) => {
      failures -= 1;
      return failures < 0 ? deps.payments.initiate(command) : Promise.reject(new Error("moved"));
    };
    const broken = { ...deps, payments: { ...deps.payments, initiate } };
    expect((await answerWith(broken, { path: INITIATE, body: initiateBody() })).status).toBe(201);
  });

  it("D-13: without payload keys calls in the clear go on", async () => {
    const app = without({ PAYLOAD_KEYS: nobody, TOKENS: noKv });
    expect((await app.call({ path: INITIATE, body: initiateBody() })).status).toBe(201);
    const jwks = await app.send(new Request("https://gateway.example/.well-known/jwks.json"));
    expectProblem(jwks, "admission_unavailable");
  });

  it("D-14: without the breaker's object health says so, and payments go on", async () => {
    const app = without({ BREAKERS: nobody });
    expect((await app.call({ path: INITIATE, body: initiateBody() })).status).toBe(201);
    const health = await app.call({ path: "/api/payments/health" });
    expect(health.status).toBe(200);
    expect(health.json["checks"]).toContainEqual(
      expect.objectContaining({ id: "breaker:phonepe", ok: false }),
    );
  });

  it("D-15: without the counter of refusals they are answered all the same", async () => {
    const app = without({ REFUSALS: nobody });
    expectProblem(
      await app.send(new Request(`https://gateway.example${INITIATE}`, { method: "POST" })),
      "signature_missing",
    );
  });

  it("D-16: a full isolate lets payments in longer than reads", async () => {
    const deps = wireHttp(env);
    const full = {
      ...deps,
      load: {
        enter: (rateClass: keyof typeof LOAD_LIMITS) => LOAD_LIMITS[rateClass] > 500,
        leave: () => undefined,
      },
    };
    const id = freshId();
    expectProblem(
      await answerWith(full, { path: `/api/payments/status/${id}` }),
      "admission_unavailable",
    );
    expect((await answerWith(full, { path: INITIATE, body: initiateBody() })).status).toBe(201);
  });

  it("D-17: without the merchant's server payments end all the same, and the notification waits", async () => {
    world.deliver = async () => ({ type: "retry", retryAfterMs: null });
    const id = await paidPayment();
    const name = paymentObjectName(merchantIdSchema.parse("alpha"), id);
    await runDurableObjectAlarm(env.PAYMENTS.getByName(name));
    const tries = world.tries.length;
    expect(tries).toBeGreaterThan(0);
    world.deliver = async () => ({ type: "delivered" });
    world.offsetMs += 60_000;
    await runDurableObjectAlarm(env.PAYMENTS.getByName(name));
    expect(world.tries.length).toBeGreaterThan(tries);
  });

  it("D-18: a caller's clock may be 30 s ahead and 300 s behind", async () => {
    const nowSec = Math.floor(Date.now() / 1_000);
    const at = (createdSec: number) => call({ path: INITIATE, body: initiateBody(), createdSec });
    expect((await at(nowSec + 25)).status).toBe(201);
    expect((await at(nowSec - 290)).status).toBe(201);
    expectProblem(await at(nowSec + 60), "signature_expired");
    expectProblem(await at(nowSec - 400), "signature_expired");
  });

  it("D-19: without the audit log payments go on, and what was to be logged is logged later", async () => {
    const app = without({ AUDITS: nobody });
    expect((await app.call({ path: INITIATE, body: initiateBody() })).status).toBe(201);
    expectProblem(await app.call({ path: AUDIT }), "admission_unavailable");
    const health = await app.call({ path: "/api/payments/health" });
    expect(health.text).toContain('"id":"audit","ok":false');
    const refusals = env.REFUSALS.getByName(freshId("refusals"));
    const merchant = freshId("m");
    await refusals.add({ [`rate_limited@${merchant}`]: 7 });
    vi.spyOn(console, "warn").mockImplementation(() => {});
    world.offsetMs += HOUR_MS;
    world.unloggedMerchant = merchant;
    await runDurableObjectAlarm(refusals);
    world.unloggedMerchant = null;
    await runDurableObjectAlarm(refusals);
    expect(await loggedTo(merchant)).toContain('"count":7');
  });

  it("D-20: without R2 entries are logged and read, and sealed when it is back", async () => {
    const merchant = freshId("m");
    const away = () => Promise.reject(new Error("away"));
    world.bucketFault = { put: away, get: away };
    vi.spyOn(console, "error").mockImplementation(() => {});
    const log = env.AUDITS.getByName(merchant);
    expect(await loggedTo(merchant)).toContain("audit.read");
    world.offsetMs += 4 * HOUR_MS;
    await runDurableObjectAlarm(log);
    expect(await log.health()).toMatchObject({ ok: false });
    expect(await loggedTo(merchant)).toContain("audit.started");
    world.bucketFault = {};
    await runDurableObjectAlarm(log);
    expect(await log.health()).toMatchObject({ ok: true });
    expect(await env.AUDIT_SEGMENTS.head(segmentName(merchant, 1))).not.toBeNull();
  });

  it("D-21: without the registry of keys what seals and opens goes on", async () => {
    const app = without({ KEY_REGISTRY: nobody, TOKENS: noKv });
    expect((await app.call({ path: INITIATE, body: initiateBody() })).status).toBe(201);
    const made = await app.call({ method: "POST", path: "/api/payments/api-keys" });
    expect(made.status).toBe(201);
    expectProblem(await app.call({ path: "/api/payments/keys" }), "admission_unavailable");
  });

  it("D-22: without the archive payments go on and stay; one that lies there says when to come back", async () => {
    const merchantId = merchantIdSchema.parse("alpha");
    const id = await paidPayment();
    const stub = env.PAYMENTS.getByName(paymentObjectName(merchantId, id));
    const rest = async (ms: number) => {
      world.offsetMs += ms;
      await runDurableObjectAlarm(stub);
    };
    for (let turn = 0; turn < 4; turn += 1) await rest(MINUTE_MS);
    await rest(181 * DAY_MS);
    world.archiveAway = true;
    expectProblem(await statusOf(id), "admission_unavailable");
    const body = { merchantRefundId: freshId("ref"), merchantOrderId: id, amount: 10_000 };
    expectProblem(await call({ path: REFUND, body }), "request_in_progress");
    const other = await paidPayment();
    expect((await statusOf(other)).json).toMatchObject({ state: "COMPLETED" });
    world.archiveAway = false;
    expect((await statusOf(id)).json).toMatchObject({ state: "COMPLETED" });
    expect((await call({ path: REFUND, body })).status).toBe(201);
  });

  it("D-23: without a customer's object payments go on, and are enrolled when it is back", async () => {
    const app = without({ CUSTOMERS: nobody });
    const spy = vi.spyOn(env.CUSTOMERS, "getByName").mockImplementation(() => {
      throw new Error("away");
    });
    const customer = { id: freshId("customer") };
    const body = initiateBody({ customer });
    const id = String(body["merchantOrderId"]);
    expect((await app.call({ path: INITIATE, body })).status).toBe(201);
    const path = `/api/admin/customers/${customer.id}/export`;
    expectProblem(await app.call({ method: "POST", path }), "admission_unavailable");
    const stub = env.PAYMENTS.getByName(paymentObjectName(merchantIdSchema.parse("alpha"), id));
    world.offsetMs += MINUTE_MS;
    await runDurableObjectAlarm(stub);
    spy.mockRestore();
    world.offsetMs += 2 * MINUTE_MS;
    await runDurableObjectAlarm(stub);
    await vi.waitFor(async () => {
      expect((await call({ method: "POST", path })).text).toContain(id);
    });
  });

  it("D-24: without the backups' bucket payments go on, and the run goes on when it is back", async () => {
    const app = without({ BACKUPS: new Proxy({}, away), BACKUP_JOBS: nobody });
    expect((await app.call({ path: INITIATE, body: initiateBody() })).status).toBe(201);
    const deps = wireBackup(env);
    const stub = env.BACKUP_JOBS.getByName(freshId("job"));
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    let isAway = true;
    const put = async (name: string, bytes: Uint8Array<ArrayBuffer>) => {
      if (isAway) throw new Error("away");
      files.set(name, bytes);
      return true;
    };
    const bucket = { ...deps.bucket, put, list: async () => [] };
    const source = { ...deps.source, merchants: () => [] };
    await runInDurableObject(stub, async (_, { storage }) => {
      const context = { store: backupStore(storage), deps: { ...deps, bucket, source } };
      await beginRun(context);
      const step = async () => stepRun(context, expectRun(context.store.run()));
      await expect(step()).rejects.toThrow("away");
      isAway = false;
      while (context.store.run()) await step();
      expect([...files.keys()].filter((name) => name.startsWith("manifests/"))).toHaveLength(1);
    });
  });

  it("D-25: without profiles payments go on, scored by the merchant's lists alone", async () => {
    const app = without({ PROFILES: nobody });
    const good = await app.call({ path: INITIATE, body: initiateBody() });
    expect(good.status).toBe(201);
    expect(good.json["security"]).toMatchObject({ degraded: true, riskScore: 0 });
    const body = initiateBody({ customer: { id: "cust_blocked" } });
    expectProblem(await app.call({ path: INITIATE, body }), "payment_blocked");
    const path = "/api/admin/risk";
    expectProblem(await app.call({ path }), "admission_unavailable");
  });
});

const AUDIT = "/api/payments/audit";

/** All that a merchant's log tells, as text; reading is logged as well. */
async function loggedTo(merchantId: string): Promise<string> {
  const all = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, action: null, object: null };
  const query = { ...all, limit: 100, before: null };
  const reader = { keyId: "ak_reader", requestId: "req", address: null };
  const { entries } = await env.AUDITS.getByName(merchantId).search(query, reader);
  return entries.map(({ eventJson }) => eventJson).join("\n");
}

async function answerWith(deps: ReturnType<typeof wireHttp>, request: TestCall) {
  const app = makeApp({ depsFor: () => deps, log });
  return readAnswer(await app.fetch(await signedRequest(request), {}));
}

function expectRun<Run>(run: Run | undefined): Run {
  if (run === undefined) throw new Error("the run is gone");
  return run;
}
