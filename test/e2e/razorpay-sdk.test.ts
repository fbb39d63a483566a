import { setTimeout as sleep } from "node:timers/promises";
import Razorpay from "razorpay";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { makeOutbound } from "../../src/providers/outbound.ts";
import { type OurRazorpayClient, ourRazorpayClient } from "./our-razorpay-client.ts";
import { type Receiver, startReceiver } from "./receiver.ts";
import { type SandboxProcess, startSandbox } from "./sandbox-process.ts";

/**
 * Razorpay's own client as the judge of the sandbox, and our client against it over real HTTP. The sandbox's books
 * say in the end what was done.
 */

const ACCOUNT = { keyId: "rzp_test_sdk", keySecret: "sdk-secret", webhookSecret: "sdk-hook" };
const AMOUNT_PAISA = 49_900;
const RETURN_URL = "https://shop.example/return?order=1";

let hook: Receiver;
let sandbox: SandboxProcess;
let sdk: Razorpay;

beforeAll(async () => {
  hook = await startReceiver();
  sandbox = await startSandbox({
    merchant: { clientId: "c", clientSecret: "s" },
    webhookUrl: "",
    vars: {
      SANDBOX_RAZORPAY: JSON.stringify(ACCOUNT),
      RAZORPAY_WEBHOOK_URL: hook.url,
    },
  });
  sdk = sdkWith(ACCOUNT.keySecret);
});

afterAll(async () => {
  await sandbox?.stop();
  hook?.close();
});

beforeEach(() => admin("POST", "/reset"));

/** Its address is not an option of the client: it is set where the client keeps it. */
function sdkWith(keySecret: string): Razorpay {
  const client = new Razorpay({ key_id: ACCOUNT.keyId, key_secret: keySecret });
  Object(client).api.rq.defaults.baseURL = `${sandbox.origin}/razorpay`;
  return client;
}

const admin = (method: string, path: string, body?: object) =>
  sandbox.admin(method, `/razorpay/admin${path}`, body);
const settle = (id: string, outcome: string) =>
  admin("POST", `/links/${id}/settle`, { outcome, method: "upi" });
const switches = (values: object) => admin("PUT", "/switches", { switches: values });
const fault = (endpoint: string, kind: string, more: object = {}) =>
  admin("POST", "/faults", { endpoint, kind, ...more });

const linksSchema = z.object({ payment_links: z.array(z.object({ id: z.string() })) });
const linkSchema = z.object({
  status: z.string(),
  shortUrl: z.string(),
  captures: z.array(z.object({ paymentId: z.string() })),
  refunds: z.array(z.object({ amountPaisa: z.number(), status: z.string() })),
  calls: z.array(z.object({ endpoint: z.string(), httpStatus: z.number() })),
});
const bookedLink = async (id: string) => linkSchema.parse(await admin("GET", `/links/${id}`));

let made = 0;
const newId = (prefix: string) => `${prefix}_${Date.now()}_${(made += 1)}`;
const inMinutes = (minutes: number) => Math.floor(Date.now() / 1_000) + minutes * 60;

const request = (reference_id: string) => ({
  amount: AMOUNT_PAISA,
  currency: "INR",
  accept_partial: false,
  reference_id,
  expire_by: inMinutes(20),
  description: "An order",
  customer: {},
  notes: { merchant_order_id: reference_id },
  callback_url: RETURN_URL,
  callback_method: "get",
});

async function until<T>(look: () => Promise<T>, done: (value: T) => boolean): Promise<T> {
  for (let turn = 0; turn < 100; turn += 1) {
    const value = await look();
    if (done(value)) return value;
    await sleep(50);
  }
  throw new Error("it did not come to that");
}

