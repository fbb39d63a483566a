/**
 * The payment state machine, pure: (payment, event, now) -> (payment, timeline entries, effects,
 * notifications). Everything that could lose money is decided here and nowhere else. It is total: every event
 * may come in every state, late, twice or out of order, and what does not fit is absorbed.
 */
import type { AmountPaisa, MerchantId, MerchantOrderId } from "#base";
import { unreachable } from "#base";
import { onStatusAnswer } from "./attempt-status.ts";
import { isUnderWay, planAttempt, tryRoute } from "./attempt-steps.ts";
import { onAttemptDue, onOrderHint, onPayAnswer } from "./attempts.ts";
import {
  type Draft,
  editPayment,
  finishDraft,
  recordCreation,
  startDraft,
  type Step,
} from "./draft.ts";
import type { OrderDetails, Payment, ProviderName, RiskResult } from "./model.ts";
import type { RefundRequest } from "./refund-rules.ts";
import type { PayOutcome, RefundOutcome, RefundStatusOutcome, StatusOutcome } from "./ports.ts";
import {
  onRefundAnswer,
  onRefundDue,
  onRefundHint,
  onRefundStatusAnswer,
  takeRefund,
} from "./refunds.ts";

export type PaymentEvent =
  /** The merchant asked again for a payment that no provider has seen yet. */
  | { readonly type: "order_repeated" }
  /** The answer to initiate was `INITIATING`: nobody may be left to repeat it. */
  | { readonly type: "caller_told_to_wait" }
  | { readonly type: "pay_answered"; readonly n: number; readonly outcome: PayOutcome }
  | { readonly type: "status_answered"; readonly n: number; readonly outcome: StatusOutcome }
  /** A webhook named the order or refund (I4: a hint, no more). */
  | { readonly type: "order_hinted"; readonly n: number; readonly repeated?: boolean }
  | {
      readonly type: "refund_hinted";
      readonly merchantRefundId: string;
      readonly repeated?: boolean;
    }
  /** Only after `checkRefund` said `new`. */
  | { readonly type: "refund_taken"; readonly request: RefundRequest }
  | {
      readonly type: "refund_answered";
      readonly merchantRefundId: string;
      readonly outcome: RefundOutcome;
    }
  | {
      readonly type: "refund_status_answered";
      readonly merchantRefundId: string;
      readonly outcome: RefundStatusOutcome;
    }
  | { readonly type: "refresh_requested" }
  | { readonly type: "due" };

export interface NewPayment {
  readonly paymentId: string;
  readonly merchantId: MerchantId;
  readonly merchantOrderId: MerchantOrderId;
  readonly amountPaisa: AmountPaisa;
  readonly order: OrderDetails;
  readonly contentHash: string;
  readonly risk: RiskResult;
  readonly configVersion: number;
  readonly customer: string | null;
  /** Providers that may be given the order, the first choice first. */
  readonly route: readonly [ProviderName, ...ProviderName[]];
}

/** The first step of a payment: its intent with one order to place, or `BLOCKED` before any provider saw it. */
export function createPayment(input: NewPayment, nowMs: number): Step {
  const blocked = input.risk.decision === "block";
  const draft = startDraft(
    {
      ...input,
      route: [...input.route],
      promised: false,
      erasedAtMs: null,
      restoredAtMs: null,
      state: blocked ? "BLOCKED" : "INITIATING",
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      expiresAtMs: nowMs + input.order.expireAfterSec * 1_000,
      confirmedBy: null,
      capturedAttempt: null,
      errorCode: null,
      detailedErrorCode: null,
      review: null,
      eventSeq: 0,
      attempts: [],
      refunds: [],
    },
    nowMs,
    blocked ? "risk" : "initiate",
  );
  recordCreation(draft);
  if (!blocked) planAttempt(draft, input.route[0]);
  return finishDraft(draft);
}

/** One step of the machine (see the head of this file). Never throws but for a broken invariant. */
export function step(payment: Payment, event: PaymentEvent, nowMs: number): Step {
  const draft = startDraft(payment, nowMs, causeOf(event));
  apply(draft, event);
  return finishDraft(draft);
}

function apply(draft: Draft, event: PaymentEvent): void {
  switch (event.type) {
    case "order_repeated":
      return onRepeat(draft);
    case "caller_told_to_wait":
      return onPromise(draft);
    case "pay_answered":
      return onPayAnswer(draft, event.n, event.outcome);
    case "status_answered":
      return onStatusAnswer(draft, event.n, event.outcome);
    case "order_hinted":
      return onOrderHint(draft, event.n, event);
    case "refund_hinted":
      return onRefundHint(draft, event.merchantRefundId, event);
    case "refund_taken":
      return takeRefund(draft, event.request);
    case "refund_answered":
      return onRefundAnswer(draft, event.merchantRefundId, event.outcome);
    case "refund_status_answered":
      return onRefundStatusAnswer(draft, event.merchantRefundId, event.outcome);
    case "refresh_requested":
      return onRefresh(draft);
    case "due":
      return onDue(draft);
    default:
      return unreachable(event);
  }
}

/** Another round along the route: only when nothing of the payment exists or may come to exist. */
function onRepeat(draft: Draft): void {
  const { payment, nowMs } = draft;
  const waits = payment.attempts.some((attempt) => attempt.state === "PLANNED");
  if (payment.state !== "INITIATING" || !waits || isUnderWay(payment)) return;
  editPayment(draft, { expiresAtMs: nowMs + payment.order.expireAfterSec * 1_000 });
  tryRoute(draft, 0);
}

function onPromise(draft: Draft): void {
  if (!draft.payment.promised) editPayment(draft, { promised: true });
}

/** A reader wants the provider's word now. A completed payment never changes (I5), so only its refunds are asked about. */
function onRefresh(draft: Draft): void {
  for (const refund of draft.payment.refunds) onRefundHint(draft, refund.merchantRefundId);
  if (draft.payment.state === "COMPLETED") return;
  for (const attempt of draft.payment.attempts) {
    if (attempt.state !== "SENT" && attempt.state !== "PLANNED") onOrderHint(draft, attempt.n);
  }
}

function onDue(draft: Draft): void {
  for (const attempt of draft.payment.attempts) {
    if (isDue(attempt.nextAtMs, draft.nowMs)) onAttemptDue(draft, attempt);
  }
  for (const refund of draft.payment.refunds) {
    if (isDue(refund.nextAtMs, draft.nowMs)) onRefundDue(draft, refund);
  }
}

function isDue(nextAtMs: number | null, nowMs: number): boolean {
  return nextAtMs !== null && nextAtMs <= nowMs;
}

/** The earliest time at which something of this payment must be taken up again; null when all of it has ended. */
export function nextDueAtMs(payment: Payment): number | null {
  const times = [...payment.attempts, ...payment.refunds].flatMap((item) =>
    item.nextAtMs === null ? [] : [item.nextAtMs],
  );
  return times.length === 0 ? null : Math.min(...times);
}

function causeOf(event: PaymentEvent): string {
  switch (event.type) {
    case "order_hinted":
    case "refund_hinted":
      return "webhook";
    case "status_answered":
    case "refund_status_answered":
      return "status_api";
    case "pay_answered":
    case "refund_answered":
      return "provider_answer";
    case "refund_taken":
    case "order_repeated":
    case "caller_told_to_wait":
    case "refresh_requested":
      return "merchant";
    case "due":
      return "alarm";
    default:
      return unreachable(event);
  }
}
