import * as z from "zod";
import { query } from "../books/books.ts";
import { hmacSha256Hex } from "../books/ids.ts";
import { post } from "../books/webhooks.ts";
import {
  addDue,
  type Link,
  listPayments,
  loadLink,
  loadPayment,
  type Payment,
  type RazorpayBooks,
  razorpayId,
  type Refund,
} from "./books.ts";
import { presentLink, presentOrder, presentPayment, presentRefund } from "./presenters.ts";
import { switchesOf } from "./switches.ts";

/** Webhooks go out at least once: written with the event that causes them, leased while they are under way. */

const LEASE_MS = 10_000;
const RETRY_MS = [2_000, 5_000, 15_000, 60_000, 300_000];

const deliverySchema = z.object({
  deliveryId: z.number(),
  referenceId: z.string(),
  event: z.string(),
  eventId: z.string(),
  url: z.string(),
  body: z.string(),
  state: z.enum(["QUEUED", "DELIVERED", "GAVE_UP", "DROPPED"]),
  tries: z.number(),
  lastHttpStatus: z.number(),
  lastError: z.string(),
  createdAtMs: z.number(),
});
export type RazorpayDelivery = z.infer<typeof deliverySchema>;

export function announceLink(books: RazorpayBooks, link: Link, event: string): void {
  const payments = listPayments(books, link.linkId);
  const captured = payments.find(({ status }) => status === "captured");
  announce(books, link, {
    event: `payment_link.${event}`,
    payload: {
      payment_link: { entity: presentLink(books, link) },
      order: { entity: presentOrder(link, payments) },
      ...(captured ? { payment: { entity: presentPayment(books, link, captured) } } : {}),
    },
  });
}

export function announcePayment(books: RazorpayBooks, link: Link, payment: Payment): void {
  announce(books, link, {
    event: `payment.${payment.status}`,
    payload: { payment: { entity: presentPayment(books, link, payment) } },
  });
}

export function announceRefund(books: RazorpayBooks, refund: Refund, event: string): void {
  const payment = loadPayment(books, refund.paymentId);
  const link = loadLink(books, payment.linkId);
  announce(books, link, {
    event: `refund.${event}`,
    payload: {
      refund: { entity: presentRefund(refund) },
      payment: { entity: presentPayment(books, link, payment) },
    },
  });
}

function announce(
  books: RazorpayBooks,
  link: Link,
  { event, payload }: { event: string; payload: object },
): void {
  const url = books.settings.account?.webhookUrl ?? "";
  if (url === "") return;
  const nowMs = books.nowMs();
  const body = JSON.stringify({
    entity: "event",
    account_id: "acc_sandbox0000001",
    event,
    contains: Object.keys(payload),
    payload,
    created_at: Math.floor(nowMs / 1000),
  });
  const mode = switchesOf(books).webhooks;
  const eventId = razorpayId("evt");
  for (let copy = 0; copy < (mode === "twice" ? 2 : 1); copy += 1) {
    const [row] = query(books, deliverySchema, [
      `INSERT INTO deliveries (referenceId, event, eventId, url, body, state, createdAtMs)
         VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *`,
      link.referenceId,
      event,
      eventId,
      url,
      body,
      mode === "drop" ? "DROPPED" : "QUEUED",
      nowMs,
    ]);
    if (row?.state === "QUEUED") queue(books, row.deliveryId, nowMs);
  }
}

function queue(books: RazorpayBooks, deliveryId: number, atMs: number): void {
  addDue(books, { kind: "delivery", ref: String(deliveryId), atMs });
}

export function listRazorpayDeliveries(
  books: RazorpayBooks,
  referenceId?: string,
): RazorpayDelivery[] {
  return referenceId === undefined
    ? query(books, deliverySchema, ["SELECT * FROM deliveries ORDER BY deliveryId"])
    : query(books, deliverySchema, [
        "SELECT * FROM deliveries WHERE referenceId = ? ORDER BY deliveryId",
        referenceId,
      ]);
}

/** Counts the try and leases it, so that a crash between here and the answer sends it again. */
export function claimRazorpayDelivery(
  books: RazorpayBooks,
  deliveryId: number,
): RazorpayDelivery | undefined {
  const [delivery] = query(books, deliverySchema, [
    "UPDATE deliveries SET tries = tries + 1 WHERE deliveryId = ? AND state = 'QUEUED' RETURNING *",
    deliveryId,
  ]);
  if (delivery !== undefined) queue(books, deliveryId, books.nowMs() + LEASE_MS);
  return delivery;
}

export async function sendRazorpayDelivery(
  books: RazorpayBooks,
  delivery: RazorpayDelivery,
): Promise<void> {
  const wrong = switchesOf(books).webhooks === "wrong-signature";
  const secret = wrong ? "another" : (books.settings.account?.webhookSecret ?? "");
  const outcome = await post(delivery, {
    "content-type": "application/json",
    "user-agent": "Razorpay-Webhook/v1",
    "x-razorpay-event-id": delivery.eventId,
    "x-razorpay-signature": await hmacSha256Hex(secret, delivery.body),
  });
  books.atomically(() => {
    const delivered = outcome.httpStatus >= 200 && outcome.httpStatus < 300;
    const waitMs = RETRY_MS[delivery.tries - 1];
    const retry = !delivered && waitMs !== undefined;
    const state = delivered ? "DELIVERED" : retry ? "QUEUED" : "GAVE_UP";
    books.sql.exec(
      "UPDATE deliveries SET state = ?, lastHttpStatus = ?, lastError = ? WHERE deliveryId = ?",
      state,
      outcome.httpStatus,
      outcome.error,
      delivery.deliveryId,
    );
    books.sql.exec(
      "DELETE FROM due WHERE kind = 'delivery' AND ref = ?",
      String(delivery.deliveryId),
    );
    if (retry) queue(books, delivery.deliveryId, books.nowMs() + waitMs);
  });
}
