import { abortAllDurableObjects, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, merchantIdSchema, sha256Hex } from "#base";
import { claimName, paymentObjectName } from "#payments";
import { anEvent } from "../../audit/an-event.ts";
import {
  alarm,
  erase,
  exportOf,
  freshCustomer,
  PERSON,
  personalPayment,
} from "../../http/customers/ask.ts";
import { books, INITIATE, newPayment, paidPayment, REFUND, statusOf } from "../../http/payments.ts";
import { call, freshId, initiateBody } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { beginBackup } from "../../../src/wiring/backup.ts";
import {
  backUp,
  envWith,
  files,
  freshDeployment,
  job,
  loseEverything,
  phase,
  restoreAll,
  settleDown,
  workUntil,
} from "./world.ts";

const ALPHA = merchantIdSchema.parse("alpha");
const BETA = merchantIdSchema.parse("beta");
const objectOf = (id: string) => env.PAYMENTS.getByName(paymentObjectName(ALPHA, id));

/** An answer without what belongs to the request. */
async function seenAs(id: string) {
  const { status, json } = await statusOf(id);
  const { security, ...rest } = json;
  expect(security).toBeDefined();
  return { status, ...rest };
}

async function refundOf(merchantOrderId: string, amount: number) {
  const merchantRefundId = freshId("ref");
  await call({ path: REFUND, body: { merchantRefundId, merchantOrderId, amount } });
  return merchantRefundId;
}

/** A lost pay answer: the order is at the provider, and its pay URL with nobody. */
async function lostPayment(): Promise<string> {
  world.answerBudgetMs = 30;
  books().nextPay({ type: "unknown", reason: "timeout" }, { stored: true });
  const body = initiateBody();
  expect((await call({ path: INITIATE, body })).status).toBe(202);
  return String(body["merchantOrderId"]);
}

beforeEach(freshDeployment);
afterEach(() => world.renew());

