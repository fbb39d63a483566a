import { switchesFor } from "./behaviour.ts";
import { addDue, type Books, insert } from "./books.ts";
import { opaqueToken, providerId, randomHex } from "./ids.ts";
import {
  CANCELLED,
  EXPIRED,
  type Failure,
  INSTRUMENT_FACTS,
  type Instrument,
} from "./instruments.ts";
import { findAttempt, findOrder, listAttempts, loadOrder, pendingAttempt } from "./ledger.ts";
import type { Attempt, Order } from "./schema.ts";
import { announceOrder } from "./webhooks.ts";

/**
 * The life of an order (EM-08). Attempts are made while it is PENDING; a failed one leaves it PENDING unless only one was
 * allowed or its time is over; a completed one captures the whole amount, once. Callers wrap each step in
 * `atomically`.
 */

export type NewOrder = Pick<
  Order,
  | "merchantId"
  | "merchantOrderId"
  | "amountPaisa"
  | "flow"
  | "redirectUrl"
  | "callbackUrl"
  | "message"
  | "metaInfo"
  | "modes"
> & { singleAttempt: boolean; expireAfterSec: number };

/** Refuses an id that the merchant used before: the pay call happens at most once (EM-01). */
export function createOrder(books: Books, request: NewOrder): Order | undefined {
  const { singleAttempt, expireAfterSec, ...fields } = request;
  if (findOrder(books, request) !== undefined) return undefined;
  const nowMs = books.nowMs();
  const orderId = providerId("OMO", nowMs);
  const expiresAtMs = nowMs + expireAfterSec * 1000;
  const { merchantId, merchantOrderId } = request;
  insert(books, "orders", {
    ...fields,
    orderId,
    state: "PENDING",
    singleAttempt: singleAttempt ? 1 : 0,
    pageToken: opaqueToken({
      expiresOn: expiresAtMs,
      merchantId,
      merchantOrderId,
      jti: randomHex(8),
    }),
    createdAtMs: nowMs,
    expiresAtMs,
  });
  addDue(books, { kind: "order-expiry", ref: orderId, atMs: expiresAtMs });
  const { template, templateAfterMs } = switchesFor(books, request);
  if (template === "success" || template === "fail" || template === "pending") {
    addDue(books, { kind: "template", ref: orderId, atMs: nowMs + templateAfterMs });
  }
  return loadOrder(books, orderId);
}

