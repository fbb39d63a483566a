import * as z from "zod";
import { type Books, query } from "./books.ts";
import { attemptSchema, orderSchema, refundSchema } from "./schema.ts";
import type { Attempt, Order, Refund } from "./schema.ts";

/** Reading the books. Everything that belongs to a merchant is found only together with the merchant's id. */

export function findOrder(
  books: Books,
  key: { merchantId: string; merchantOrderId: string },
): Order | undefined {
  return query(books, orderSchema, [
    "SELECT * FROM orders WHERE merchantId = ? AND merchantOrderId = ?",
    key.merchantId,
    key.merchantOrderId,
  ])[0];
}

export function findOrderByPageToken(books: Books, pageToken: string): Order | undefined {
  return query(books, orderSchema, ["SELECT * FROM orders WHERE pageToken = ?", pageToken])[0];
}

/** For the admin API, where either side's id is good. */
export function findOrderByAnyId(books: Books, id: string): Order | undefined {
  return query(books, orderSchema, [
    "SELECT * FROM orders WHERE merchantOrderId = ? OR orderId = ? ORDER BY createdAtMs DESC LIMIT 1",
    id,
    id,
  ])[0];
}

/** An order that is known to exist, as it stands now. */
export function loadOrder(books: Books, orderId: string): Order {
  const [order] = query(books, orderSchema, ["SELECT * FROM orders WHERE orderId = ?", orderId]);
  if (order === undefined) throw new Error(`no order ${orderId}`);
  return order;
}

/** Newest first. */
export function listOrders(books: Books, limit: number): Order[] {
  return query(books, orderSchema, [
    "SELECT * FROM orders ORDER BY createdAtMs DESC, orderId LIMIT ?",
    limit,
  ]);
}

/** Newest first, as PhonePe lists them. */
export function listAttempts(books: Books, orderId: string): Attempt[] {
  return query(books, attemptSchema, [
    "SELECT * FROM attempts WHERE orderId = ? ORDER BY createdAtMs DESC, rowid DESC",
    orderId,
  ]);
}

export function findAttempt(books: Books, transactionId: string): Attempt | undefined {
  return query(books, attemptSchema, [
    "SELECT * FROM attempts WHERE transactionId = ?",
    transactionId,
  ])[0];
}

export function pendingAttempt(books: Books, orderId: string): Attempt | undefined {
  return listAttempts(books, orderId).find((attempt) => attempt.state === "PENDING");
}

export function findRefund(
  books: Books,
  key: { merchantId: string; merchantRefundId: string },
): Refund | undefined {
  return query(books, refundSchema, [
    "SELECT * FROM refunds WHERE merchantId = ? AND merchantRefundId = ?",
    key.merchantId,
    key.merchantRefundId,
  ])[0];
}

/** For the admin API, where either side's id is good. */
export function findRefundByAnyId(books: Books, id: string): Refund | undefined {
  return query(books, refundSchema, [
    "SELECT * FROM refunds WHERE merchantRefundId = ? OR refundId = ? ORDER BY createdAtMs DESC LIMIT 1",
    id,
    id,
  ])[0];
}

export function loadRefund(books: Books, refundId: string): Refund {
  const [refund] = query(books, refundSchema, [
    "SELECT * FROM refunds WHERE refundId = ?",
    refundId,
  ]);
  if (refund === undefined) throw new Error(`no refund ${refundId}`);
  return refund;
}

export function listRefunds(books: Books, orderId: string): Refund[] {
  return query(books, refundSchema, [
    "SELECT * FROM refunds WHERE orderId = ? ORDER BY createdAtMs, rowid",
    orderId,
  ]);
}

const sum = z.object({ totalPaisa: z.number().int() });

export function capturedPaisa(books: Books, orderId: string): number {
  const [row] = query(books, sum, [
    "SELECT coalesce(sum(amountPaisa), 0) AS totalPaisa FROM captures WHERE orderId = ?",
    orderId,
  ]);
  return row?.totalPaisa ?? 0;
}

/** What refunds have taken or may still take of an order. */
export function refundedPaisa(books: Books, orderId: string): number {
  const [row] = query(books, sum, [
    "SELECT coalesce(sum(amountPaisa), 0) AS totalPaisa FROM refunds WHERE orderId = ? AND state <> 'FAILED'",
    orderId,
  ]);
  return row?.totalPaisa ?? 0;
}
