import { insert } from "../books/books.ts";
import {
  addDue,
  findPayment,
  findRefund,
  type RazorpayBooks,
  razorpayId,
  refundedPaisa,
  type Refund,
} from "./books.ts";
import { switchesOf } from "./switches.ts";
import { announceRefund } from "./webhooks.ts";

/** Refunds of a captured payment, together never more than it. Receipts may repeat; idempotency keys do not. */

export type NewRefund = {
  paymentId: string;
  /** All that is left, when absent. */
  amountPaisa: number | undefined;
  receipt: string;
  notes: string;
  idempotencyKey: string;
  /** The body as it came: a key goes with one body. */
  request: string;
};

export type RefundRefused = "unknown-payment" | "not-captured" | "exceeds" | "key-reused";
type RefundResult = { ok: true; refund: Refund } | { ok: false; reason: RefundRefused };

export function createRefund(books: RazorpayBooks, request: NewRefund): RefundResult {
  const known =
    request.idempotencyKey === "" ? undefined : findRefund(books, request.idempotencyKey);
  if (known !== undefined) {
    const same = known.request === request.request && known.paymentId === request.paymentId;
    return same ? { ok: true, refund: known } : { ok: false, reason: "key-reused" };
  }
  const payment = findPayment(books, request.paymentId);
  if (payment === undefined) return { ok: false, reason: "unknown-payment" };
  if (payment.status !== "captured") return { ok: false, reason: "not-captured" };
  const left = payment.amountPaisa - refundedPaisa(books, payment);
  const amountPaisa = request.amountPaisa ?? left;
  if (amountPaisa > left || amountPaisa < 1) return { ok: false, reason: "exceeds" };
  return { ok: true, refund: start(books, { ...request, amountPaisa }) };
}

function start(books: RazorpayBooks, request: NewRefund & { amountPaisa: number }): Refund {
  const refundId = razorpayId("rfnd");
  const { refundMode, refundAfterMs } = switchesOf(books);
  insert(books, "refunds", {
    ...request,
    refundId,
    status: "pending",
    createdAtMs: books.nowMs(),
  });
  announceRefund(books, loadRefund(books, refundId), "created");
  if (refundMode === "at-once") moveRefund(books, loadRefund(books, refundId), "processed");
  else addDue(books, { kind: "refund-end", ref: refundId, atMs: books.nowMs() + refundAfterMs });
  return loadRefund(books, refundId);
}

/** The timer of a refund. */
export function endRefund(books: RazorpayBooks, refundId: string): void {
  const { refundMode } = switchesOf(books);
  if (refundMode === "stay-pending") return;
  moveRefund(books, loadRefund(books, refundId), refundMode === "fail" ? "failed" : "processed");
}

export function moveRefund(
  books: RazorpayBooks,
  refund: Refund,
  status: "processed" | "failed",
): "refused" | "done" {
  if (refund.status !== "pending") return "refused";
  books.sql.exec("UPDATE refunds SET status = ? WHERE refundId = ?", status, refund.refundId);
  announceRefund(books, loadRefund(books, refund.refundId), status);
  return "done";
}

function loadRefund(books: RazorpayBooks, refundId: string): Refund {
  const refund = findRefund(books, refundId);
  if (refund === undefined) throw new Error(`no refund ${refundId}`);
  return refund;
}
