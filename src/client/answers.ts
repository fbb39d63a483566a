/**
 * What the gateway answers, under the names that stand on the wire (api.md section 4), and the
 * checks that make a typed value of JSON. Checked is what a shop acts on: ids, states, amounts.
 * Fields that are not named here may come without notice and are kept.
 */
import { isRecord } from "./read-answer.ts";

const PAYMENT_STATES = [
  "INITIATING",
  "PENDING",
  "COMPLETED",
  "FAILED",
  "EXPIRED",
  "BLOCKED",
] as const;
const REFUND_STATES = ["PENDING", "CONFIRMED", "COMPLETED", "FAILED"] as const;

/** `COMPLETED` is paid and never changes; `INITIATING` and `PENDING` are open; the rest is unpaid. */
export type PaymentState = (typeof PAYMENT_STATES)[number];

/** `COMPLETED` and `FAILED` are final. */
export type RefundState = (typeof REFUND_STATES)[number];

/** What the gateway noted about one request. */
export interface SecurityNote {
  readonly requestId: string;
  readonly keyId: string;
  /** 0 to 100. */
  readonly riskScore?: number;
  readonly riskDecision?: string;
  readonly riskReasons?: readonly string[];
  readonly fingerprint?: string;
  readonly degraded?: boolean;
  /** The version of your configuration that the payment was made under. */
  readonly configVersion?: number;
}

/** How a web page opens the provider's pay page. */
export interface Checkout {
  /** Address of the provider's script. */
  readonly script: string;
  readonly url: string;
  /** `iframe` for a frame over your page. */
  readonly mode: string;
}

/** A payment, as `initiate` answers it. Times are epoch milliseconds, amounts paisa. */
export interface Payment {
  readonly paymentId: string;
  readonly merchantOrderId: string;
  readonly state: PaymentState;
  readonly amount: number;
  readonly currency: string;
  readonly createdAt: number;
  readonly provider?: string | null;
  /**
   * The pay page, with the payer's token: hand it on unchanged, and do not log it. Missing while
   * the state is `INITIATING`.
   */
  readonly redirectUrl?: string | null;
  readonly expireAt?: number | null;
  readonly checkout?: Checkout | null;
  readonly security?: SecurityNote;
}

/** One order that was placed at a provider for a payment. */
export interface Attempt {
  readonly n: number;
  readonly provider: string;
  readonly providerOrderId?: string | null;
  readonly state: string;
  readonly createdAt: number;
  readonly paymentDetails?: unknown;
}

/** A refund as the status of its payment lists it. */
export interface PaymentRefund {
  readonly merchantRefundId: string;
  readonly state: RefundState;
  /** Paisa. */
  readonly amount: number;
  readonly providerRefundId?: string | null;
  readonly createdAt?: number;
  /** `duplicate_capture`: the gateway gave back what was paid twice. */
  readonly reason?: string | null;
  /** True while an earlier refund of the same payment is under way. */
  readonly queued?: boolean;
}

/** A refund, as `refund` and `refundStatus` answer it. */
export interface Refund extends PaymentRefund {
  readonly merchantOrderId: string;
  readonly security?: SecurityNote;
}

/** One step of a payment's history. */
export interface TimelineEntry {
  readonly at: number;
  readonly event: string;
  readonly from?: string | null;
  readonly to?: string | null;
  readonly cause?: unknown;
}

/** A payment, as `status` answers it. */
export interface PaymentStatus extends Payment {
  readonly capturedAmount: number;
  readonly refundedAmount: number;
  readonly errorCode?: string | null;
  readonly detailedErrorCode?: string | null;
  readonly attempts: readonly Attempt[];
  readonly refunds: readonly PaymentRefund[];
  readonly timeline: readonly TimelineEntry[];
  /** `status_api` once a provider's status API has confirmed the final state. */
  readonly confirmedBy?: string | null;
  /** Since when nothing of the payer is kept. */
  readonly erasedAt?: number;
  readonly updatedAt?: number;
  /** The provider's answers disagree; an operator looks into it. */
  readonly review?: { readonly reason: string; readonly at: number } | null;
}

/** Whether JSON is a payment of the contract. A state we do not know is none: nothing is guessed. */
export function isPayment(value: unknown): value is Payment {
  return (
    isRecord(value) &&
    typeof value["paymentId"] === "string" &&
    typeof value["merchantOrderId"] === "string" &&
    isOneOf(PAYMENT_STATES, value["state"]) &&
    Number.isSafeInteger(value["amount"])
  );
}

/** Whether JSON is a payment's status. */
export function isPaymentStatus(value: unknown): value is PaymentStatus {
  return (
    isRecord(value) &&
    isPayment(value) &&
    Number.isSafeInteger(value["capturedAmount"]) &&
    Number.isSafeInteger(value["refundedAmount"]) &&
    Array.isArray(value["attempts"]) &&
    Array.isArray(value["timeline"]) &&
    Array.isArray(value["refunds"]) &&
    value["refunds"].every(isPaymentRefund)
  );
}

/** Whether JSON is a refund of the contract. */
export function isRefund(value: unknown): value is Refund {
  return isRecord(value) && isPaymentRefund(value) && typeof value["merchantOrderId"] === "string";
}

function isPaymentRefund(value: unknown): value is PaymentRefund {
  return (
    isRecord(value) &&
    typeof value["merchantRefundId"] === "string" &&
    isOneOf(REFUND_STATES, value["state"]) &&
    Number.isSafeInteger(value["amount"])
  );
}

function isOneOf(names: readonly string[], value: unknown): boolean {
  return typeof value === "string" && names.includes(value);
}
