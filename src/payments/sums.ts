/** Sums that a payment's records come to. */
import { sumPaisa } from "#base";
import type { Payment } from "./model.ts";

/** What the payment's one capture brought in. */
export function capturedPaisa(payment: Payment): number {
  const { capturedAttempt } = payment;
  return payment.attempts.find((attempt) => attempt.n === capturedAttempt)?.capturedPaisa ?? 0;
}

/** What has been given back of the payment's one capture for sure. */
export function refundedPaisa(payment: Payment): number {
  const done = payment.refunds.filter(
    (refund) => refund.state === "COMPLETED" && refund.attemptN === payment.capturedAttempt,
  );
  return sumPaisa(done.map((refund) => refund.amountPaisa));
}