describe("a deployment that is lost and restored", () => {
  it("27: every payment that has ended, or waits at the provider, answers as before", async () => {
    const failed = await newPayment();
    books().settle(failed, "FAILED", "AUTHORIZATION_FAILED");
    await statusOf(failed, "?refresh=true");
    const expired = await newPayment();
    books().settle(expired, "EXPIRED");
    await statusOf(expired, "?refresh=true");
    const refunded = await paidPayment();
    const done = await refundOf(refunded, 10_000);
    books().settleRefund(done, "COMPLETED");
    const refundPath = `${REFUND}/${done}?merchantOrderId=${refunded}`;
    await call({ path: refundPath });
    await statusOf(refunded, "?refresh=true");
    await refundOf(refunded, 5_000);
    const blocked = initiateBody({ customer: { id: "cust_blocked" } });
    await call({ path: INITIATE, body: blocked });
    const ids = [
      failed,
      expired,
      refunded,
      String(blocked["merchantOrderId"]),
      await newPayment(),
      await paidPayment({ message: "for one", metaInfo: { udf1: "one" } }),
    ];
    await settleDown(ALPHA, ids);
    const before = await Promise.all(ids.map(seenAs));
    expect(new Set(before.map((one) => ("state" in one ? one.state : null)))).toEqual(
      new Set(["FAILED", "EXPIRED", "COMPLETED", "BLOCKED", "PENDING"]),
    );
    await backUp();
    const copy = await files();

    await loseEverything(copy, { ids, claims: [claimName(ALPHA, "refund", done)] });
    expect((await statusOf(refunded)).status).toBe(404);
    const restored = await restoreAll();
    expect(restored).toMatchObject({
      ok: true,
      value: { phase: "done", payments: { restored: ids.length, conflicts: 0, failed: 0 } },
    });
    expect(await Promise.all(ids.map(seenAs))).toEqual(before);
    expect((await call({ path: refundPath })).json).toMatchObject({
      state: "COMPLETED",
      amount: 10_000,
    });
    const recorded = await env.LEDGERS.getByName(ALPHA).recorded(
      { recordedAtMs: 0, merchantOrderId: "" },
      100,
    );
    expect(new Set(recorded.map((row) => row.merchantOrderId))).toEqual(new Set(ids));
  });

  it("27: a restore that is cut off goes on, and nothing comes back twice", async () => {
    const id = await newPayment();
    await settleDown(ALPHA, [id]);
    await backUp();
    const before = await seenAs(id);
    await loseEverything(await files(), { ids: [id] });
    await job().restore(null);
    for (let deaths = 0; deaths < 3; deaths += 1) {
      await abortAllDurableObjects();
      await runDurableObjectAlarm(job());
    }
    await workUntil(async () => (await phase()) === "done");
    expect(await seenAs(id)).toEqual(before);
  });

  it("27: a restore goes into an empty deployment only, and one that waits for it makes no backup", async () => {
    const id = await newPayment();
    await settleDown(ALPHA, [id]);
    const first = await backUp();
    expect(await job().restore(null)).toEqual({ ok: false, refusal: "not_empty" });
    const copy = await files();
    await loseEverything(copy, { ids: [id] });
    expect(await job().begin()).toBe("foreign_bucket");
    await beginBackup(envWith({ RESTORE_TOKEN: "t".repeat(32) }));
    expect((await job().status()).running).toBe(false);
    await restoreAll();
    const ended = await job().restoration();
    expect(await job().restore(first)).toEqual({ ok: true, value: ended });
    const next = await backUp();
    expect(await job().restore(next)).toEqual({ ok: false, refusal: "not_empty" });
  });

  it("I9: the answer that an idempotency key keeps is the same after a restore", async () => {
    const request = { path: INITIATE, body: initiateBody(), idempotencyKey: freshId("key") };
    const first = await call(request);
    const id = String(first.json["merchantOrderId"]);
    await settleDown(ALPHA, [id]);
    await backUp();
    await loseEverything(await files(), { ids: [id] });
    await restoreAll();
    const calls = books().callsOf("pay");
    const again = await call(request);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    expect(books().callsOf("pay")).toBe(calls);
  });

  it("I4: a payment that is paid after the restore is confirmed by the status API, and refunded", async () => {
    const id = await newPayment();
    await settleDown(ALPHA, [id]);
    await backUp();
    await loseEverything(await files(), { ids: [id] });
    await restoreAll();
    books().settle(id, "COMPLETED");
    world.offsetMs += 120_000;
    await runDurableObjectAlarm(objectOf(id));
    expect((await statusOf(id)).json).toMatchObject({
      state: "COMPLETED",
      confirmedBy: "status_api",
    });
    const merchantRefundId = await refundOf(id, 20_000);
    books().settleRefund(merchantRefundId, "COMPLETED");
    expect((await statusOf(id, "?refresh=true")).json).toMatchObject({ refundedAmount: 20_000 });
  });

  it("I1: an order that was lost on its way is watched after a restore and never placed again", async () => {
    const id = await lostPayment();
    await settleDown(ALPHA, [id]);
    await backUp();
    // After the backup the lost gateway gives the payer a second order, whose pay URL was not lost.
    for (let turn = 0; turn < 3; turn += 1) {
      world.offsetMs += 21_000;
      await runDurableObjectAlarm(objectOf(id));
    }
    const second = [...books().orders.keys()].find((one) => one.startsWith(`${id}-2`)) ?? "";
    expect(second).not.toBe("");
    await loseEverything(await files(), { ids: [id] });
    await restoreAll();
    const placed = books().callsOf("pay");
    for (let turn = 0; turn < 3; turn += 1) {
      world.offsetMs += 70_000;
      await runDurableObjectAlarm(objectOf(id));
    }
    expect(await env.CLAIMS.getByName(claimName(ALPHA, "order", second)).owner()).toBe(id);
    books().settle(second, "COMPLETED");
    expect((await statusOf(id, "?refresh=true")).json).toMatchObject({
      state: "COMPLETED",
      capturedAmount: 49_900,
    });
    expect(books().callsOf("pay")).toBe(placed);
  });

  it("CF-01: an order made after the backup and repeated after the restore is watched, not placed twice", async () => {
    await settleDown(ALPHA, [await newPayment()]);
    await backUp();
    const copy = await files();
    const body = initiateBody();
    await call({ path: INITIATE, body });
    const id = String(body["merchantOrderId"]);
    await loseEverything(copy, { ids: [id] });
    await restoreAll();
    world.answerBudgetMs = 30;
    expect((await call({ path: INITIATE, body })).status).toBe(202);
    for (let turn = 0; turn < 3; turn += 1) {
      world.offsetMs += 21_000;
      await runDurableObjectAlarm(objectOf(id));
    }
    expect([...books().orders.keys()].filter((one) => one.startsWith(id))).toEqual([id]);
    books().settle(id, "COMPLETED");
    expect((await statusOf(id, "?refresh=true")).json).toMatchObject({ state: "COMPLETED" });
  });

  it("WHK-1: a notification that was still to be sent goes out after the restore", async () => {
    world.deliver = async () => ({ type: "retry", retryAfterMs: null });
    const id = await paidPayment();
    await settleDown(ALPHA, [id]);
    await backUp();
    await loseEverything(await files(), { ids: [id] });
    world.deliver = async () => ({ type: "delivered" });
    world.tries.length = 0;
    await restoreAll();
    world.offsetMs += 3_600_000;
    await runDurableObjectAlarm(objectOf(id));
    expect(world.tries.map(({ type }) => type)).toContain("payment.completed");
  });

  it("I11: API keys, payload keys and unmatched webhooks come back; a revoked key stays revoked", async () => {
    const made = await call({ path: "/api/payments/api-keys", body: {}, key: TEST_KEYS.beta });
    const gone = await call({ path: "/api/payments/api-keys", body: {}, key: TEST_KEYS.beta });
    const path = `/api/payments/api-keys/${String(gone.json["id"])}/revoke`;
    await call({ path, method: "POST", key: TEST_KEYS.beta });
    const jwks = await env.PAYLOAD_KEYS.getByName("gateway").generations();
    const event = { eventKey: freshId(), provider: "acme", event: "x", state: "y" };
    await env.LEDGERS.getByName(BETA).keepUnmatched({ ...event, orderId: "o", refundId: null });
    await backUp();
    await loseEverything(await files());
    await restoreAll();
    const states = (await env.VAULTS.getByName(BETA).listKeys()).map(
      ({ id, revokedAtMs }) => [id, revokedAtMs !== null] as const,
    );
    expect(new Map(states).get(String(made.json["id"]))).toBe(false);
    expect(new Map(states).get(String(gone.json["id"]))).toBe(true);
    const key = { keyId: String(made.json["id"]), secret: String(made.json["secret"]) };
    expect((await call({ path: INITIATE, body: initiateBody(), key })).status).toBe(201);
    expect(await env.PAYLOAD_KEYS.getByName("gateway").generations()).toEqual(jwks);
    expect(await env.LEDGERS.getByName(BETA).unmatched()).toMatchObject([{ orderId: "o" }]);
  });

  it("27: a payment that lay in the archive comes back into its object, as it was", async () => {
    const id = await paidPayment({ message: "for one" });
    for (let turn = 0; turn < 4; turn += 1) await settleDown(ALPHA, [id]);
    const before = await seenAs(id);
    world.offsetMs += 181 * DAY_MS;
    await runDurableObjectAlarm(objectOf(id));
    expect(await env.ARCHIVE.head(`payments/alpha/${id}`)).not.toBeNull();
    await backUp();
    expect(await env.ARCHIVE.head(`payments/alpha/${id}`)).not.toBeNull();
    await loseEverything(await files(), { ids: [id] });
    await restoreAll();
    expect(await seenAs(id)).toEqual(before);
    world.offsetMs += HOUR_MS;
    await runDurableObjectAlarm(objectOf(id));
    expect(await env.ARCHIVE.head(`payments/alpha/${id}`)).toBeNull();
    world.offsetMs += 8 * DAY_MS;
    await runDurableObjectAlarm(objectOf(id));
    expect(await env.ARCHIVE.head(`payments/alpha/${id}`)).not.toBeNull();
    expect(await seenAs(id)).toEqual(before);
  });

  it("GDR-4: who was erased after the backup stays erased in it; of others everything comes back", async () => {
    const [erased, kept] = [freshCustomer(), freshCustomer()];
    const ids = [await personalPayment(erased), await personalPayment(kept)];
    await settleDown(ALPHA, ids);
    await backUp();
    const names = await Promise.all(
      [erased, kept].map(async (id) => `alpha/${await sha256Hex(`customer/${id}`)}`),
    );
    expect((await erase(erased)).json).toMatchObject({ payments: 1, pending: 0 });
    await loseEverything(await files(), { ids, customers: names });
    expect(await restoreAll()).toMatchObject({ value: { payments: { restored: 2, failed: 0 } } });
    for (const id of ids) await alarm(id);
    const lost = await exportOf(erased);
    for (const word of PERSON) expect(lost.text).not.toContain(word);
    const told = await exportOf(kept);
    for (const word of PERSON) expect(told.text).toContain(word);
    expect((await statusOf(ids[0] ?? "")).json).toMatchObject({
      state: "COMPLETED",
      erasedAt: expect.any(Number),
    });
    // The list of the person's payments is whole again: an erasure finds them.
    expect((await erase(kept)).json).toMatchObject({ payments: 1, pending: 0 });
    for (const word of PERSON) expect((await exportOf(kept)).text).not.toContain(word);
  });

  it("I7: the audit log takes up what was sealed after the backup, and its chain verifies", async () => {
    const log = () => env.AUDITS.getByName("alpha");
    await log().append([anEvent("before")]);
    await backUp();
    await log().append([anEvent("sealed")]);
    world.offsetMs += 2 * HOUR_MS;
    await runDurableObjectAlarm(log());
    await log().append([anEvent("gone")]);
    const { head } = await log().keys();
    await loseEverything(await files());
    await restoreAll();
    expect((await log().keys()).head).toEqual(head);
    world.offsetMs += 2 * HOUR_MS;
    await runDurableObjectAlarm(log());
    expect(await log().daily()).toMatchObject({ ok: true });
    expect((await log().keys()).head?.segment).toBe((head?.segment ?? 0) + 1);
    const read = await call({ path: "/api/payments/audit" });
    for (const id of ["before", "sealed"]) expect(read.text).toContain(`"${id}"`);
    expect(read.text).toContain("audit.restored");
    expect(read.text).not.toContain('"gone"');
  });

  it("27: health says when no backup was made for three hours", async () => {
    expect(await job().health()).toEqual({ ok: true, detail: "none made yet" });
    world.offsetMs += 4 * HOUR_MS;
    expect(await job().health()).toMatchObject({ ok: false });
    await backUp();
    expect(await job().health()).toMatchObject({ ok: true });
    world.offsetMs += 4 * HOUR_MS;
    expect(await job().health()).toMatchObject({ ok: false });
  });

  it("GCM-10: a root that closed a backup is in use for as long as the bucket holds that backup", async () => {
    const manifest = await backUp();
    const { keks } = await job().closedBy({ backup: 1 });
    expect(keks).toEqual([expect.stringMatching(/^backup\/.+\/1$/)]);
    await env.BACKUPS.delete(manifest);
    expect((await job().closedBy({ backup: 1 })).keks).toEqual([]);
  });
});
