/**
 * The life of an attempt up to the status API's word, pure. The danger here is the second order: a payer who
 * holds two pay URLs, or a capture nobody sees. So an id whose call was left without an answer is asked about,
 * never replaced by guess; a new attempt starts only when the old one's pay URL provably reached nobody (I1,
 * contract.md 7.4).
 */
import { assert, DAY_MS, unreachable } from "#base";
import { askAttempt, endAttempt, isUnderWay, tryRoute } from "./attempt-steps.ts";
import { attemptOf, type Draft, editAttempt, editPayment, movePayment } from "./draft.ts";
import type { Attempt } from "./model.ts";
import type { PayOutcome } from "./ports.ts";
import {
  CALL_SAFETY_MS,
  MISSES_MIN,
  nextAfterFailureMs,
  nextDoubtLookAtMs,
  nextLookAtMs,
  soonestRepeatMs,
} from "./reconcile-schedule.ts";

/** How long a payment that no provider has seen waits for the merchant's repeat (api.md 2 and 3). */
const PLANNED_MS = DAY_MS;

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
      return onNotSent(draft, attempt);
    default:
      return unreachable(outcome);
  }
}

/**
 * Nothing was made by this call. If an earlier one under the same id was lost, that says nothing, unless the status API
 * has meanwhile said often enough that there is no such order. Then the next provider of the route may have it
 * (design: failover); without one the attempt waits for the merchant's repeat, as long as an idempotency key is kept,
 * or for the alarm, if the merchant was told that we go on by ourselves.
 */
function onNotSent(draft: Draft, attempt: Attempt): void {
  const proven = attempt.doubtSinceMs === null || attempt.misses >= MISSES_MIN;
  if (!proven) return doubt(draft, attempt, { ours: true });
  const failures = attempt.failures + 1;
  const nextAtMs = draft.payment.promised
    ? nextAfterFailureMs(failures, draft.nowMs)
    : draft.nowMs + PLANNED_MS;
  editAttempt(draft, attempt.n, { state: "PLANNED", failures, nextAtMs });
  return tryRoute(draft, draft.payment.route.indexOf(attempt.provider) + 1);
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
  endPlanned(draft);
  movePayment(draft, "PENDING");
  if (attempt.hinted) askAttempt(draft, attempt.n);
}

/** Other providers were asked in vain and have no order; now they need not be asked again. */
function endPlanned(draft: Draft): void {
  for (const { n, state } of draft.payment.attempts) {
    if (state === "PLANNED") {
      editAttempt(draft, n, {
        state: "DEAD",
        end: "failed",
        errorCode: "NOT_SENT",
        nextAtMs: null,
      });
    }
  }
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
      return onPlannedDue(draft, attempt);
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

/** Nobody has repeated it: its time is over, or we had promised to go on (api.md 4: 202). */
function onPlannedDue(draft: Draft, { n, hinted }: Attempt): void {
  const { payment, nowMs } = draft;
  if (hinted) {
    // While another is under way this one stays out of the race: from UNKNOWN it could be sent again (I1).
    if (!isUnderWay(payment)) editAttempt(draft, n, { state: "UNKNOWN" });
    return askAttempt(draft, n);
  }
  if (!payment.promised || nowMs >= payment.expiresAtMs) {
    return endAttempt(draft, n, { end: "expired", errorCode: null });
  }
  // If another of the route is tried first, this one comes back after it.
  editAttempt(draft, n, { nextAtMs: nowMs + CALL_SAFETY_MS });
  return tryRoute(draft, 0);
}

/**
 * A webhook spoke of this order. It proves nothing (I4), it only makes us ask sooner. A `repeated` one counts too:
 * a forged webhook may have come first with the words of the true one. It waits for the next of the looks that
 * repeats cause, so that any number of them makes at most one every two seconds.
 */
export function onOrderHint(
  draft: Draft,
  n: number,
  { repeated = false }: { readonly repeated?: boolean } = {},
): void {
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
      if (!repeated) return askAttempt(draft, n);
      return editAttempt(draft, n, { nextAtMs: soonestRepeatMs(attempt.nextAtMs, draft.nowMs) });
    default:
      return unreachable(attempt.state);
  }
}
