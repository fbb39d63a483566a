/**
 * The life of a refund, pure. Refunds not failed never sum to more than was captured (I3), the provider sees
 * one at a time per payment (UAT-57), and a call without an answer is asked about under the same id before it
 * is repeated (contract.md 5.4).
 */
import { assert, DAY_MS, merchantRefundIdSchema, MINUTE_MS, SECOND_MS, unreachable } from "#base";
import {
  addRefund,
  attemptOf,
  type Draft,
  editPayment,
  editRefund,
  openReview,
  refundOf,
} from "./draft.ts";
import type { Payment, Refund, RefundState } from "./model.ts";
import type { RefundOutcome, RefundReport, RefundStatusOutcome } from "./ports.ts";
import { refundablePaisa, type RefundRequest } from "./refund-rules.ts";
import {
  CALL_SAFETY_MS,
  DOUBT_MS,
  MISSES_MIN,
  nextDoubtLookAtMs,
  nextRefundLookAtMs,
  soonestRepeatMs,
} from "./reconcile-schedule.ts";

/** A refund that could not be placed is posted again this often before it counts as failed. */
const POSTS_MAX = 50;
const POST_AGAIN_MS = 30 * SECOND_MS;

/** After so many failed tries to give a duplicate capture back, a person must look. */
const AUTOMATIC_REVIEW_TRIES = 2;

const ENDED: ReadonlySet<RefundState> = new Set(["COMPLETED", "FAILED"]);
const AT_PROVIDER: ReadonlySet<RefundState> = new Set(["SENT", "UNKNOWN", "PENDING", "CONFIRMED"]);

/** Takes on a refund that `checkRefund` let through. */
export function takeRefund(draft: Draft, request: RefundRequest): void {
  const { capturedAttempt } = draft.payment;
  assert(capturedAttempt !== null, "only a capture is refunded");
  enqueue(draft, { ...request, attemptN: capturedAttempt, automatic: false, nextAtMs: null });
  assert(refundablePaisa(draft.payment) >= 0, "I3: refunds exceed the capture");
}

/** A second capture of one payment goes back whole, by itself (I2). */
export function refundDuplicateCapture(draft: Draft, attemptN: number): void {
  if (draft.payment.refunds.some((refund) => refund.automatic && refund.attemptN === attemptN))
    return;
  enqueueAutomatic(draft, { attemptN, afterMs: 0 });
  draft.notifications.push("payment.refunded_duplicate");
}

/** A failed one is followed by another under a new id (UAT-58), ever later; a person hears of it early. */
function repeatAutomatic(draft: Draft, failed: Refund): void {
  const tries = automaticOf(draft.payment, failed.attemptN);
  if (tries >= AUTOMATIC_REVIEW_TRIES) openReview(draft, "duplicate_capture_not_refunded");
  enqueueAutomatic(draft, {
    attemptN: failed.attemptN,
    afterMs: Math.min(DAY_MS, MINUTE_MS * 4 ** tries),
  });
}

function automaticOf(payment: Payment, attemptN: number): number {
  return payment.refunds.filter((refund) => refund.automatic && refund.attemptN === attemptN)
    .length;
}

function enqueueAutomatic(
  draft: Draft,
  { attemptN, afterMs }: { readonly attemptN: number; readonly afterMs: number },
): void {
  const { payment } = draft;
  const turn = `${attemptN}-${automaticOf(payment, attemptN) + 1}`;
  enqueue(draft, {
    merchantRefundId: merchantRefundIdSchema.parse(`dup-${turn}-${payment.paymentId.slice(-20)}`),
    amountPaisa: attemptOf(payment, attemptN).capturedPaisa,
    reason: "duplicate_capture",
    attemptN,
    automatic: true,
    nextAtMs: afterMs === 0 ? null : draft.nowMs + afterMs,
  });
}

function enqueue(
  draft: Draft,
  refund: RefundRequest & Pick<Refund, "attemptN" | "automatic" | "nextAtMs">,
): void {
  addRefund(draft, {
    merchantRefundId: refund.merchantRefundId,
    attemptN: refund.attemptN,
    state: "QUEUED",
    amountPaisa: refund.amountPaisa,
    reason: refund.reason,
    automatic: refund.automatic,
    providerRefundId: null,
    errorCode: null,
    createdAtMs: draft.nowMs,
    doubtSinceMs: null,
    misses: 0,
    posts: 0,
    nextAtMs: refund.nextAtMs,
  });
  startNext(draft);
}

