import type { Merchant } from "../settings.ts";
import { switchesFor } from "./behaviour.ts";
import { addDue, type Books, query } from "./books.ts";
import { base64Encode, hmacSha256Hex, sha256Hex } from "./ids.ts";
import { listAttempts } from "./ledger.ts";
import { findMerchant } from "./merchants.ts";
import { orderPayload, presentRefund } from "./presenters.ts";
import { type Delivery, deliverySchema, type Order, type Refund } from "./schema.ts";
import { v1Callback } from "./v1-presenter.ts";

/**
 * Webhooks go out at once and at least once: the delivery is written with the event that causes it, and a copy that dies
 * with the process is sent again when its lease runs out.
 */

const TIMEOUT_MS = 5000;
const LEASE_MS = 10_000;
const FORGED_EXTRA_PAISA = 100;
/** What real PhonePe sends; some firewalls stumble over it (PP-06). */
const USER_AGENT = "Java/1.8.0_302";

export type OrderEvent =
  | "checkout.order.completed"
  | "checkout.order.failed"
  | "checkout.transaction.attempt.failed";
export type RefundEvent = "pg.refund.accepted" | "pg.refund.completed" | "pg.refund.failed";

type Envelope = { event: OrderEvent | RefundEvent; payload: object; wrapper: boolean };
type Subject = {
  merchantId: string;
  merchantOrderId: string;
  merchantRefundId: string;
  callbackUrl: string; // version 1 only: version 2 has one URL per merchant
};

export function announceOrder(books: Books, order: Order, event: OrderEvent): void {
  const subject = { ...order, merchantRefundId: "" };
  if (order.flow === "V1") {
    if (event === "checkout.transaction.attempt.failed") return; // version 1 tells of ends only
    announceV1(books, subject, v1Callback(order, listAttempts(books, order.orderId)[0]));
    return;
  }
  const { webhookModes } = switchesFor(books, order);
  const amountPaisa =
    order.amountPaisa + (webhookModes.includes("forged-amount") ? FORGED_EXTRA_PAISA : 0);
  const attempts = listAttempts(books, order.orderId).slice(0, 1);
  const payload = orderPayload(order, attempts, amountPaisa);
  announce(books, subject, { event, payload, wrapper: true });
}

export function announceRefund(
  books: Books,
  refund: Refund,
  about: { event: RefundEvent; paidBy: string },
): void {
  const switches = switchesFor(books, refund);
  const forged = switches.webhookModes.includes("forged-amount") ? FORGED_EXTRA_PAISA : 0;
  const payload = presentRefund(refund, {
    body: switches.refundBody,
    paidBy: about.paidBy,
    amountPaisa: refund.amountPaisa + forged,
  });
  announce(books, refund, { event: about.event, payload, wrapper: switches.refundWebhookWrapper });
}

/** Version 1 signs the body, so only delay, duplicate and drop apply to it. */
export function announceV1(books: Books, subject: Subject, callback: object): void {
  const body = JSON.stringify({ response: base64Encode(JSON.stringify(callback)) });
  store(books, subject, { event: "v1.callback", url: subject.callbackUrl, body, auth: "v1" });
}

function announce(books: Books, subject: Subject, envelope: Envelope): void {
  const merchant = findMerchant(books, subject.merchantId);
  if (merchant === undefined || merchant.webhookUrl === "") return;
  const { webhookModes } = switchesFor(books, subject);
  const type = webhookModes.includes("no-type")
    ? {}
    : { type: envelope.event.toUpperCase().replaceAll(".", "_") };
  const message = envelope.wrapper
    ? { ...type, event: envelope.event, payload: envelope.payload }
    : envelope.payload;
  const text = JSON.stringify(message);
  const body = webhookModes.includes("bad-json") ? text.slice(0, -3) : text;
  store(books, subject, {
    event: envelope.event,
    url: merchant.webhookUrl,
    body,
    auth: authOf(webhookModes),
  });
}

type Draft = Pick<Delivery, "event" | "url" | "body" | "auth">;

function store(books: Books, subject: Subject, draft: Draft): void {
  const switches = switchesFor(books, subject);
  const dropped = switches.webhookModes.includes("drop");
  const copies = switches.webhookModes.includes("duplicate") && !dropped ? 2 : 1;
  const nowMs = books.nowMs();
  for (let copy = 0; copy < copies; copy += 1) {
    const waitMs = delayOf(books, subject);
    const { deliveryId } = insertDelivery(books, subject, {
      ...draft,
      state: dropped ? "DROPPED" : "QUEUED",
      retryMs: JSON.stringify(switches.webhookRetryMs),
      createdAtMs: nowMs,
    });
    if (!dropped)
      addDue(books, { kind: "delivery", ref: String(deliveryId), atMs: nowMs + waitMs });
  }
}