export const OUTCOMES = ["success", "fail", "pending", "fail-order", "cancel", "expire"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export type Decision = {
  outcome: Outcome;
  instrument: Instrument;
  failure?: Failure | undefined;
  /** The admin API may complete an order that had failed already: money that comes late. */
  evenIfFailed?: boolean;
};

export type Refused = "already-completed" | "already-failed" | "attempt-pending";

/** Applies what the payer (or the admin API, or a template) decided. Answers why not, or nothing. */
export function decide(books: Books, order: Order, decision: Decision): Refused | undefined {
  if (order.state === "COMPLETED") return "already-completed";
  const late = decision.evenIfFailed === true && decision.outcome === "success";
  if (order.state === "FAILED" && !late) return "already-failed";
  switch (decision.outcome) {
    case "success":
      complete(books, openAttempt(books, order, decision.instrument));
      return undefined;
    case "fail":
      fail(books, openAttempt(books, order, decision.instrument), failureOf(decision));
      return undefined;
    case "pending":
      return leavePending(books, order, decision.instrument);
    case "fail-order":
      endUnpaid(books, order, failureOf(decision));
      return undefined;
    case "cancel":
      endUnpaid(books, order, CANCELLED);
      return undefined;
    default:
      books.sql.exec(
        "UPDATE orders SET expiresAtMs = min(expiresAtMs, ?) WHERE orderId = ?",
        books.nowMs(),
        order.orderId,
      );
      expire(books, order.orderId);
      return undefined;
  }
}

/**
 * The order's time is over. One without a pending attempt fails; a pending attempt may still settle it, unless
 * `lateSuccess` makes the order fail first and be paid afterwards (PP-09).
 */
export function expire(books: Books, orderId: string): void {
  const order = loadOrder(books, orderId);
  if (order.state !== "PENDING") return;
  const waits = pendingAttempt(books, orderId) !== undefined;
  if (waits && !switchesFor(books, order).lateSuccess) return;
  failOrder(books, order, EXPIRED);
}

/** The timer of an attempt that was left pending. */
export function settlePending(books: Books, transactionId: string): void {
  const attempt = findAttempt(books, transactionId);
  if (attempt === undefined || attempt.state !== "PENDING") return;
  const order = loadOrder(books, attempt.orderId);
  const { pendingOutcome } = switchesFor(books, order);
  if (pendingOutcome === "never") return;
  if (pendingOutcome === "success") complete(books, attempt);
  else fail(books, attempt, { errorCode: "BANK_TECHNICAL_ISSUE", detailedErrorCode: "U28" });
}

/** What the merchant's template decides for a new order (EM-16). */
export function applyTemplate(books: Books, orderId: string): void {
  const order = loadOrder(books, orderId);
  const { template } = switchesFor(books, order);
  if (template === "page" || template === "unset") return;
  decide(books, order, { outcome: template, instrument: "UPI" });
}

function openAttempt(books: Books, order: Order, instrument: Instrument): Attempt {
  const open = pendingAttempt(books, order.orderId);
  if (open !== undefined) return open;
  const nowMs = books.nowMs();
  const transactionId = providerId("OM", nowMs);
  insert(books, "attempts", {
    transactionId,
    orderId: order.orderId,
    paymentMode: INSTRUMENT_FACTS[instrument].paymentMode,
    amountPaisa: order.amountPaisa,
    state: "PENDING",
    createdAtMs: nowMs,
  });
  const attempt = findAttempt(books, transactionId);
  if (attempt === undefined) throw new Error(`no attempt ${transactionId}`);
  return attempt;
}

function leavePending(books: Books, order: Order, instrument: Instrument): Refused | undefined {
  if (pendingAttempt(books, order.orderId) !== undefined) return "attempt-pending";
  const { transactionId } = openAttempt(books, order, instrument);
  const { pendingSettleMs } = switchesFor(books, order);
  addDue(books, {
    kind: "attempt-settle",
    ref: transactionId,
    atMs: books.nowMs() + pendingSettleMs,
  });
  return undefined;
}

function complete(books: Books, attempt: Attempt): void {
  const nowMs = books.nowMs();
  const { orderId, transactionId, amountPaisa } = attempt;
  insert(books, "captures", { orderId, transactionId, amountPaisa, capturedAtMs: nowMs });
  books.sql.exec(
    "UPDATE attempts SET state = 'COMPLETED', settledAtMs = ? WHERE transactionId = ?",
    nowMs,
    transactionId,
  );
  books.sql.exec(
    "UPDATE orders SET state = 'COMPLETED', errorCode = '', detailedErrorCode = '' WHERE orderId = ?",
    orderId,
  );
  announceOrder(books, loadOrder(books, orderId), "checkout.order.completed");
}

function fail(books: Books, attempt: Attempt, failure: Failure): void {
  markFailed(books, attempt.transactionId, failure);
  const order = loadOrder(books, attempt.orderId);
  if (order.state !== "PENDING") return;
  if (order.singleAttempt === 1) return failOrder(books, order, failure);
  if (order.expiresAtMs <= books.nowMs()) return failOrder(books, order, EXPIRED);
  announceOrder(books, order, "checkout.transaction.attempt.failed");
}

/** Ends the order whatever retries are left, with its open attempt. */
function endUnpaid(books: Books, order: Order, failure: Failure): void {
  const open = pendingAttempt(books, order.orderId);
  if (open !== undefined) markFailed(books, open.transactionId, failure);
  failOrder(books, order, failure);
}

function markFailed(books: Books, transactionId: string, failure: Failure): void {
  books.sql.exec(
    "UPDATE attempts SET state = 'FAILED', errorCode = ?, detailedErrorCode = ?, settledAtMs = ? WHERE transactionId = ?",
    failure.errorCode,
    failure.detailedErrorCode,
    books.nowMs(),
    transactionId,
  );
}

function failOrder(books: Books, order: Order, failure: Failure): void {
  books.sql.exec(
    "UPDATE orders SET state = 'FAILED', errorCode = ?, detailedErrorCode = ? WHERE orderId = ?",
    failure.errorCode,
    failure.detailedErrorCode,
    order.orderId,
  );
  announceOrder(books, loadOrder(books, order.orderId), "checkout.order.failed");
}

function failureOf(decision: Decision): Failure {
  return decision.failure ?? INSTRUMENT_FACTS[decision.instrument].failure;
}

/** How the paid attempt of an order was paid. */
export function paidBy(books: Books, orderId: string): string {
  const paid = listAttempts(books, orderId).find((attempt) => attempt.state === "COMPLETED");
  return paid?.paymentMode ?? "UPI_QR";
}
