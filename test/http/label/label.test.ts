import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DAY_MS, merchantIdSchema, MINUTE_MS } from "#base";
import { paymentObjectName } from "#payments";
import { call, freshId, type TestCall } from "../../support/call.ts";
import { customerProfile, networkProfile, viewOf } from "../../support/profiles.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { callAsPromised } from "../as-promised.ts";
import { books, newPayment, statusOf } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";

const ALPHA = merchantIdSchema.parse("alpha");
const ROUTE = "/api/admin/payments/:id/label";
const pathOf = (id: string) => `/api/admin/payments/${id}/label`;
const FRAUD = { verdict: "fraud", reason: "the bank reported it" };
// A key of its own: the limit of these calls is for each key.
const label = (id: string, body: object, key: TestCall["key"] = TEST_KEYS.alphaNext) =>
  callAsPromised(ROUTE, { path: pathOf(id), body, key });

beforeEach(() => {
  world.offsetMs = DAY_MS; // No alarm comes by itself.
});
afterEach(() => {
  vi.restoreAllMocks();
  world.renew();
});

const payerOf = () => ({ customer: { id: freshId("cust") }, device: { ip: "203.0.113.7" } });
/** Eight days later, when a fraud counts. */
const later = () => world.nowMs() + 8 * DAY_MS;

describe("POST /api/admin/payments/{id}/label", () => {
  it("12: a fraud is learned by every profile of the payer, once, seven days after the payment", async () => {
    const payer = payerOf();
    const id = await newPayment(payer);
    expect((await label(id, FRAUD)).json).toEqual({
      merchantOrderId: id,
      verdict: "fraud",
      releasedUntil: null,
    });
    await label(id, FRAUD);
    const customer = await customerProfile(payer.customer.id);
    expect((await viewOf(customer, world.nowMs())).view.frauds28d).toBe(0);
    expect((await viewOf(customer, later())).view.frauds28d).toBe(1);
    const network = await networkProfile("203.0.113.7");
    expect((await viewOf(network, later())).view.frauds28d).toBe(1);
  });

  it("12: a dispute that was won counts no longer", async () => {
    const payer = payerOf();
    const id = await newPayment(payer);
    await label(id, { verdict: "disputed", reason: "chargeback" });
    await label(id, { verdict: "legit", reason: "won" });
    const customer = await customerProfile(payer.customer.id);
    expect((await viewOf(customer, later())).view.frauds28d).toBe(0);
  });

  it("23: a false positive is released for 30 days", async () => {
    const payer = payerOf();
    const id = await newPayment(payer);
    const body = { verdict: "legit", release: true, reason: "a regular customer" };
    const { json } = await label(id, body);
    expect(Number(json["releasedUntil"])).toBeGreaterThan(Date.now() + 29 * DAY_MS);
    const customer = await customerProfile(payer.customer.id);
    expect((await viewOf(customer, world.nowMs())).releasedUntilMs).toBe(json["releasedUntil"]);
  });

  it("PCI-10.2.1.2: it stands in the audit log, with who and why", async () => {
    const id = await newPayment(payerOf());
    await label(id, FRAUD);
    const { entries } = await env.AUDITS.getByName("alpha").search(
      {
        fromMs: 0,
        toMs: Number.MAX_SAFE_INTEGER,
        action: "payment.labelled",
        object: null,
        limit: 1,
        before: null,
      },
      { keyId: "ak_alpha", requestId: "req_test", address: null },
    );
    expect(JSON.parse(entries[0]?.eventJson ?? "")).toMatchObject({
      actor: { type: "api_key", id: TEST_KEYS.alphaNext.keyId },
      details: { merchantOrderId: id, verdict: "fraud", reason: FRAUD.reason },
    });
  });

  it("a payment that nobody made is not found, and neither is another merchant's (API-1)", async () => {
    const id = await newPayment(payerOf());
    expectProblem(await label(freshId(), FRAUD), "payment_not_found");
    expectProblem(await label("not an id".replaceAll(" ", "%20"), FRAUD), "payment_not_found");
    expectProblem(await label(id, FRAUD, TEST_KEYS.beta), "payment_not_found");
  });

  it.each([
    [{ verdict: "maybe", reason: "x" }, "validation_failed"],
    [{ verdict: "fraud", release: true, reason: "x" }, "validation_failed"],
    [{ verdict: "fraud" }, "validation_failed"],
    [{ verdict: "fraud", reason: "x", more: 1 }, "validation_failed"],
  ] as const)("api.md 2: %o is refused", async (body, code) => {
    expectProblem(await label(await newPayment(), body), code);
  });

  it("api.md 1: it takes security:write", async () => {
    const id = await newPayment();
    expectProblem(await label(id, FRAUD, TEST_KEYS.alphaReader), "scope_missing");
  });

  it("a profile that does not answer: 503, and the same call again does it", async () => {
    const id = await newPayment(payerOf());
    const away = vi.spyOn(env.PROFILES, "getByName").mockImplementation(() => {
      throw new Error("away");
    });
    expectProblem(await label(id, FRAUD), "admission_unavailable");
    away.mockRestore();
    expect((await label(id, FRAUD)).status).toBe(200);
  });
});

describe("the learning loop", () => {
  it("12: a payment that failed is a decline of its payer, told once its events are out", async () => {
    const payer = payerOf();
    const id = await newPayment(payer);
    books().settle(id, "FAILED");
    await statusOf(id, "?refresh=true");
    world.offsetMs += MINUTE_MS;
    await runDurableObjectAlarm(env.PAYMENTS.getByName(paymentObjectName(ALPHA, id)));
    const customer = await customerProfile(payer.customer.id);
    expect((await viewOf(customer, world.nowMs())).view.declines1h).toBe(1);
  });

  it("I9: a repeated payment counts once", async () => {
    const payer = payerOf();
    const merchantOrderId = freshId();
    await newPayment({ ...payer, merchantOrderId });
    const before = (await viewOf(await customerProfile(payer.customer.id), Date.now())).view;
    await callAsPromised("/api/payments/initiate", {
      path: "/api/payments/initiate",
      body: { merchantOrderId, amount: 49_900, redirectUrl: "https://shop.example/r", ...payer },
    });
    const after = (await viewOf(await customerProfile(payer.customer.id), Date.now())).view;
    expect(after.payments30d - before.payments30d).toBe(1); // our own look
  });

  it("GDR-4: an erasure empties what risk knows of the customer", async () => {
    const payer = payerOf();
    await newPayment(payer);
    const customer = await customerProfile(payer.customer.id);
    const path = `/api/admin/customers/${payer.customer.id}/erase`;
    expect((await call({ method: "POST", path, key: TEST_KEYS.alphaNext })).status).toBe(200);
    expect((await viewOf(customer, Date.now())).view.payments30d).toBe(1); // our own look
  });
});
