/**
 * The life of an attempt, pure. The danger here is the second order: a payer who holds two pay URLs, or a
 * capture nobody sees. So an id whose call was left without an answer is asked about, never replaced by
 * guess; a new attempt starts only when the old one's pay URL provably reached nobody (I1, contract.md 7.4).
 */
import { amountPaisa, assert, DAY_MS, providerOrderIdSchema, SECOND_MS, unreachable } from "#base";
import {
  addAttempt,
  attemptOf,
  type Draft,
  editAttempt,
  editPayment,
  movePayment,
  openReview,
} from "./draft.ts";
import type { Attempt, AttemptState, Payment } from "./model.ts";
import type { OrderReport, PayOutcome, StatusOutcome } from "./ports.ts";
import { DOUBT_MS, MISSES_MIN, nextDoubtLookAtMs, nextLookAtMs } from "./reconcile-schedule.ts";
import { refundDuplicateCapture } from "./refunds.ts";

/** When the alarm steps in for a call that was cut off with its object. Longer than any call's own time limit. */
export const CALL_SAFETY_MS = 20 * SECOND_MS;
/** A lost pay URL is rare; three in a row is an outage in which more orders help nobody. */
const ATTEMPTS_MAX = 3;

/** How long a payment that no provider has seen waits for the merchant's repeat (api.md 2 and 3). */
const PLANNED_MS = DAY_MS;

/** Reviews of the order itself: the next agreeing answer ends them (api.md 4). */
const ORDER_REVIEWS: ReadonlySet<string> = new Set([
  "amount_mismatch",
  "order_id_mismatch",
  "provider_order_id_mismatch",
  "order_not_found",
]);

const LIVE: ReadonlySet<AttemptState> = new Set(["PLANNED", "SENT", "UNKNOWN", "OPEN"]);

/** Stores the intent of the next order and asks the shell to place it. */
export function planAttempt(draft: Draft): void {
  const { payment, nowMs } = draft;
  const n = payment.attempts.length + 1;
  addAttempt(draft, {
    n,
    provider: "phonepe",
    providerOrderId: providerOrderIdFor(payment, n),
    state: "SENT",
    providerRef: null,
    payUrl: null,
    createdAtMs: nowMs,
    openedAtMs: null,
    expiresAtMs: null,
    capturedPaisa: amountPaisa(0),
    doubtSinceMs: null,
    misses: 0,
    hinted: false,
    end: null,
    errorCode: null,
    detailedErrorCode: null,
    paymentDetails: [],
    nextAtMs: nowMs + CALL_SAFETY_MS,
  });
  draft.effects.push({ type: "place_order", n });
}

/** The merchant's own id first; later ones hang the attempt and part of our random id on it. */
function providerOrderIdFor(payment: Payment, n: number) {
  if (n === 1) return providerOrderIdSchema.parse(payment.merchantOrderId);
  const suffix = `-${n}-${payment.paymentId.slice(-10)}`;
  return providerOrderIdSchema.parse(`${payment.merchantOrderId.slice(0, 50)}${suffix}`);
}

/** Posts an attempt (again) under its own id: the provider takes an id at most once, so this cannot charge twice. */
export function sendAttempt(draft: Draft, n: number): void {
  editAttempt(draft, n, { state: "SENT", nextAtMs: draft.nowMs + CALL_SAFETY_MS });
  draft.effects.push({ type: "place_order", n });
}

export function onPayAnswer(draft: Draft, n: number, outcome: PayOutcome): void {
  const attempt = attemptOf(draft.payment, n);
  // An answer that came after the alarm had taken over: only the pay URL in it is news.
  if (attempt.state === "UNKNOWN" && outcome.type === "accepted") {
    return onAccepted(draft, attempt, outcome);
  }
  if (attempt.state !== "SENT") return undefined;
  switch (outcome.type) {
    case "accepted":
      return onAccepted(draft, attempt, outcome);
    case "exists":
      return doubt(draft, attempt, { ours: attempt.doubtSinceMs !== null });
    case "unknown":
      return doubt(draft, attempt, { ours: true });
    case "rejected":
      // A 400 to a repeated id may mean "exists": then only the status API can tell (CF-01).
      if (attempt.doubtSinceMs !== null) return doubt(draft, attempt, { ours: true });
      return endAttempt(draft, n, { end: "failed", errorCode: outcome.code });
    case "not_sent":
      if (attempt.doubtSinceMs !== null) return doubt(draft, attempt, { ours: true });
      // Nothing exists. It waits for the merchant's repeat, as long as an idempotency key is kept.
      return editAttempt(draft, n, { state: "PLANNED", nextAtMs: draft.nowMs + PLANNED_MS });
    default:
      return unreachable(outcome);
  }
}