/** Sends the oldest refund whose time has come if the provider has none of this payment under way. */
function startNext(draft: Draft): void {
  const { refunds } = draft.payment;
  if (refunds.some((refund) => AT_PROVIDER.has(refund.state))) return;
  const next = refunds.find(
    (refund) => refund.state === "QUEUED" && (refund.nextAtMs ?? 0) <= draft.nowMs,
  );
  if (next) send(draft, next);
}

function send(draft: Draft, refund: Refund): void {
  const { merchantRefundId } = refund;
  editRefund(draft, merchantRefundId, {
    state: "SENT",
    posts: refund.posts + 1,
    nextAtMs: draft.nowMs + CALL_SAFETY_MS,
  });
  draft.effects.push({ type: "place_refund", merchantRefundId });
}

export function onRefundAnswer(draft: Draft, id: string, outcome: RefundOutcome): void {
  const refund = refundOf(draft.payment, id);
  const late = refund.state === "UNKNOWN" && outcome.type === "accepted";
  if (refund.state !== "SENT" && !late) return undefined;
  switch (outcome.type) {
    case "accepted":
      return editRefund(draft, id, {
        state: "PENDING",
        providerRefundId: outcome.providerRefundId,
        nextAtMs: nextRefundLookAtMs(draft.nowMs, draft.nowMs),
      });
    case "exists":
    case "unknown":
      return doubt(draft, id);
    case "rejected":
      if (refund.doubtSinceMs !== null) return doubt(draft, id);
      return end(draft, id, { state: "FAILED", errorCode: outcome.code });
    case "not_sent":
      if (refund.doubtSinceMs !== null) return doubt(draft, id);
      return postLater(draft, refund);
    default:
      return unreachable(outcome);
  }
}

function doubt(draft: Draft, id: string): void {
  editRefund(draft, id, {
    state: "UNKNOWN",
    doubtSinceMs: draft.nowMs,
    misses: 0,
    nextAtMs: nextDoubtLookAtMs(draft.nowMs, draft.nowMs),
  });
}

/** Nothing is at the provider: it goes back to the queue for a while. */
function postLater(draft: Draft, refund: Refund): void {
  if (refund.posts >= POSTS_MAX) {
    return end(draft, refund.merchantRefundId, { state: "FAILED", errorCode: "NOT_PLACED" });
  }
  return editRefund(draft, refund.merchantRefundId, {
    state: "QUEUED",
    nextAtMs: draft.nowMs + POST_AGAIN_MS * Math.min(refund.posts, 20),
  });
}

export function onRefundStatusAnswer(draft: Draft, id: string, outcome: RefundStatusOutcome): void {
  const refund = refundOf(draft.payment, id);
  if (ENDED.has(refund.state) || refund.state === "QUEUED") return undefined;
  switch (outcome.type) {
    case "found":
      return onFound(draft, refund, outcome.report);
    case "not_found":
      return onNotFound(draft, refund);
    case "unreachable": {
      lookAgain(draft, refund);
      // The look counts for nothing: within a minute again, whatever the schedule says.
      const planned = refundOf(draft.payment, id).nextAtMs ?? draft.nowMs;
      const nextAtMs = Math.min(planned, draft.nowMs + MINUTE_MS);
      return editRefund(draft, id, { nextAtMs });
    }
    default:
      return unreachable(outcome);
  }
}

function onFound(draft: Draft, refund: Refund, report: RefundReport): void {
  const id = refund.merchantRefundId;
  if (differs(draft.payment, refund, report)) {
    openReview(draft, "refund_mismatch");
    return lookAgain(draft, refund);
  }
  if (draft.payment.review?.reason === "refund_mismatch") editPayment(draft, { review: null });
  if (report.providerRefundId) {
    editRefund(draft, id, { providerRefundId: report.providerRefundId });
  }
  switch (report.state) {
    case "COMPLETED":
    case "FAILED":
      return end(draft, id, { state: report.state, errorCode: report.errorCode ?? null });
    case "PENDING":
    case "CONFIRMED":
      editRefund(draft, id, {
        // An answer that was overtaken does not take a confirmation back.
        state: refund.state === "CONFIRMED" ? "CONFIRMED" : report.state,
        doubtSinceMs: null,
      });
      return lookAgain(draft, refundOf(draft.payment, id));
    default:
      return unreachable(report.state);
  }
}

