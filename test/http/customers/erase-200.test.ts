import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DAY_MS, MINUTE_MS, sha256Hex } from "#base";
import { call, freshId, initiateBody } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { books, INITIATE, REFUND, statusOf } from "../payments.ts";
import { alarm, erase, exportOf, freshCustomer, objectOf, PERSON, personalPayment } from "./ask.ts";

afterEach(() => world.renew());

/** Everything that stands in a payment's object. */
function everythingIn(orderId: string): Promise<string> {
  return runInDurableObject(objectOf(orderId), (_, { storage }) => {
    const tables = [
      "payment",
      "attempts",
      "refunds",
      "timeline",
      "inbox",
      "answers",
      "outbox",
      "feed",
    ];
    return JSON.stringify(
      tables.map((name) => storage.sql.exec(`SELECT * FROM ${name}`).toArray()),
    );
  });
}

function expectNobodyIn(text: string): void {
  for (const word of PERSON) expect(text).not.toContain(word);
}

const customerObject = async (id: string) =>
  env.CUSTOMERS.getByName(`alpha/${await sha256Hex(`customer/${id}`)}`);

describe("POST /api/admin/customers/{id}/erase 200", () => {
  it("GDR-4: of a live payment nothing of the person is left, and all of the money", async () => {
    const customer = freshCustomer();
    const id = await personalPayment(customer);
    const before = (await statusOf(id)).json;
    const answer = await erase(customer);
    expect(answer.json).toMatchObject({ customerId: customer, payments: 1, pending: 0 });
    expectNobodyIn(await everythingIn(id));
    const after = (await statusOf(id)).json;
    expectNobodyIn(JSON.stringify(after));
    expect(after).toMatchObject({
      erasedAt: answer.json["erasedAt"],
      state: "COMPLETED",
      capturedAmount: before["capturedAmount"],
      refundedAmount: before["refundedAmount"],
      timeline: before["timeline"],
      security: { fingerprint: null },
    });
    expect(after["attempts"]).toMatchObject([{ paymentDetails: [] }]);
  });

  it("GDR-4: what a provider says later brings nobody back", async () => {
    const customer = freshCustomer();
    const id = await personalPayment(customer);
    await erase(customer);
    const body = {
      merchantRefundId: freshId("ref"),
      merchantOrderId: id,
      amount: 500,
      reason: "too small for Asha",
    };
    expect((await call({ path: REFUND, body })).status).toBe(201);
    expect((await call({ path: REFUND, body })).status).toBe(200);
    books().settleRefund(body.merchantRefundId, "COMPLETED");
    for (let turn = 0; turn < 3; turn += 1) await alarm(id);
    expectNobodyIn(await everythingIn(id));
    expect((await statusOf(id)).json).toMatchObject({ refundedAmount: 10_500 });
  });

  it("GDR-4: an archived payment is unreadable where it lies, whatever copy was taken", async () => {
    const customer = freshCustomer();
    const id = await personalPayment(customer);
    await alarm(id, 181 * DAY_MS);
    const copy = (await (await env.ARCHIVE.get(`payments/alpha/${id}`))?.text()) ?? "";
    expect(copy).not.toBe("");
    expect((await erase(customer)).json).toMatchObject({ payments: 1, pending: 0 });
    // A copy from before the erasure, put back.
    await env.ARCHIVE.put(`payments/alpha/${id}`, copy);
    const { json, text } = await statusOf(id);
    expect(json).toMatchObject({ state: "COMPLETED", erasedAt: expect.any(Number) });
    expect(json["attempts"]).toMatchObject([{ paymentDetails: [] }]);
    expectNobodyIn(text);
    expectNobodyIn(await everythingIn(id));
  });

  it("GDR-4: a notification that waits goes out without the person", async () => {
    world.deliver = async () => ({ type: "retry", retryAfterMs: null });
    const customer = freshCustomer();
    const id = await personalPayment(customer);
    expect(world.tries.some(({ body }) => body.includes("asha@bank"))).toBe(true);
    await erase(customer);
    expectNobodyIn(await everythingIn(id));
    world.tries.length = 0;
    world.deliver = async () => ({ type: "delivered" });
    await alarm(id, DAY_MS);
    expect(world.tries.map(({ type }) => type)).toEqual(["payment.completed", "refund.completed"]);
    expectNobodyIn(JSON.stringify(world.tries));
  });

  it("GDR-4: a payment that began before the erasure and was not enrolled yet belongs to it", async () => {
    const customer = freshCustomer();
    const body = initiateBody({ message: "for Asha", customer: { id: customer } });
    const id = String(body["merchantOrderId"]);
    const [made, erased] = await Promise.all([call({ path: INITIATE, body }), erase(customer)]);
    expect(made.status).toBe(201);
    expect(erased.json).toMatchObject({ payments: 0, pending: 0 });
    // Whichever came first: the second erasure is after both.
    await erase(customer);
    await alarm(id);
    // The alarm does not wait for what goes out beside the questions to the provider.
    await vi.waitFor(async () => {
      expect((await statusOf(id)).json["erasedAt"]).toEqual(expect.any(Number));
    });
    expectNobodyIn(await everythingIn(id));
  });

  it("R-09: the key goes at once; who comes back after an erasure is somebody new, and can be erased again", async () => {
    const customer = freshCustomer();
    await erase(customer);
    world.offsetMs += MINUTE_MS;
    const id = await personalPayment(customer);
    expect((await statusOf(id)).json["erasedAt"]).toBeUndefined();
    expect((await exportOf(customer)).text).toContain("asha@bank");
    expect((await erase(customer)).json).toMatchObject({ payments: 1 });
    expectNobodyIn(await everythingIn(id));
  });

  it("api.md 3: repeating it says the same", async () => {
    const customer = freshCustomer();
    await personalPayment(customer);
    const first = await erase(customer);
    world.offsetMs += DAY_MS;
    expect((await erase(customer)).text).toBe(first.text);
    const told = await exportOf(customer);
    expect(told.json).toMatchObject({ erasedAt: first.json["erasedAt"], payments: [] });
  });

  it("I9: the same order again is no second payment; its own key still finds its answer", async () => {
    const customer = freshCustomer();
    const body = initiateBody({ message: "for Asha", customer: { id: customer } });
    const idempotencyKey = freshId("key");
    expect((await call({ path: INITIATE, body, idempotencyKey })).status).toBe(201);
    const id = String(body["merchantOrderId"]);
    await alarm(id);
    await vi.waitFor(async () => expect((await exportOf(customer)).text).toContain(id));
    await erase(customer);
    const posts = books().callsOf("pay");
    expect(
      (await call({ path: INITIATE, body, idempotencyKey })).headers.get("idempotency-replayed"),
    ).toBe("true");
    expect((await call({ path: INITIATE, body })).status).toBe(409);
    expect(books().callsOf("pay")).toBe(posts);
  });

  it("I6: a payment that is not reached is told again, and its copies are unreadable before", async () => {
    const customer = freshCustomer();
    const id = await personalPayment(customer);
    world.erasuresAway = true;
    expect((await erase(customer)).json).toMatchObject({ payments: 1, pending: 1 });
    expect((await erase(customer)).json).toMatchObject({ payments: 1, pending: 1 });
    // It cannot leave for the archive under a key of another time.
    await alarm(id, 181 * DAY_MS);
    expect(await env.ARCHIVE.get(`payments/alpha/${id}`)).toBeNull();
    world.erasuresAway = false;
    await runDurableObjectAlarm(await customerObject(customer));
    expectNobodyIn(await everythingIn(id));
    expect((await erase(customer)).json).toMatchObject({ payments: 1, pending: 0 });
  });

  it("API-1: another merchant's customer of the same id is left alone, and not told of", async () => {
    const customer = freshCustomer();
    const id = await personalPayment(customer);
    const theirs = await erase(customer, { key: TEST_KEYS.beta });
    const nobodys = await erase(freshCustomer(), { key: TEST_KEYS.beta });
    for (const { json } of [theirs, nobodys])
      expect(json).toMatchObject({ payments: 0, pending: 0 });
    expect((await statusOf(id)).text).toContain("asha@bank");
  });

  it("PCI-10.2.1: who looked at a person and who erased one stands in the audit log", async () => {
    const customer = freshCustomer();
    await personalPayment(customer);
    await exportOf(customer);
    await runDurableObjectAlarm(await customerObject(customer));
    await erase(customer);
    const hash = await sha256Hex(`customer/${customer}`);
    const read = await call({ path: `/api/payments/audit?object=${hash}` });
    for (const action of ["customer.exported", "customer.erased"])
      expect(read.json["entries"]).toContainEqual(
        expect.objectContaining({
          event: expect.objectContaining({
            action,
            actor: { type: "api_key", id: "ak_alpha_next" },
            object: { type: "customer", id: hash },
          }),
        }),
      );
    expect(read.text).not.toContain(customer);
  });
});
