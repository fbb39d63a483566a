/** What a payer is told: three outcomes for the gateway's six states (UAT-20, UAT-33, UAT-35). */
import type { PaymentRefund, PaymentState, PaymentStatus, RefundState } from "#client";

export type Outcome = "success" | "failure" | "pending";

const OUTCOMES: Record<PaymentState, Outcome> = {
  INITIATING: "pending",
  PENDING: "pending",
  COMPLETED: "success",
  FAILED: "failure",
  EXPIRED: "failure",
  BLOCKED: "failure",
};

const REFUND_LABELS: Record<RefundState, string> = {
  PENDING: "On its way",
  CONFIRMED: "Accepted by the bank",
  COMPLETED: "Refunded",
  FAILED: "Did not go through",
};

export function outcomeOf(state: PaymentState): Outcome {
  return OUTCOMES[state];
}

export function refundLabel(refund: PaymentRefund): string {
  return refund.queued === true && refund.state === "PENDING"
    ? "Waiting for the one before"
    : REFUND_LABELS[refund.state];
}

/** Paisa that may still be given back: refunds under way count, failed ones do not (UAT-52). */
export function refundablePaisa(payment: PaymentStatus): number {
  const taken = payment.refunds
    .filter(({ state }) => state !== "FAILED")
    .reduce((sum, { amount }) => sum + amount, 0);
  return Math.max(0, payment.capturedAmount - taken);
}

/** Whether the page should keep asking. */
export function isMoving(payment: PaymentStatus): boolean {
  return (
    outcomeOf(payment.state) === "pending" ||
    payment.refunds.some(({ state }) => state === "PENDING" || state === "CONFIRMED")
  );
}