describe("Razorpay's own client", () => {
  test("a link is created, fetched and found by its reference", async () => {
    const reference = newId("ord");
    const created = await sdk.paymentLink.create(request(reference));
    expect(created).toMatchObject({
      id: expect.stringMatching(/^plink_[A-Za-z0-9]{14}$/),
      amount: AMOUNT_PAISA,
      amount_paid: 0,
      status: "created",
      reference_id: reference,
      payments: null,
    });
    expect(created.short_url).toContain(`${sandbox.origin}/razorpay/l/plink_`);
    expect(await sdk.paymentLink.fetch(created.id)).toEqual(created);
    await sdk.paymentLink.create(request(newId("ord")));
    // Its types know nothing of this parameter, which it passes on.
    const query: object = { reference_id: reference };
    const listed = linksSchema.parse(await sdk.paymentLink.all(query));
    expect(listed.payment_links.map(({ id }) => id)).toEqual([created.id]);
  });

  test("a used reference is refused, and so is a link of less than 15 minutes", async () => {
    const reference = newId("ord");
    await sdk.paymentLink.create(request(reference));
    await expect(sdk.paymentLink.create(request(reference))).rejects.toMatchObject({
      statusCode: 400,
      error: { code: "BAD_REQUEST_ERROR", description: expect.stringContaining("already exists") },
    });
    const short = { ...request(newId("ord")), expire_by: inMinutes(14) };
    await expect(sdk.paymentLink.create(short)).rejects.toMatchObject({
      error: { field: "expire_by" },
    });
  });

  test("wrong keys are refused with 401", async () => {
    await expect(
      sdkWith("another").paymentLink.create(request(newId("ord"))),
    ).rejects.toMatchObject({ statusCode: 401, error: { description: "Authentication failed" } });
  });

  test("a link is paid, refunded in parts, and never beyond what was paid", async () => {
    await switches({ refundMode: "at-once" });
    const { id } = await sdk.paymentLink.create(request(newId("ord")));
    await settle(id, "success");
    expect(await sdk.paymentLink.fetch(id)).toMatchObject({
      status: "paid",
      amount_paid: AMOUNT_PAISA,
      payments: [{ status: "captured", method: "upi" }],
    });
    const [captured] = (await bookedLink(id)).captures;
    const paymentId = captured?.paymentId ?? "";
    expect(await sdk.payments.fetch(paymentId)).toMatchObject({ captured: true, amount: 49_900 });
    const refund = await sdk.payments.refund(paymentId, { amount: 10_000, receipt: "r1" });
    expect(refund).toMatchObject({ status: "processed", receipt: "r1", payment_id: paymentId });
    await expect(sdk.payments.refund(paymentId, { amount: 39_901 })).rejects.toMatchObject({
      statusCode: 400,
    });
    await sdk.payments.refund(paymentId, { amount: 39_900 });
    const { items } = await sdk.payments.fetchMultipleRefund(paymentId, {});
    expect(new Set(items.map(({ amount }) => amount))).toEqual(new Set([10_000, 39_900]));
    expect(await sdk.refunds.fetch(refund.id)).toEqual(refund);
  });

  test("a link is cancelled once", async () => {
    const { id } = await sdk.paymentLink.create(request(newId("ord")));
    expect(await sdk.paymentLink.cancel(id)).toMatchObject({ status: "cancelled" });
    await expect(sdk.paymentLink.cancel(id)).rejects.toMatchObject({ statusCode: 400 });
  });

  test("webhooks carry a signature that it accepts", async () => {
    const before = hook.received.length;
    const { id } = await sdk.paymentLink.create(request(newId("ord")));
    await settle(id, "success");
    const arrived = await until(
      async () => hook.received.slice(before),
      ({ length }) => length >= 2,
    );
    for (const { body, headers } of arrived) {
      const signature = headers.get("x-razorpay-signature") ?? "";
      const { webhookSecret } = ACCOUNT;
      expect(Razorpay.validateWebhookSignature(body, signature, webhookSecret)).toBe(true);
      expect(Razorpay.validateWebhookSignature(`${body} `, signature, webhookSecret)).toBe(false);
      expect(headers.get("x-razorpay-event-id")).toMatch(/^evt_/);
    }
    expect(new Set(arrived.map(({ body }) => JSON.parse(body).event))).toEqual(
      new Set(["payment.captured", "payment_link.paid"]),
    );
  });

  test("the pay page takes a payment and leads back with the link's signature", async () => {
    const reference = newId("ord");
    const { id, short_url: url } = await sdk.paymentLink.create(request(reference));
    expect(await (await fetch(url)).text()).toContain('id="pay-success"');
    const body = new URLSearchParams({ outcome: "success", method: "card" });
    const page = await (await fetch(url, { method: "POST", body })).text();
    const back = new URL(
      /id="back" href="([^"]+)"/.exec(page)?.[1]?.replaceAll("&amp;", "&") ?? "",
    );
    expect(back.origin + back.pathname).toBe("https://shop.example/return");
    expect(back.searchParams.get("order")).toBe("1");
    const read = (name: string) => back.searchParams.get(name) ?? "";
    const signed = [id, reference, "paid", read("razorpay_payment_id")].join("|");
    const signature = read("razorpay_signature");
    expect(Razorpay.validateWebhookSignature(signed, signature, ACCOUNT.keySecret)).toBe(true);
  });
});

