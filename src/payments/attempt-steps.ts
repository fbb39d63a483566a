/** The building blocks of an attempt's life, pure: plan, send, ask, look again, capture, end. */
import { amountPaisa, providerOrderIdSchema } from "#base";
import { addAttempt, type Draft, editAttempt, editPayment, movePayment } from "./draft.ts";
import type { Attempt, AttemptState, Payment } from "./model.ts";
import { CALL_SAFETY_MS, nextDoubtLookAtMs, nextLookAtMs } from "./reconcile-schedule.ts";
import { refundDuplicateCapture } from "./refunds.ts";

/** The attempts that a payer may still be given, or already has. */
export const LIVE: ReadonlySet<AttemptState> = new Set(["PLANNED", "SENT", "UNKNOWN", "OPEN"]);

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
    failures: 0,
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

/** Asks the status API; if we die on the way, the alarm asks again. */
export function askAttempt(draft: Draft, n: number): void {
  editAttempt(draft, n, { nextAtMs: draft.nowMs + CALL_SAFETY_MS });
  draft.effects.push({ type: "ask_status", n });
}

/** Puts the next look on the schedule of the attempt's state. */
export function lookAgain(draft: Draft, attempt: Attempt): void {
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

/** The money is there: the payment's one capture, or one too many that goes back (I2). */
export function capture(draft: Draft, n: number, paisa: number): void {
  editAttempt(draft, n, {
    state: "CAPTURED",
    capturedPaisa: amountPaisa(paisa),
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