function onAccepted(
  draft: Draft,
  attempt: Attempt,
  answer: Extract<PayOutcome, { type: "accepted" }>,
): void {
  const { nowMs } = draft;
  const opened = {
    providerRef: answer.providerRef,
    openedAtMs: nowMs,
    expiresAtMs: answer.expiresAtMs,
    nextAtMs: nextLookAtMs({ openedAtMs: nowMs, expiresAtMs: answer.expiresAtMs, nowMs }),
  };
  // The payment ended meanwhile: the URL stays with us, so nobody can pay it; it is watched like a lost one.
  if (draft.payment.state !== "INITIATING") {
    return editAttempt(draft, attempt.n, { ...opened, state: "ABANDONED" });
  }
  assert(
    !draft.payment.attempts.some((other) => other.state === "OPEN"),
    "I1: only one attempt is open",
  );
  editAttempt(draft, attempt.n, { ...opened, state: "OPEN", payUrl: answer.payUrl });
  editPayment(draft, { expiresAtMs: answer.expiresAtMs });
  movePayment(draft, "PENDING");
  if (attempt.hinted) askAttempt(draft, attempt.n);
}

/** `ours`: the order that may exist was made by our own lost call, so nobody has its pay URL. */
function doubt(draft: Draft, attempt: Attempt, { ours }: { readonly ours: boolean }): void {
  editAttempt(draft, attempt.n, {
    state: "UNKNOWN",
    doubtSinceMs: ours ? draft.nowMs : null,
    misses: 0,
    nextAtMs: nextDoubtLookAtMs(draft.nowMs, draft.nowMs),
  });
  // It exists for sure, or a webhook has spoken of it: no need to wait before asking.
  if (!ours || attempt.hinted) askAttempt(draft, attempt.n);
}

/** Asks the status API; if we die on the way, the alarm asks again. */
export function askAttempt(draft: Draft, n: number): void {
  editAttempt(draft, n, { nextAtMs: draft.nowMs + CALL_SAFETY_MS });
  draft.effects.push({ type: "ask_status", n });
}