describe("our client", () => {
  const outbound = makeOutbound((url, init) => fetch(url, init), { plainHttpTo: "loopback" });
  const ourClient = (keySecret = ACCOUNT.keySecret): OurRazorpayClient =>
    ourRazorpayClient({
      // Unhurried waits are the unit tests' matter: a fault that hangs is cut off here.
      guarded: (_operation, call) => outbound({ ...call, timeoutMs: 1_500 }),
      nowMs: () => Date.now(),
      url: `${sandbox.origin}/razorpay`,
      credentials: { ...ACCOUNT, keySecret },
    });
  const order = { redirectUrl: RETURN_URL, expireAfterSec: 300, metaInfo: { udf1: "x" } };
  const payCommand = (id = newId("ord")) => ({
    providerOrderId: id,
    amountPaisa: AMOUNT_PAISA,
    order,
  });
  const refundCommand = ({ providerOrderId }: ReturnType<typeof payCommand>) => ({
    merchantRefundId: newId("rfd"),
    providerOrderId,
    amountPaisa: 10_000,
  });

  async function paid(id?: string) {
    const command = payCommand(id);
    const outcome = await ourClient().pay(command);
    expect(outcome).toMatchObject({ type: "accepted" });
    const ref = outcome.providerRef ?? "";
    await settle(ref, "success");
    return { command, ref };
  }

  test.each(["ord", "x".repeat(45)])(
    "an order named %s is placed, paid and refunded",
    async (name) => {
      const client = ourClient();
      const { command, ref } = await paid(newId(name));
      const { providerOrderId } = command;
      expect(await client.orderStatus(providerOrderId)).toMatchObject({
        type: "found",
        report: {
          state: "COMPLETED",
          amountPaisa: AMOUNT_PAISA,
          providerOrderId,
          providerRef: ref,
          paymentDetails: [{ paymentMode: "UPI", state: "COMPLETED" }],
        },
      });
      await switches({ refundMode: "at-once" });
      const refund = refundCommand(command);
      expect(await client.refundStatus(refund)).toEqual({ type: "not_found" });
      const placed = await client.refund(refund);
      expect(placed).toMatchObject({ type: "accepted" });
      // I3: the same refund again is the same refund.
      expect(await client.refund(refund)).toEqual(placed);
      expect(await client.refundStatus(refund)).toMatchObject({
        type: "found",
        report: { state: "COMPLETED", amountPaisa: 10_000, ...idsOf(refund) },
      });
      expect((await bookedLink(ref)).refunds).toHaveLength(1);
    },
  );

  function idsOf({ merchantRefundId, providerOrderId }: ReturnType<typeof refundCommand>) {
    return { merchantRefundId, providerOrderId };
  }

  test.each([
    ["fail", "PENDING"],
    ["cancel", "FAILED"],
    ["expire", "EXPIRED"],
  ])("I4: after %s the order is %s", async (outcome, state) => {
    const command = payCommand();
    await ourClient().pay(command);
    await settle(command.providerOrderId, outcome);
    expect(await ourClient().orderStatus(command.providerOrderId)).toMatchObject({
      report: { state },
    });
  });

  test("I2: money that comes after the end is seen", async () => {
    const command = payCommand();
    await ourClient().pay(command);
    await settle(command.providerOrderId, "expire");
    await settle(command.providerOrderId, "success");
    expect(await ourClient().orderStatus(command.providerOrderId)).toMatchObject({
      report: { state: "COMPLETED" },
    });
  });

  test.each(["plain", "vague"])(
    "I9: a %s refusal of a used id means that it exists",
    async (duplicateWords) => {
      await switches({ duplicateWords });
      const command = payCommand();
      await ourClient().pay(command);
      expect(await ourClient().pay(command)).toEqual({ type: "exists" });
    },
  );

  test("a refusal of what the order says is a rejection", async () => {
    await switches({ linkLifeSecMin: 7_200 });
    const command = payCommand();
    expect(await ourClient().pay(command)).toEqual({
      type: "rejected",
      code: "input_validation_failed",
    });
    expect(await ourClient().orderStatus(command.providerOrderId)).toEqual({ type: "not_found" });
  });

  test("wrong keys make nothing", async () => {
    const command = payCommand();
    expect(await ourClient("another").pay(command)).toEqual({
      type: "not_sent",
      reason: "http_401",
    });
    expect(await ourClient("another").orderStatus(command.providerOrderId)).toMatchObject({
      type: "unreachable",
    });
  });

  test("I9: a list that pays no heed to the filter is no proof of absence", async () => {
    await ourClient().pay(payCommand());
    await switches({ listFilter: "ignored" });
    const id = newId("ord");
    expect(await ourClient().orderStatus(id)).toEqual({
      type: "unreachable",
      reason: "other_links",
    });
  });

  test("a list without payments costs one more call, no knowledge", async () => {
    const { command } = await paid();
    await switches({ listPayments: "empty" });
    expect(await ourClient().orderStatus(command.providerOrderId)).toMatchObject({
      report: { state: "COMPLETED", paymentDetails: [{ state: "COMPLETED" }] },
    });
    expect(await ourClient().refund(refundCommand(command))).toMatchObject({ type: "accepted" });
  });

  /** What each fault leaves in the books, and what may be said of it. */
  test.each([
    { kind: "timeout-before", says: "unknown", exists: false },
    { kind: "timeout-after", says: "unknown", exists: true },
    { kind: "500", says: "unknown", exists: false },
    { kind: "500-after", says: "unknown", exists: true },
    { kind: "503-after", says: "unknown", exists: true },
    { kind: "html-after", says: "unknown", exists: true },
    { kind: "reset", says: "unknown", exists: false },
    { kind: "reset-after", says: "unknown", exists: true },
    { kind: "truncated", says: "unknown", exists: true },
    { kind: "empty", says: "unknown", exists: true },
    { kind: "401", says: "not_sent", exists: false },
    { kind: "429", says: "not_sent", exists: false },
  ])("I6: $kind on create is $says, and a look tells the rest", async ({ kind, says, exists }) => {
    const command = payCommand();
    await fault("link-create", kind, { merchantOrderId: command.providerOrderId, delayMs: 2_500 });
    expect((await ourClient().pay(command)).type).toBe(says);
    const look = await ourClient().orderStatus(command.providerOrderId);
    expect(look.type).toBe(exists ? "found" : "not_found");
  });

  test.each([
    { kind: "500-after", says: "unknown", made: 1 },
    { kind: "reset-after", says: "unknown", made: 1 },
    { kind: "500", says: "unknown", made: 0 },
    { kind: "429", says: "not_sent", made: 0 },
  ])(
    "I3: $kind on refund is $says, and the repeat makes one refund",
    async ({ kind, says, made: count }) => {
      const { command, ref } = await paid();
      const refund = refundCommand(command);
      await fault("refund", kind);
      expect((await ourClient().refund(refund)).type).toBe(says);
      expect((await bookedLink(ref)).refunds).toHaveLength(count);
      expect(await ourClient().refund(refund)).toMatchObject({ type: "accepted" });
      expect((await bookedLink(ref)).refunds).toHaveLength(1);
    },
  );

  test.each(["500", "html", "reset", "empty", "truncated", "429", "401"])(
    "I9: %s on the list is never a missing order",
    async (kind) => {
      await fault("link-list", kind);
      const id = newId("ord");
      expect(await ourClient().orderStatus(id)).toMatchObject({ type: "unreachable" });
    },
  );
});