/** Amount and ids must be those asked for (I4); minimal answers leave ids out. */
function differs(payment: Payment, refund: Refund, report: RefundReport): boolean {
  const order = attemptOf(payment, refund.attemptN).providerOrderId;
  return (
    report.amountPaisa !== refund.amountPaisa ||
    (report.merchantRefundId ?? refund.merchantRefundId) !== refund.merchantRefundId ||
    (report.providerOrderId ?? order) !== order
  );
}

function onNotFound(draft: Draft, refund: Refund): void {
  if (refund.state !== "UNKNOWN") return lookAgain(draft, refund);
  const misses = refund.misses + 1;
  editRefund(draft, refund.merchantRefundId, { misses });
  const waited = draft.nowMs - (refund.doubtSinceMs ?? refund.createdAtMs) >= DOUBT_MS;
  if (!waited || misses < MISSES_MIN) return lookAgain(draft, refund);
  if (refund.posts >= POSTS_MAX) {
    return end(draft, refund.merchantRefundId, { state: "FAILED", errorCode: "NOT_PLACED" });
  }
  return isAlone(draft.payment, refund) ? send(draft, refund) : requeue(draft, refund);
}

/** After a restore several may be in doubt at once; the provider sees one at a time all the same (UAT-57). */
function isAlone({ refunds }: Payment, refund: Refund): boolean {
  const { merchantRefundId: id } = refund;
  return !refunds.some((other) => other.merchantRefundId !== id && AT_PROVIDER.has(other.state));
}

/** Proven not to be there: it waits for the end of the one before it. */
function requeue(draft: Draft, { merchantRefundId }: Refund): void {
  editRefund(draft, merchantRefundId, { state: "QUEUED", doubtSinceMs: null, nextAtMs: null });
}

function lookAgain(draft: Draft, refund: Refund): void {
  if (refund.state === "SENT") return;
  const nextAtMs =
    refund.state === "UNKNOWN"
      ? nextDoubtLookAtMs(refund.doubtSinceMs ?? refund.createdAtMs, draft.nowMs)
      : nextRefundLookAtMs(refund.createdAtMs, draft.nowMs);
  editRefund(draft, refund.merchantRefundId, { nextAtMs });
}

function end(
  draft: Draft,
  id: string,
  result: { readonly state: "COMPLETED" | "FAILED"; readonly errorCode: string | null },
): void {
  editRefund(draft, id, { ...result, nextAtMs: null });
  draft.notifications.push(result.state === "COMPLETED" ? "refund.completed" : "refund.failed");
  const ended = refundOf(draft.payment, id);
  if (ended.automatic && ended.state === "FAILED") repeatAutomatic(draft, ended);
  startNext(draft);
}

/** Asks the refund status API; if we die on the way, the alarm asks again. */
function ask(draft: Draft, refund: Refund): void {
  const { merchantRefundId } = refund;
  editRefund(draft, merchantRefundId, { nextAtMs: draft.nowMs + CALL_SAFETY_MS });
  draft.effects.push({ type: "ask_refund", merchantRefundId });
}

/** The alarm reached a refund's time. */
export function onRefundDue(draft: Draft, refund: Refund): void {
  switch (refund.state) {
    case "QUEUED":
      startNext(draft);
      // Not its turn: the end of the refund before it starts it, so no alarm is needed.
      if (refundOf(draft.payment, refund.merchantRefundId).state === "QUEUED") {
        editRefund(draft, refund.merchantRefundId, { nextAtMs: null });
      }
      return undefined;
    case "SENT":
      doubt(draft, refund.merchantRefundId);
      return ask(draft, refundOf(draft.payment, refund.merchantRefundId));
    case "UNKNOWN":
    case "PENDING":
    case "CONFIRMED":
      return ask(draft, refund);
    case "COMPLETED":
    case "FAILED":
      return editRefund(draft, refund.merchantRefundId, { nextAtMs: null });
    default:
      return unreachable(refund.state);
  }
}

/** A webhook or a reader wants the refund's state now: ask, if the provider can know of it. */
export function onRefundHint(
  draft: Draft,
  id: string,
  { repeated = false }: { readonly repeated?: boolean } = {},
): void {
  const refund = refundOf(draft.payment, id);
  const known = refund.state === "UNKNOWN" || refund.state === "PENDING";
  if (!known && refund.state !== "CONFIRMED") return;
  if (!repeated) return ask(draft, refund);
  editRefund(draft, id, { nextAtMs: soonestRepeatMs(refund.nextAtMs, draft.nowMs) });
}
