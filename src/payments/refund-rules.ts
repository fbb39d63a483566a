/** Which refunds are taken on, pure: never more than was captured, counting those under way (I3). */
import {
  AMOUNT_PAISA_MIN,
  type AmountPaisa,
  assert,
  type MerchantRefundId,
  ok,
  refused,
  type Result,
  sumPaisa,
} from "#base";
import { attemptOf, findRefund } from "./draft.ts";
import type { Payment } from "./model.ts";

export interface RefundRequest {
  readonly merchantRefundId: MerchantRefundId;
  readonly amountPaisa: AmountPaisa;
  readonly reason: string | null;
}

export type RefundRefusal =
  | { readonly reason: "not_captured" }
  | { readonly reason: "id_taken" }
  | { readonly reason: "amount_below_minimum" }
  | { readonly reason: "exceeds_captured"; readonly refundablePaisa: number };

/** What may still be refunded of the payment's one capture: captured, less all refunds that have not failed (I3). */
export function refundablePaisa(payment: Payment): number {
  if (payment.capturedAttempt === null) return 0;
  const captured = attemptOf(payment, payment.capturedAttempt);
  const taken = payment.refunds
    .filter((refund) => refund.attemptN === captured.n && refund.state !== "FAILED")
    .map((refund) => refund.amountPaisa);
  const left = captured.capturedPaisa - sumPaisa(taken);
  assert(left >= 0, "I3: refunds exceed the capture");
  return left;
}

/** Whether a refund may be taken on; a known id with the same content is not a refusal but `known`. */
export function checkRefund(
  payment: Payment,
  request: RefundRequest,
): Result<"new" | "known", RefundRefusal> {
  const known = findRefund(payment, request.merchantRefundId);
  if (known) {
    // Of an erased person the words are gone: nobody can say that they were others.
    const sameReason = payment.erasedAtMs !== null || known.reason === request.reason;
    const same = known.amountPaisa === request.amountPaisa && sameReason;
    return same && !known.automatic ? ok("known") : refused({ reason: "id_taken" });
  }
  if (payment.capturedAttempt === null) return refused({ reason: "not_captured" });
  const left = refundablePaisa(payment);
  if (request.amountPaisa > left) {
    return refused({ reason: "exceeds_captured", refundablePaisa: left });
  }
  if (request.amountPaisa < AMOUNT_PAISA_MIN && request.amountPaisa !== left) {
    return refused({ reason: "amount_below_minimum" });
  }
  return ok("new");
}
