/**
 * The working copy of one step of the machine. It lives inside one synchronous call: what comes in is never
 * changed, what goes out is a new payment, the timeline entries, the effects and the notifications of the step.
 * Every state change goes through here, so that each has exactly one entry (I7) and moves along the table (I5).
 */
import { assert } from "#base";
import {
  type Attempt,
  type NotificationType,
  type Payment,
  PAYMENT_MOVES,
  type PaymentState,
  type Refund,
  type TimelineEntry,
} from "./model.ts";

/** What the shell must do after the step is durable (I6). Each is safe to do twice or never: the alarm looks after it. */
export type Effect =
  | { readonly type: "place_order"; readonly n: number }
  | { readonly type: "ask_status"; readonly n: number }
  | { readonly type: "place_refund"; readonly merchantRefundId: string }
  | { readonly type: "ask_refund"; readonly merchantRefundId: string };

export interface Step {
  readonly payment: Payment;
  readonly entries: readonly TimelineEntry[];
  readonly effects: readonly Effect[];
  readonly notifications: readonly NotificationType[];
}

export interface Draft {
  payment: Payment;
  readonly nowMs: number;
  readonly cause: string;
  readonly entries: TimelineEntry[];
  readonly effects: Effect[];
  readonly notifications: NotificationType[];
}

export function startDraft(payment: Payment, nowMs: number, cause: string): Draft {
  return { payment, nowMs, cause, entries: [], effects: [], notifications: [] };
}

export function finishDraft(draft: Draft): Step {
  const { payment, entries, effects, notifications } = draft;
  return { payment, entries, effects, notifications };
}

/** Changes fields of the payment that are not its state. */
export function editPayment(draft: Draft, change: Omit<Partial<Payment>, "state">): void {
  draft.payment = { ...draft.payment, ...change, updatedAtMs: draft.nowMs };
}

export function movePayment(draft: Draft, to: PaymentState): void {
  const from = draft.payment.state;
  if (from === to) return;
  assert(PAYMENT_MOVES[from].includes(to), `I5: ${from} may not become ${to}`);
  editPayment(draft, {});
  draft.payment = { ...draft.payment, state: to };
  record(draft, { subject: "payment", from, to });
}

export function editAttempt(draft: Draft, n: number, change: Partial<Omit<Attempt, "n">>): void {
  const before = attemptOf(draft.payment, n);
  const after = { ...before, ...change };
  editPayment(draft, {
    attempts: draft.payment.attempts.map((attempt) => (attempt.n === n ? after : attempt)),
  });
  if (after.state !== before.state) {
    record(draft, { subject: `attempt ${n}`, from: before.state, to: after.state });
  }
}

export function addAttempt(draft: Draft, attempt: Attempt): void {
  assert(attempt.n === draft.payment.attempts.length + 1, "attempts count without gaps");
  editPayment(draft, { attempts: [...draft.payment.attempts, attempt] });
  record(draft, { subject: `attempt ${attempt.n}`, from: null, to: attempt.state });
}

export function editRefund(
  draft: Draft,
  merchantRefundId: string,
  change: Partial<Omit<Refund, "merchantRefundId">>,
): void {
  const before = refundOf(draft.payment, merchantRefundId);
  const after = { ...before, ...change };
  editPayment(draft, {
    refunds: draft.payment.refunds.map((refund) =>
      refund.merchantRefundId === merchantRefundId ? after : refund,
    ),
  });
  if (after.state !== before.state) {
    record(draft, { subject: `refund ${merchantRefundId}`, from: before.state, to: after.state });
  }
}

export function addRefund(draft: Draft, refund: Refund): void {
  editPayment(draft, { refunds: [...draft.payment.refunds, refund] });
  record(draft, { subject: `refund ${refund.merchantRefundId}`, from: null, to: refund.state });
}

/** The first entry of a payment, which has no state before it. */
export function recordCreation(draft: Draft): void {
  record(draft, { subject: "payment", from: null, to: draft.payment.state });
}

export function attemptOf(payment: Payment, n: number): Attempt {
  const attempt = payment.attempts[n - 1];
  assert(attempt?.n === n, `attempt ${n} exists`);
  return attempt;
}

export function refundOf(payment: Payment, merchantRefundId: string): Refund {
  const refund = findRefund(payment, merchantRefundId);
  assert(refund !== undefined, "the refund exists");
  return refund;
}

export function findRefund(payment: Payment, merchantRefundId: string): Refund | undefined {
  return payment.refunds.find((refund) => refund.merchantRefundId === merchantRefundId);
}

/** Marks that provider and request disagree; the merchant is told once until an agreeing answer ends it (UAT-37). */
export function openReview(draft: Draft, reason: string): void {
  if (draft.payment.review?.reason === reason) return;
  const isNew = draft.payment.review === null;
  editPayment(draft, { review: { reason, atMs: draft.nowMs } });
  if (isNew) draft.notifications.push("payment.review");
}

function record(
  draft: Draft,
  change: { readonly subject: string; readonly from: string | null; readonly to: string },
): void {
  const seq = draft.payment.eventSeq + 1;
  draft.payment = { ...draft.payment, eventSeq: seq };
  draft.entries.push({
    seq,
    atMs: draft.nowMs,
    event: `${change.subject} ${change.to.toLowerCase()}`,
    from: change.from,
    to: change.to,
    cause: draft.cause,
  });
}
