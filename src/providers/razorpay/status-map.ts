/** What Razorpay's words mean to us. One table per kind of knowledge; unknown words mean "not yet final". */
import type { Link } from "./schemas.ts";

interface LinkMeaning {
  readonly state: "PENDING" | "COMPLETED" | "FAILED" | "EXPIRED";
  readonly errorCode?: string;
}

const PENDING: LinkMeaning = { state: "PENDING" };

const LINK_STATES: ReadonlyMap<string, LinkMeaning> = new Map([
  ["paid", { state: "COMPLETED" }],
  ["expired", { state: "EXPIRED", errorCode: "LINK_EXPIRED" }],
  ["cancelled", { state: "FAILED", errorCode: "LINK_CANCELLED" }],
]);

/**
 * `created` and `partially_paid` are pending. A link that ended "unpaid" while money stands on it has not ended
 * without money, so it is pending too, until somebody has looked.
 */
export function linkMeaning({ status, amount_paid: paidPaisa }: Link): LinkMeaning {
  const meaning = LINK_STATES.get(status) ?? PENDING;
  const unpaidEnd = meaning.state === "FAILED" || meaning.state === "EXPIRED";
  return unpaidEnd && paidPaisa > 0 ? PENDING : meaning;
}

type RefundState = "PENDING" | "COMPLETED" | "FAILED";

const REFUND_STATES: ReadonlyMap<string, RefundState> = new Map([
  ["processed", "COMPLETED"],
  ["failed", "FAILED"],
]);

export function refundStateOf(status: string): RefundState {
  return REFUND_STATES.get(status) ?? "PENDING";
}

type PaymentState = "PENDING" | "COMPLETED" | "FAILED";

const PAYMENT_STATES: ReadonlyMap<string, PaymentState> = new Map([
  ["captured", "COMPLETED"],
  ["refunded", "COMPLETED"],
  ["failed", "FAILED"],
]);

/** A payment inside a link; `refunded` was captured once. */
export function paymentStateOf(status: string): PaymentState {
  return PAYMENT_STATES.get(status) ?? "PENDING";
}

/** The words of a 400 to a `reference_id` that was used before; it has no code of its own. */
export function saysReferenceExists(description: string): boolean {
  return /reference.?id/i.test(description) && /already/i.test(description);
}