function insertDelivery(
  books: Books,
  subject: Subject,
  draft: Draft & Pick<Delivery, "state" | "retryMs" | "createdAtMs">,
): Delivery {
  const [row] = query(books, deliverySchema, [
    `INSERT INTO deliveries (merchantId, merchantOrderId, merchantRefundId, event, url, body, auth, state, retryMs,
       createdAtMs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
    subject.merchantId,
    subject.merchantOrderId,
    subject.merchantRefundId,
    draft.event,
    draft.url,
    draft.body,
    draft.auth,
    draft.state,
    draft.retryMs,
    draft.createdAtMs,
  ]);
  if (row === undefined) throw new Error("the delivery was not written");
  return row;
}

/** `reorder` holds back every other message about an order, so that each overtakes the one before it. */
function delayOf(books: Books, subject: Subject): number {
  const switches = switchesFor(books, subject);
  if (switches.webhookModes.includes("delay")) return switches.webhookDelayMs;
  if (!switches.webhookModes.includes("reorder")) return 0;
  const before = query(books, deliverySchema, [
    "SELECT * FROM deliveries WHERE merchantId = ? AND merchantOrderId = ?",
    subject.merchantId,
    subject.merchantOrderId,
  ]).length;
  return before % 2 === 0 ? switches.webhookDelayMs : 0;
}

function authOf(modes: string[]): Delivery["auth"] {
  if (modes.includes("wrong-auth")) return "wrong";
  return modes.includes("hmac") ? "hmac" : "sha";
}

export function listDeliveries(books: Books, merchantOrderId?: string): Delivery[] {
  return merchantOrderId === undefined
    ? query(books, deliverySchema, ["SELECT * FROM deliveries ORDER BY deliveryId"])
    : query(books, deliverySchema, [
        "SELECT * FROM deliveries WHERE merchantOrderId = ? ORDER BY deliveryId",
        merchantOrderId,
      ]);
}

/** Claims one delivery: counts the try and leases it, so that a crash between here and the answer sends it again. */
export function claimDelivery(books: Books, deliveryId: number): Delivery | undefined {
  const nowMs = books.nowMs();
  const [delivery] = query(books, deliverySchema, [
    `UPDATE deliveries SET tries = tries + 1, lastTryAtMs = ? WHERE deliveryId = ? AND state = 'QUEUED' RETURNING *`,
    nowMs,
    deliveryId,
  ]);
  if (delivery !== undefined) {
    addDue(books, { kind: "delivery", ref: String(deliveryId), atMs: nowMs + LEASE_MS });
  }
  return delivery;
}

/** Sends a claimed delivery and writes down what came of it. */
export async function sendDelivery(books: Books, delivery: Delivery): Promise<void> {
  const merchant = findMerchant(books, delivery.merchantId);
  const outcome =
    merchant === undefined
      ? { httpStatus: 0, error: "the merchant is gone" }
      : await post(delivery, await headersFor(delivery, merchant));
  books.atomically(() => recordTry(books, delivery, outcome));
}

type TryOutcome = { httpStatus: number; error: string };

export async function post(
  delivery: Pick<Delivery, "url" | "body">,
  headers: Record<string, string>,
): Promise<TryOutcome> {
  try {
    const response = await fetch(delivery.url, {
      method: "POST",
      headers,
      body: delivery.body,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return { httpStatus: response.status, error: "" };
  } catch (error) {
    return { httpStatus: 0, error: error instanceof Error ? error.message : String(error) };
  }
}

function recordTry(books: Books, delivery: Delivery, outcome: TryOutcome): void {
  const { deliveryId } = delivery;
  const delivered = outcome.httpStatus >= 200 && outcome.httpStatus < 300;
  const waits: unknown = JSON.parse(delivery.retryMs);
  const waitMs: unknown = Array.isArray(waits) ? waits[delivery.tries - 1] : undefined;
  const retry = !delivered && typeof waitMs === "number";
  const state = delivered ? "DELIVERED" : retry ? "QUEUED" : "GAVE_UP";
  books.sql.exec(
    "UPDATE deliveries SET state = ?, lastHttpStatus = ?, lastError = ? WHERE deliveryId = ?",
    state,
    outcome.httpStatus,
    outcome.error,
    deliveryId,
  );
  books.sql.exec("DELETE FROM due WHERE kind = 'delivery' AND ref = ?", String(deliveryId));
  if (retry) {
    addDue(books, { kind: "delivery", ref: String(deliveryId), atMs: books.nowMs() + waitMs });
  }
}

async function headersFor(delivery: Delivery, merchant: Merchant): Promise<Record<string, string>> {
  const common = { "content-type": "application/json", "user-agent": USER_AGENT };
  switch (delivery.auth) {
    case "sha": {
      const pair = `${merchant.webhookUsername}:${merchant.webhookPassword}`;
      return { ...common, authorization: await sha256Hex(pair) };
    }
    case "wrong":
      return { ...common, authorization: await sha256Hex("someone:else") };
    case "hmac":
      return {
        ...common,
        "x-phonepe-checksum-key-id": merchant.webhookHmacKeyId,
        "x-phonepe-checksum-signature": await hmacSha256Hex(
          merchant.webhookHmacSecret,
          delivery.body,
        ),
      };
    default: {
      const [, response] = /"response":"([^"]*)"/.exec(delivery.body) ?? [];
      const digest = await sha256Hex(`${response ?? ""}${merchant.saltKey}`);
      return { ...common, "x-verify": `${digest}###${merchant.saltIndex}` };
    }
  }
}
