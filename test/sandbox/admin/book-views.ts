import * as z from "zod";
import { type Books, query } from "../books/books.ts";
import { countCalls, listCalls } from "../books/calls.ts";
import { listAttempts, listOrders, listRefunds } from "../books/ledger.ts";
import type { Order } from "../books/schema.ts";
import { listDeliveries } from "../books/webhooks.ts";

/** The books as the tests read them: the oracle. */

const MAX_ORDERS = 10_000;

const captureSchema = z.object({
  orderId: z.string(),
  transactionId: z.string(),
  amountPaisa: z.number(),
  capturedAtMs: z.number(),
});

export function orderView(books: Books, order: Order): object {
  const captures = query(books, captureSchema, [
    "SELECT * FROM captures WHERE orderId = ?",
    order.orderId,
  ]);
  const ours = (row: { merchantId: string }) =>
    row.merchantId === order.merchantId || row.merchantId === ""; // version 1 calls name nobody
  const calls = listCalls(books, order.merchantOrderId).filter((call) => ours(call));
  return {
    ...orderRow(order),
    attempts: listAttempts(books, order.orderId),
    captures,
    refunds: listRefunds(books, order.orderId),
    calls,
    payCalls: calls.filter((call) => call.endpoint === "pay").length,
    webhooks: listDeliveries(books, order.merchantOrderId).filter((row) => ours(row)),
  };
}

export function booksView(books: Books): object {
  const orders = listOrders(books, MAX_ORDERS);
  return {
    totals: totals(books),
    calls: countCalls(books),
    tokenRequests: countCalls(books)["oauth"] ?? 0,
    orders: orders.map((order) => orderRow(order)),
    captures: query(books, captureSchema, ["SELECT * FROM captures ORDER BY capturedAtMs"]),
    refunds: orders.flatMap((order) => listRefunds(books, order.orderId)),
    webhooks: listDeliveries(books).map((delivery) => ({ ...delivery, body: undefined })),
  };
}

function orderRow(order: Order): object {
  const { metaInfo, modes, singleAttempt, ...rest } = order;
  return {
    ...rest,
    metaInfo: metaInfo === "" ? {} : JSON.parse(metaInfo),
    modes: modes.split(","),
    singleAttempt: singleAttempt === 1,
    pagePath: `/transact/uat_v2?token=${order.pageToken}`,
  };
}

const sumSchema = z.object({ count: z.number(), amountPaisa: z.number() });

function totals(books: Books): object {
  const sum = (from: string) =>
    query(books, sumSchema, [
      `SELECT count(*) AS count, coalesce(sum(amountPaisa), 0) AS amountPaisa FROM ${from}`,
    ])[0];
  return {
    orders: sum("orders"),
    captures: sum("captures"),
    refundsCompleted: sum("refunds WHERE state = 'COMPLETED'"),
    refundsOpen: sum("refunds WHERE state IN ('PENDING', 'CONFIRMED')"),
  };
}
