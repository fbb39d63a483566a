/** What the status API's word does to an attempt, pure. Its word is the only one that ends a payment (I4). */
import { unreachable } from "#base";
import { capture, endAttempt, lookAgain, sendAttempt, tryRoute } from "./attempt-steps.ts";
import { attemptOf, type Draft, editAttempt, editPayment, openReview } from "./draft.ts";
import type { Attempt, Payment } from "./model.ts";
import type { OrderReport, StatusOutcome } from "./ports.ts";
import { DOUBT_MS, MISSES_MIN, nextAfterFailureMs } from "./reconcile-schedule.ts";

/** Reviews of the order itself: the next agreeing answer ends them (api.md 4). */
const ORDER_REVIEWS: ReadonlySet<string> = new Set([
  "amount_mismatch",
  "order_id_mismatch",
  "provider_order_id_mismatch",
  "order_not_found",
]);

export function onStatusAnswer(draft: Draft, n: number, outcome: StatusOutcome): void {
  const attempt = attemptOf(draft.payment, n);
  if (outcome.type !== "unreachable" && attempt.failures > 0) {
    editAttempt(draft, n, { failures: 0 });
  }
  switch (outcome.type) {
    case "found":
      return onFound(draft, attempt, outcome.report);
    case "not_found":
      return onNotFound(draft, attempt);
    case "unreachable":
      return onUnreachable(draft, attempt);
    default:
      return unreachable(outcome);
  }
}

function onFound(draft: Draft, attempt: Attempt, report: OrderReport): void {
  if (attempt.state === "CAPTURED") return editAttempt(draft, attempt.n, { nextAtMs: null });
  const mismatch = mismatchOf(draft.payment, attempt, report);
  if (mismatch) {
    openReview(draft, mismatch);
    return lookAgain(draft, attempt);
  }
  endOrderReview(draft);
  editAttempt(draft, attempt.n, {
    providerRef: report.providerRef,
    paymentDetails: [...report.paymentDetails],
  });
  switch (report.state) {
    case "COMPLETED":
      return capture(draft, attempt.n, report.amountPaisa);
    case "FAILED":
    case "EXPIRED":
      return endAttempt(draft, attempt.n, {
        end: report.state === "EXPIRED" ? "expired" : "failed",
        errorCode: report.errorCode ?? null,
        detailedErrorCode: report.detailedErrorCode ?? null,
        confirmed: true,
      });
    case "PENDING":
      return onStillPending(draft, attempt.n, report);
    default:
      return unreachable(report.state);
  }
}

/** The look counts for nothing: soon again, whatever the schedule says (contract.md 7.4). */
function onUnreachable(draft: Draft, attempt: Attempt): void {
  const failures = attempt.failures + 1;
  editAttempt(draft, attempt.n, { failures });
  lookAgain(draft, attemptOf(draft.payment, attempt.n));
  const { nextAtMs, state } = attemptOf(draft.payment, attempt.n);
  if (state === "SENT" || state === "PLANNED" || nextAtMs === null) return;
  const againAtMs = nextAfterFailureMs(failures, draft.nowMs);
  editAttempt(draft, attempt.n, { nextAtMs: Math.min(nextAtMs, againAtMs) });
}

function endOrderReview(draft: Draft): void {
  const reason = draft.payment.review?.reason;
  if (reason !== undefined && ORDER_REVIEWS.has(reason)) editPayment(draft, { review: null });
}

/** Never success while amount or ids differ from what was asked for (I4, UAT-37). */
function mismatchOf(payment: Payment, attempt: Attempt, report: OrderReport): string | undefined {
  if (report.amountPaisa !== payment.amountPaisa) return "amount_mismatch";
  const named = report.providerOrderId;
  if (named !== undefined && named !== attempt.providerOrderId) return "order_id_mismatch";
  const known = attempt.providerRef;
  if (known !== null && known !== report.providerRef) return "provider_order_id_mismatch";
  return undefined;
}

function onStillPending(draft: Draft, n: number, report: OrderReport): void {
  const attempt = attemptOf(draft.payment, n);
  if (attempt.state === "UNKNOWN" && attempt.doubtSinceMs !== null) {
    editAttempt(draft, n, { state: "ABANDONED", expiresAtMs: report.expiresAtMs ?? null });
    lookAgain(draft, attemptOf(draft.payment, n));
    return replaceAbandoned(draft);
  }
  // We believed that nothing was there. Whose it is cannot be told: watch it, never replace it.
  if (attempt.state === "PLANNED") editAttempt(draft, n, { state: "UNKNOWN" });
  return lookAgain(draft, attemptOf(draft.payment, n));
}

/** The order exists and its pay URL is lost with the answer: a new order takes its place (design: attempts). */
function replaceAbandoned(draft: Draft): void {
  if (draft.nowMs < draft.payment.expiresAtMs) tryRoute(draft, 0);
}

function onNotFound(draft: Draft, attempt: Attempt): void {
  if (attempt.state === "DEAD") return editAttempt(draft, attempt.n, { nextAtMs: null });
  if (attempt.state !== "UNKNOWN") {
    // An order that the provider once gave us is gone from its books: a person must look.
    if (attempt.state === "OPEN") openReview(draft, "order_not_found");
    return lookAgain(draft, attempt);
  }
  const since = attempt.doubtSinceMs ?? attempt.createdAtMs;
  const misses = attempt.misses + 1;
  editAttempt(draft, attempt.n, { misses });
  if (draft.nowMs - since < DOUBT_MS || misses < MISSES_MIN) {
    return lookAgain(draft, attemptOf(draft.payment, attempt.n));
  }
  if (draft.nowMs >= draft.payment.expiresAtMs) {
    return endAttempt(draft, attempt.n, { end: "expired", errorCode: null });
  }
  // Not ours to send any more: whoever has its pay URL has it from before the restore.
  if (draft.payment.restoredAtMs !== null)
    return lookAgain(draft, attemptOf(draft.payment, attempt.n));
  // It was never created: the same id again, which the provider takes at most once (contract.md 7.4).
  return sendAttempt(draft, attempt.n);
}
