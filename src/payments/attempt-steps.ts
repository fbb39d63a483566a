/** The building blocks of an attempt's life, pure: plan, send, ask, look again, capture, end. */
import { amountPaisa, assert, providerOrderIdSchema } from "#base";
import {
  addAttempt,
  attemptOf,
  type Draft,
  editAttempt,
  editPayment,
  movePayment,
} from "./draft.ts";
import type { Attempt, AttemptState, Payment, ProviderName } from "./model.ts";
import {
  CALL_SAFETY_MS,
  nextDoubtLookAtMs,
  nextLateLookAtMs,
  nextLookAtMs,
} from "./reconcile-schedule.ts";
import { refundDuplicateCapture } from "./refunds.ts";

/** The attempts that a payer may still be given, or already has. */
const LIVE: ReadonlySet<AttemptState> = new Set(["PLANNED", "SENT", "UNKNOWN", "OPEN"]);

/** Nothing of these can be paid yet, and a call may still make it so. */
const UNDER_WAY: ReadonlySet<AttemptState> = new Set(["SENT", "UNKNOWN", "OPEN"]);

/** A lost pay URL is rare; more than this is an outage in which further orders help nobody. */
export const ATTEMPTS_MAX = 4;

/** Whether an order of this payment exists, may exist, or may come to exist: then no other may be made (I1). */
export function isUnderWay({ attempts }: Payment): boolean {
  return attempts.some((attempt) => UNDER_WAY.has(attempt.state));
}

/** Stores the intent of the next order and asks the shell to place it. */
export function planAttempt(draft: Draft, provider: ProviderName): void {
  const { payment, nowMs } = draft;
  assertMayPlace(payment);
  const n = payment.attempts.length + 1;
  const providerOrderId = providerOrderIdFor(payment, n, provider);
  const nextAtMs = nowMs + CALL_SAFETY_MS;
  addAttempt(draft, newAttempt(draft, { provider, providerOrderId, state: "SENT", nextAtMs }));
  draft.effects.push({ type: "place_order", n });
}

/** The next attempt of a payment, of which nothing else is known yet. */
export function newAttempt(
  { payment, nowMs }: Draft,
  known: Pick<Attempt, "provider" | "providerOrderId" | "state" | "nextAtMs">,
): Attempt {
  return {
    n: payment.attempts.length + 1,
    ...known,
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
  };
}

/** What a lost gateway did after its last backup is not known: a second order could be paid beside one of its own. */
function assertMayPlace(payment: Payment): void {
  assert(payment.restoredAtMs === null, "nothing is placed for a restored payment");
}

/**
 * Gives the order to the next provider of the route from `from` on, if nothing of this payment exists or may come to
 * exist anywhere. One that was refused before is tried under its old id; one whose pay URL was lost under a new
 * one; one that refused the order itself is passed over. A restored payment is given to nobody any more.
 */
export function tryRoute(draft: Draft, from: number): void {
  const { payment } = draft;
  if (payment.restoredAtMs !== null) return;
  if (payment.state !== "INITIATING" || isUnderWay(payment)) return;
  for (const provider of payment.route.slice(from)) {
    const last = payment.attempts.findLast((attempt) => attempt.provider === provider);
    if (last?.state === "PLANNED") return sendAttempt(draft, last.n);
    const isNew = last === undefined || last.state === "ABANDONED";
    if (isNew && payment.attempts.length < ATTEMPTS_MAX) return planAttempt(draft, provider);
  }
}

/**
 * At PhonePe the merchant's own id first, so that its dashboard shows it; all others are made of our random id, short
 * enough for every provider.
 */
export function providerOrderIdFor(payment: Payment, n: number, provider: ProviderName) {
  if (n === 1 && provider === "phonepe")
    return providerOrderIdSchema.parse(payment.merchantOrderId);
  if (provider === "phonepe") {
    const suffix = `-${n}-${payment.paymentId.slice(-10)}`;
    return providerOrderIdSchema.parse(`${payment.merchantOrderId.slice(0, 50)}${suffix}`);
  }
  return providerOrderIdSchema.parse(`${payment.paymentId}-${n}`);
}

/** Posts an attempt (again) under its own id: the provider takes an id at most once, so this cannot charge twice. */
export function sendAttempt(draft: Draft, n: number): void {
  assertMayPlace(draft.payment);
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

/**
 * Ends an attempt without money, and the payment with it when nothing else of it can still be paid. An order that the
 * provider had is asked about still: late money may come without a webhook (I2).
 */
export function endAttempt(draft: Draft, n: number, end: End): void {
  const { providerRef, expiresAtMs, createdAtMs } = attemptOf(draft.payment, n);
  const wasThere = providerRef !== null;
  editAttempt(draft, n, {
    state: "DEAD",
    end: end.end,
    errorCode: end.errorCode,
    detailedErrorCode: end.detailedErrorCode ?? null,
    nextAtMs: wasThere ? nextLateLookAtMs(expiresAtMs ?? createdAtMs, draft.nowMs) : null,
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
