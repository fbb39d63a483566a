import * as z from "zod";
import type { Switches } from "../switches.ts";
import { type Books, query } from "./books.ts";
import { listCalls } from "./calls.ts";
import type { Order } from "./schema.ts";

/** A status API that lags behind its own books: not there yet, or still PENDING for a time or for so many polls. */

export function isTooNew(books: Books, order: Order, { statusNotFoundMs }: Switches): boolean {
  return books.nowMs() < order.createdAtMs + statusNotFoundMs;
}

export function isStale(books: Books, order: Order, switches: Switches): boolean {
  const { statusStaleMs, statusStalePolls } = switches;
  if (order.state === "PENDING" || (statusStaleMs === 0 && statusStalePolls === 0)) return false;
  const endedAtMs = finalAtMs(books, order);
  if (books.nowMs() < endedAtMs + statusStaleMs) return true;
  const polls = listCalls(books, order.merchantOrderId).filter(
    // A call that is being answered has no status yet, and one that a fault swallowed told nobody anything.
    (call) =>
      call.endpoint === "status" && call.httpStatus === 200 && call.receivedAtMs >= endedAtMs,
  );
  return polls.length < statusStalePolls;
}

/** When its last attempt ended; an order without attempts ends by its time. */
function finalAtMs(books: Books, { orderId, expiresAtMs }: Order): number {
  const [row] = query(books, z.object({ atMs: z.number().nullable() }), [
    "SELECT max(settledAtMs) AS atMs FROM attempts WHERE orderId = ?",
    orderId,
  ]);
  return row?.atMs ?? expiresAtMs;
}
