/** What a payment's state means for those who called or wrote about it, pure. */
import { assert } from "#base";
import type { InitiateAnswer, InitiateCommand, InitiateOutcome, WebhookHint } from "./commands.ts";
import { isUnderWay } from "./attempt-steps.ts";
import { findRefund } from "./draft.ts";
import type { Payment, Refund } from "./model.ts";
import type { StoredAnswer } from "./store.ts";

/** The outcomes that an idempotency key keeps. */
const KEPT_OUTCOMES: readonly InitiateOutcome[] = [
  "created",
  "initiating",
  "existing",
  "blocked",
  "rejected",
];

/** Whether a caller can be told something that counts: only a call under way is worth waiting for. */
export function isAnswerable(payment: Payment | undefined): boolean {
  return payment?.state !== "INITIATING" || waitsForRepeat(payment);
}

/** No provider of the route could be given the order, and nothing of it exists; unless it goes on by itself. */
function waitsForRepeat(payment: Payment): boolean {
  if (payment.promised) return false;
  const planned = payment.attempts.some((attempt) => attempt.state === "PLANNED");
  return planned && !isUnderWay(payment);
}

export function isRefundUnderWay(payment: Payment | undefined, merchantRefundId: string): boolean {
  return payment !== undefined && findRefund(payment, merchantRefundId)?.state === "SENT";
}

/** What a webhook makes us look at; `undefined` when it names nothing of this payment. */
export function namedBy(payment: Payment, hint: WebhookHint): NamedByHint | undefined {
  const attempt = payment.attempts.find((one) => one.providerOrderId === hint.providerOrderId);
  if (!attempt) return undefined;
  if (hint.refund === null) return { type: "order_hinted", n: attempt.n };
  const refund = refundHinted(payment, hint.refund);
  return refund && { type: "refund_hinted", merchantRefundId: refund.merchantRefundId };
}

type NamedByHint =
  | { readonly type: "order_hinted"; readonly n: number }
  | { readonly type: "refund_hinted"; readonly merchantRefundId: string };

function refundHinted(
  payment: Payment,
  { merchantRefundId, providerRefundId }: NonNullable<WebhookHint["refund"]>,
): Refund | undefined {
  return payment.refunds.find((refund) =>
    merchantRefundId === null
      ? refund.providerRefundId === providerRefundId
      : refund.merchantRefundId === merchantRefundId,
  );
}

/** What the first caller of a payment is told. */
export function outcomeOf(payment: Payment): InitiateOutcome {
  if (payment.state === "BLOCKED") return "blocked";
  if (payment.state === "INITIATING") {
    return waitsForRepeat(payment) ? "unavailable" : "initiating";
  }
  const neverOpened = payment.attempts.every((attempt) => attempt.providerRef === null);
  return payment.state === "FAILED" && neverOpened ? "rejected" : "created";
}

export function replayOf({ outcome: text, body }: StoredAnswer): InitiateAnswer {
  const outcome = KEPT_OUTCOMES.find((one) => one === text);
  assert(outcome !== undefined, "a stored answer has a known outcome");
  return { outcome, body, replayed: true };
}

/** Whether this step brought the provider's word on the payment's end. */
export function hasJustEnded(before: Payment | undefined, after: Payment): boolean {
  return before?.confirmedBy !== "status_api" && after.confirmedBy === "status_api";
}

/** Whether a payment was made of something else than what is asked for now. */
export function isAnotherOrder(
  payment: Payment,
  { contentHash }: Pick<InitiateCommand, "contentHash">,
  answered: StoredAnswer | undefined,
): boolean {
  if (payment.contentHash === contentHash) return false;
  // An erased payment does not know its content any more; that its key was answered proves it (IDM-2).
  return payment.erasedAtMs === null || answered === undefined;
}
