/** The wire form of a payment (api.md 4). The names of the wire exist here and in the schemas of `http` only. */
import type { Attempt, Payment, Refund, TimelineEntry } from "./model.ts";
import { capturedPaisa, refundedPaisa } from "./sums.ts";

/** Whose request an answer belongs to. */
export interface RequestIdentity {
  readonly requestId: string;
  readonly keyId: string;
}

export interface CheckoutPage {
  /** Null where the pay page is a plain link. */
  readonly scriptUrl: string | null;
}

/** The `security` block of an answer. */
function securityView(payment: Payment, identity: RequestIdentity) {
  const { risk } = payment;
  return {
    requestId: identity.requestId,
    keyId: identity.keyId,
    riskScore: risk.score,
    riskDecision: risk.decision,
    riskReasons: risk.reasons,
    fingerprint: risk.fingerprint,
    degraded: risk.degraded,
    configVersion: payment.configVersion,
  };
}

/** The answer of initiate; status builds on it. */
export function paymentView(payment: Payment, identity: RequestIdentity, checkout: CheckoutPage) {
  const shown = shownAttempt(payment);
  const payUrl = shown?.state === "OPEN" ? shown.payUrl : null;
  return {
    paymentId: payment.paymentId,
    merchantOrderId: payment.merchantOrderId,
    state: payment.state,
    amount: payment.amountPaisa,
    currency: "INR",
    ...(shown ? { provider: shown.provider } : {}),
    ...(payUrl ? { redirectUrl: payUrl, ...checkoutView(payUrl, checkout) } : {}),
    expireAt: payment.expiresAtMs,
    createdAt: payment.createdAtMs,
    security: securityView(payment, identity),
  };
}

/** Only PhonePe's page is opened by a script; others are gone to (contract.md 1.4). */
function checkoutView(payUrl: string, { scriptUrl }: CheckoutPage) {
  return scriptUrl === null ? {} : { checkout: { script: scriptUrl, url: payUrl, mode: "iframe" } };
}

/** The answer of status, and what notifications carry. */
export function statusView(
  payment: Payment,
  timeline: readonly TimelineEntry[],
  context: { readonly identity: RequestIdentity; readonly checkout: CheckoutPage },
) {
  return {
    ...paymentView(payment, context.identity, context.checkout),
    capturedAmount: capturedPaisa(payment),
    refundedAmount: refundedPaisa(payment),
    errorCode: payment.errorCode,
    detailedErrorCode: payment.detailedErrorCode,
    ...(payment.review
      ? { review: { reason: payment.review.reason, at: payment.review.atMs } }
      : {}),
    attempts: payment.attempts.map(attemptView),
    refunds: payment.refunds.map((refund) => refundView(payment, refund)),
    timeline: timeline.map(({ atMs, event, from, to, cause }) => ({
      at: atMs,
      event,
      from,
      to,
      cause,
    })),
    confirmedBy: payment.confirmedBy,
    ...(payment.erasedAtMs === null ? {} : { erasedAt: payment.erasedAtMs }),
    updatedAt: payment.updatedAtMs,
  };
}

function attemptView(attempt: Attempt) {
  return {
    n: attempt.n,
    provider: attempt.provider,
    providerOrderId: attempt.providerOrderId,
    state: attempt.state,
    createdAt: attempt.createdAtMs,
    paymentDetails: attempt.paymentDetails,
  };
}

function refundView(payment: Payment, refund: Refund) {
  const inside = refund.state === "QUEUED" || refund.state === "SENT" || refund.state === "UNKNOWN";
  return {
    merchantRefundId: refund.merchantRefundId,
    merchantOrderId: payment.merchantOrderId,
    state: inside ? "PENDING" : refund.state,
    ...(refund.state === "QUEUED" ? { queued: true } : {}),
    amount: refund.amountPaisa,
    providerRefundId: refund.providerRefundId,
    ...(refund.reason === null ? {} : { reason: refund.reason }),
    ...(refund.errorCode === null ? {} : { errorCode: refund.errorCode }),
    createdAt: refund.createdAtMs,
  };
}

/** The answer of refund and refund status. */
export function refundAnswerView(payment: Payment, refund: Refund, identity: RequestIdentity) {
  return { ...refundView(payment, refund), security: securityView(payment, identity) };
}

/** The attempt that tells the payer's story: the one captured, the one that can be paid, or the newest. */
export function shownAttempt({ attempts, capturedAttempt }: Payment): Attempt | undefined {
  return (
    attempts.find((attempt) => attempt.n === capturedAttempt) ??
    attempts.find((attempt) => attempt.state === "OPEN") ??
    attempts.at(-1)
  );
}
