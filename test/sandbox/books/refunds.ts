import { switchesFor } from "./behaviour.ts";
import { addDue, type Books, insert } from "./books.ts";
import { providerId } from "./ids.ts";
import type { Failure } from "./instruments.ts";
import {
  capturedPaisa,
  findOrder,
  findRefund,
  listRefunds,
  loadRefund,
  refundedPaisa,
} from "./ledger.ts";
import { paidBy } from "./orders.ts";
import type { Refund, RefundState } from "./schema.ts";
import { v1RefundAnswer } from "./v1-presenter.ts";
import { announceRefund, announceV1, type RefundEvent } from "./webhooks.ts";

/** Refunds (contract 5, EM-10). Never more than was captured, never two of one order at a time. */

export type NewRefund = Pick<
  Refund,
  "merchantId" | "merchantRefundId" | "merchantOrderId" | "amountPaisa" | "callbackUrl"
>;

export type RefundRefused =
  | "duplicate-id"
  | "unknown-order"
  | "not-eligible"
  | "exceeds"
  | "in-progress";

export type RefundResult = { ok: true; refund: Refund } | { ok: false; reason: RefundRefused };

export function createRefund(books: Books, request: NewRefund): RefundResult {
  if (findRefund(books, request) !== undefined) return { ok: false, reason: "duplicate-id" };
  const order = findOrder(books, request);
  if (order === undefined) return { ok: false, reason: "unknown-order" };
  if (order.state !== "COMPLETED") return { ok: false, reason: "not-eligible" };
  const left = capturedPaisa(books, order.orderId) - refundedPaisa(books, order.orderId);
  if (request.amountPaisa > left) return { ok: false, reason: "exceeds" };
  const open = listRefunds(books, order.orderId).some((refund) => !isFinal(refund.state));
  if (open) return { ok: false, reason: "in-progress" };

  const nowMs = books.nowMs();
  const refundId = providerId("OMR", nowMs);
  insert(books, "refunds", {
    ...pickNew(request),
    refundId,
    orderId: order.orderId,
    state: "PENDING",
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  });
  scheduleStep(books, loadRefund(books, refundId));
  return { ok: true, refund: loadRefund(books, refundId) };
}

/** The timer: one step from PENDING towards the end that the switches name. Nothing happens to a finished refund. */
export function stepRefund(books: Books, refundId: string): void {
  const refund = loadRefund(books, refundId);
  const next = nextState(refund.state, switchesFor(books, refund).refundMode);
  if (next === undefined) return;
  moveRefund(books, refund, { state: next });
  if (!isFinal(next)) scheduleStep(books, loadRefund(books, refundId));
}

const BANK_FAILURE: Failure = { errorCode: "BANK_TECHNICAL_ISSUE", detailedErrorCode: "U28" };

const EVENTS: Record<Exclude<RefundState, "PENDING">, RefundEvent> = {
  CONFIRMED: "pg.refund.accepted",
  COMPLETED: "pg.refund.completed",
  FAILED: "pg.refund.failed",
};

/** Moves a refund and tells the merchant. A refund that has ended stays as it is. */
export function moveRefund(
  books: Books,
  refund: Refund,
  to: { state: Exclude<RefundState, "PENDING">; failure?: Failure | undefined },
): boolean {
  if (isFinal(refund.state) || refund.state === to.state) return false;
  const failure = to.state === "FAILED" ? (to.failure ?? BANK_FAILURE) : undefined;
  books.sql.exec(
    "UPDATE refunds SET state = ?, errorCode = ?, detailedErrorCode = ?, updatedAtMs = ? WHERE refundId = ?",
    to.state,
    failure?.errorCode ?? "",
    failure?.detailedErrorCode ?? "",
    books.nowMs(),
    refund.refundId,
  );
  const moved = loadRefund(books, refund.refundId);
  if (moved.callbackUrl !== "") {
    if (isFinal(moved.state)) announceV1(books, moved, v1RefundAnswer(moved));
    return true;
  }
  announceRefund(books, moved, { event: EVENTS[to.state], paidBy: paidBy(books, moved.orderId) });
  return true;
}

function nextState(
  state: RefundState,
  mode: "complete" | "stay-pending" | "stay-confirmed" | "fail" | "no-confirmed",
): Exclude<RefundState, "PENDING"> | undefined {
  if (isFinal(state) || mode === "stay-pending") return undefined;
  if (state === "PENDING" && mode !== "no-confirmed") return "CONFIRMED";
  if (mode === "stay-confirmed") return undefined;
  return mode === "fail" ? "FAILED" : "COMPLETED";
}

function scheduleStep(books: Books, refund: Refund): void {
  const { refundStepMs } = switchesFor(books, refund);
  addDue(books, { kind: "refund-step", ref: refund.refundId, atMs: books.nowMs() + refundStepMs });
}

function isFinal(state: RefundState): boolean {
  return state === "COMPLETED" || state === "FAILED";
}

function pickNew(request: NewRefund): Record<keyof NewRefund, string | number> {
  const { merchantId, merchantRefundId, merchantOrderId, amountPaisa, callbackUrl } = request;
  return { merchantId, merchantRefundId, merchantOrderId, amountPaisa, callbackUrl };
}