export function onStatusAnswer(draft: Draft, n: number, outcome: StatusOutcome): void {
  const attempt = attemptOf(draft.payment, n);
  switch (outcome.type) {
    case "found":
      return onFound(draft, attempt, outcome.report);
    case "not_found":
      return onNotFound(draft, attempt);
    case "unreachable":
      return lookAgain(draft, attempt);
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
  if (ORDER_REVIEWS.has(draft.payment.review?.reason ?? "")) editPayment(draft, { review: null });
  editAttempt(draft, attempt.n, {
    providerRef: report.providerRef,
    paymentDetails: [...report.paymentDetails],
  });
  switch (report.state) {
    case "COMPLETED":
      return capture(draft, attempt.n, report);
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

/** Never success while amount or ids differ from what was asked for (I4, UAT-37). */
function mismatchOf(payment: Payment, attempt: Attempt, report: OrderReport): string | undefined {
  if (report.amountPaisa !== payment.amountPaisa) return "amount_mismatch";
  const named = report.providerOrderId;
  if (named !== undefined && named !== attempt.providerOrderId) return "order_id_mismatch";
  const known = attempt.providerRef;
  if (known !== null && known !== report.providerRef) return "provider_order_id_mismatch";
  return undefined;
}

function capture(draft: Draft, n: number, report: OrderReport): void {
  editAttempt(draft, n, {
    state: "CAPTURED",
    capturedPaisa: amountPaisa(report.amountPaisa),
    nextAtMs: null,
  });
  if (draft.payment.capturedAttempt !== null) return refundDuplicateCapture(draft, n);
  editPayment(draft, {
    capturedAttempt: n,
    confirmedBy: "status_api",
    errorCode: null,
    detailedErrorCode: null,
  });
  movePayment(draft, "COMPLETED");
  draft.notifications.push("payment.completed");
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
  const { payment, nowMs } = draft;
  const mayStillBePaid = payment.attempts.some((attempt) => LIVE.has(attempt.state));
  const inTime = nowMs < payment.expiresAtMs && payment.attempts.length < ATTEMPTS_MAX;
  if (payment.state === "INITIATING" && !mayStillBePaid && inTime) planAttempt(draft);
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
  // It was never created: the same id again, which the provider takes at most once (contract.md 7.4).
  return sendAttempt(draft, attempt.n);
}

/** Puts the next look on the schedule of the attempt's state. */
function lookAgain(draft: Draft, attempt: Attempt): void {
  const { nowMs, payment } = draft;
  if (attempt.state === "UNKNOWN" && attempt.doubtSinceMs !== null) {
    const nextAtMs = nextDoubtLookAtMs(attempt.doubtSinceMs, nowMs);
    return editAttempt(draft, attempt.n, { nextAtMs });
  }
  // A call to create it is under way: its answer or the alarm comes first.
  if (attempt.state === "SENT" || attempt.state === "PLANNED") return undefined;
  const openedAtMs = attempt.openedAtMs ?? attempt.createdAtMs;
  const expiresAtMs = attempt.expiresAtMs ?? payment.expiresAtMs;
  return editAttempt(draft, attempt.n, {
    nextAtMs: nextLookAtMs({ openedAtMs, expiresAtMs, nowMs }),
  });
}

interface End {
  readonly end: "failed" | "expired";
  readonly errorCode: string | null;
  readonly detailedErrorCode?: string | null;
  /** The status API said so (I4). */
  readonly confirmed?: boolean;
}

/** Ends an attempt without money, and the payment with it when nothing else of it can still be paid. */
export function endAttempt(draft: Draft, n: number, end: End): void {
  editAttempt(draft, n, {
    state: "DEAD",
    end: end.end,
    errorCode: end.errorCode,
    detailedErrorCode: end.detailedErrorCode ?? null,
    nextAtMs: null,
  });
  const { payment } = draft;
  if (payment.state !== "INITIATING" && payment.state !== "PENDING") return;
  const open = payment.attempts.some(
    (attempt) => LIVE.has(attempt.state) || attempt.state === "ABANDONED",
  );
  if (open) return;
  editPayment(draft, {
    errorCode: end.errorCode,
    detailedErrorCode: end.detailedErrorCode ?? null,
    confirmedBy: end.confirmed ? "status_api" : null,
  });
  movePayment(draft, end.end === "expired" ? "EXPIRED" : "FAILED");
  draft.notifications.push(end.end === "expired" ? "payment.expired" : "payment.failed");
}

/** The alarm reached an attempt's time. */
export function onAttemptDue(draft: Draft, attempt: Attempt): void {
  switch (attempt.state) {
    case "SENT":
      // The object died between the intent and the answer, or the answer never came.
      editAttempt(draft, attempt.n, {
        state: "UNKNOWN",
        doubtSinceMs: draft.nowMs,
        misses: 0,
      });
      return askAttempt(draft, attempt.n);
    case "PLANNED":
      if (!attempt.hinted) return endAttempt(draft, attempt.n, { end: "expired", errorCode: null });
      editAttempt(draft, attempt.n, { state: "UNKNOWN" });
      return askAttempt(draft, attempt.n);
    case "UNKNOWN":
    case "OPEN":
    case "ABANDONED":
    case "DEAD":
      return askAttempt(draft, attempt.n);
    case "CAPTURED":
      return editAttempt(draft, attempt.n, { nextAtMs: null });
    default:
      return unreachable(attempt.state);
  }
}

/** A webhook spoke of this order. It proves nothing (I4), it only makes us ask sooner. */
export function onOrderHint(draft: Draft, n: number): void {
  const attempt = attemptOf(draft.payment, n);
  switch (attempt.state) {
    case "CAPTURED":
      return undefined;
    case "SENT":
      return editAttempt(draft, n, { hinted: true });
    case "PLANNED":
      // We believe that nothing is there; somebody says otherwise. Its time to run out stays as it is.
      editAttempt(draft, n, { hinted: true });
      draft.effects.push({ type: "ask_status", n });
      return undefined;
    case "UNKNOWN":
    case "OPEN":
    case "ABANDONED":
    case "DEAD":
      return askAttempt(draft, n);
    default:
      return unreachable(attempt.state);
  }
}
