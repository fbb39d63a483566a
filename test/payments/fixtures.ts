/** Payments in every state, made by hand so that tests of one state do not depend on the way there. */
import {
  amountPaisa,
  merchantIdSchema,
  merchantOrderIdSchema,
  merchantRefundIdSchema,
  providerOrderIdSchema,
} from "#base";
import type {
  Attempt,
  AttemptState,
  Payment,
  PaymentState,
  Refund,
  RefundState,
} from "../../src/payments/model.ts";
import type { OrderReport } from "../../src/payments/ports.ts";
import { NO_RISK } from "../support/no-risk.ts";

export const NOW_MS = 1_000_000_000;
export const AMOUNT_PAISA = 10_000;

export function attemptIn(state: AttemptState, more: Partial<Attempt> = {}): Attempt {
  const known = state === "OPEN" || state === "CAPTURED" || state === "DEAD";
  const ended = state === "CAPTURED" || state === "DEAD";
  return {
    n: 1,
    provider: "phonepe",
    providerOrderId: providerOrderIdSchema.parse("order"),
    state,
    providerRef: known ? "OMO_order" : null,
    payUrl: known ? "https://pay.example/order" : null,
    createdAtMs: NOW_MS - 10_000,
    openedAtMs: known ? NOW_MS - 10_000 : null,
    expiresAtMs: known ? NOW_MS + 600_000 : null,
    capturedPaisa: amountPaisa(state === "CAPTURED" ? AMOUNT_PAISA : 0),
    doubtSinceMs: state === "UNKNOWN" || state === "ABANDONED" ? NOW_MS - 5_000 : null,
    misses: 0,
    failures: 0,
    hinted: false,
    end: state === "DEAD" ? "failed" : null,
    errorCode: null,
    detailedErrorCode: null,
    paymentDetails: [],
    nextAtMs: ended ? null : NOW_MS,
    ...more,
  };
}

const STATE_WITH: Record<AttemptState, PaymentState> = {
  PLANNED: "INITIATING",
  SENT: "INITIATING",
  UNKNOWN: "INITIATING",
  OPEN: "PENDING",
  ABANDONED: "INITIATING",
  CAPTURED: "COMPLETED",
  DEAD: "FAILED",
};

export function paymentWith(attempt: Attempt, more: Partial<Payment> = {}): Payment {
  return {
    paymentId: "pay_0123456789abcdefghijkl",
    merchantId: merchantIdSchema.parse("m"),
    merchantOrderId: merchantOrderIdSchema.parse("order"),
    state: STATE_WITH[attempt.state],
    amountPaisa: amountPaisa(AMOUNT_PAISA),
    order: { redirectUrl: "https://shop.example", expireAfterSec: 900 },
    contentHash: "hash",
    configVersion: 0,
    customer: null,
    erasedAtMs: null,
    restoredAtMs: null,
    risk: NO_RISK,
    createdAtMs: NOW_MS - 10_000,
    updatedAtMs: NOW_MS - 10_000,
    expiresAtMs: NOW_MS + 600_000,
    route: ["phonepe"],
    promised: false,
    confirmedBy: attempt.state === "CAPTURED" ? "status_api" : null,
    capturedAttempt: attempt.state === "CAPTURED" ? attempt.n : null,
    errorCode: null,
    detailedErrorCode: null,
    review: null,
    eventSeq: 7,
    attempts: [attempt],
    refunds: [],
    ...more,
  };
}

export function refundIn(state: RefundState, more: Partial<Refund> = {}): Refund {
  const ended = state === "COMPLETED" || state === "FAILED";
  return {
    merchantRefundId: merchantRefundIdSchema.parse("refund"),
    attemptN: 1,
    state,
    amountPaisa: amountPaisa(1_000),
    reason: null,
    automatic: false,
    providerRefundId: null,
    errorCode: null,
    createdAtMs: NOW_MS - 10_000,
    doubtSinceMs: state === "UNKNOWN" ? NOW_MS - 5_000 : null,
    misses: 0,
    posts: state === "QUEUED" ? 0 : 1,
    nextAtMs: ended ? null : NOW_MS,
    ...more,
  };
}

export function report(more: Partial<OrderReport> = {}): OrderReport {
  return {
    state: "PENDING",
    amountPaisa: AMOUNT_PAISA,
    providerOrderId: "order",
    providerRef: "OMO_order",
    paymentDetails: [],
    ...more,
  };
}
