/** What PhonePe's words mean to us. One table per kind of knowledge; unknown words mean "not yet final". */

type OrderState = "PENDING" | "COMPLETED" | "FAILED" | "EXPIRED";
type RefundState = "PENDING" | "CONFIRMED" | "COMPLETED" | "FAILED";

const ORDER_STATES: ReadonlyMap<string, OrderState> = new Map([
  ["COMPLETED", "COMPLETED"],
  ["FAILED", "FAILED"],
  ["EXPIRED", "EXPIRED"],
]);

const REFUND_STATES: ReadonlyMap<string, RefundState> = new Map([
  ["CONFIRMED", "CONFIRMED"],
  ["COMPLETED", "COMPLETED"],
  ["FAILED", "FAILED"],
]);

interface FailureCodes {
  readonly errorCode?: string | undefined;
  readonly detailedErrorCode?: string | undefined;
}

/** The root `state` decides (UAT-31); a failure because nobody paid in time is our `EXPIRED` (contract.md 4.3). */
export function orderStateOf(state: string, codes: FailureCodes): OrderState {
  const mapped = ORDER_STATES.get(state) ?? "PENDING";
  const ranOut = codes.errorCode === "ORDER_EXPIRED" || codes.detailedErrorCode === "ORDER_EXPIRED";
  return mapped === "FAILED" && ranOut ? "EXPIRED" : mapped;
}

/** Four states (CF-08); anything else, `CREATED` for one, is not final. */
export function refundStateOf(state: string): RefundState {
  return REFUND_STATES.get(state) ?? "PENDING";
}

/** Answers to "create order" that say the id exists (contract.md 3.4, CF-01). */
export const ORDER_EXISTS_CODES: ReadonlySet<string> = new Set([
  "INVALID_TRANSACTION_ID",
  "INVALID_MERCHANT_ORDER_ID",
  "ORDER_ALREADY_EXISTS",
  "DUPLICATE_REQUEST_ID",
  "DUPLICATE_TRANSACTION",
]);

/** Answers to order and refund status that say there is none (contract.md 4.4, CF-02). */
export const NOT_FOUND_CODES: ReadonlySet<string> = new Set([
  "INVALID_MERCHANT_ORDER_ID",
  "MERCHANT_ORDER_MAPPING_NOT_FOUND",
  "MAPPING_NOT_FOUND",
  "TRANSACTION_NOT_FOUND",
  "ORDER_NOT_FOUND",
  "REFUND_NOT_FOUND",
  "INVALID_TRANSACTION_ID",
]);

/** Answers to "refund" that say the id exists (contract.md 5.4). */
export const REFUND_EXISTS_CODES: ReadonlySet<string> = new Set([
  "Refund ID Duplicated",
  "DUPLICATE_REQUEST_ID",
]);
