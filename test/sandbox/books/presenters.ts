import type { Switches } from "../switches.ts";
import { blameFor, railOf } from "./instruments.ts";
import type { Attempt, Order, Refund } from "./schema.ts";

/** The wire form of orders and refunds (contract 4.2, 5.2, 6.5, 6.6). Fields that have no value are left out. */

export type OrderView = {
  attempts: Attempt[];
  errorContext: boolean;
  body: Switches["statusBody"];
};

export function presentOrder(order: Order, view: OrderView): object {
  const full = {
    merchantId: order.merchantId,
    merchantOrderId: order.merchantOrderId,
    orderId: order.orderId,
    state: order.state,
    amount: order.amountPaisa,
    payableAmount: order.amountPaisa,
    feeAmount: 0,
    expireAt: order.expiresAtMs,
    ...metaInfoOf(order),
    ...errorsOf(order),
    ...(view.errorContext && order.state === "FAILED" ? contextOf(order, view.attempts[0]) : {}),
    paymentDetails: view.attempts.map((attempt) => presentAttempt(attempt)),
  };
  switch (view.body) {
    case "minimal":
      return minimalOrder(order, view.attempts);
    case "unknown-fields":
      return {
        ...full,
        paymentDetails: view.attempts.map((attempt) => futureAttempt(attempt)),
        currency: "INR",
        futureField: { a: 1 },
      };
    case "other-amount":
      return { ...full, amount: order.amountPaisa + 100, payableAmount: order.amountPaisa + 100 };
    case "other-order-id":
      return { ...full, merchantOrderId: `${order.merchantOrderId}-other` };
    case "string-amount":
      return { ...full, amount: String(order.amountPaisa) };
    default:
      return full;
  }
}

/** The payload of an order's webhook. `amountPaisa` differs from the order's only in a forged one. */
export function orderPayload(order: Order, attempts: Attempt[], amountPaisa: number): object {
  return {
    merchantId: order.merchantId,
    merchantOrderId: order.merchantOrderId,
    orderId: order.orderId,
    state: order.state,
    amount: amountPaisa,
    currency: "INR",
    expireAt: order.expiresAtMs,
    ...metaInfoOf(order),
    ...errorsOf(order),
    paymentDetails: attempts.map((attempt) => presentAttempt(attempt)),
  };
}

export type RefundView = { body: Switches["refundBody"]; paidBy: string; amountPaisa: number };

export function presentRefund(refund: Refund, view: RefundView): object {
  const money =
    refund.state === "COMPLETED"
      ? {
          splitInstruments: [{ amount: view.amountPaisa, ...railOf(view.paidBy, refund.refundId) }],
        }
      : {};
  const attempt = {
    transactionId: refund.refundId,
    paymentMode: view.paidBy,
    timestamp: refund.updatedAtMs,
    amount: view.amountPaisa,
    state: refund.state,
    ...errorsOf(refund),
    ...(refund.state === "COMPLETED" ? railOf(view.paidBy, refund.refundId) : {}),
    ...money,
  };
  return {
    merchantId: refund.merchantId,
    merchantRefundId: refund.merchantRefundId,
    originalMerchantOrderId: refund.merchantOrderId,
    refundId: refund.refundId,
    amount: view.amountPaisa,
    state: refund.state,
    timestamp: refund.updatedAtMs,
    ...errorsOf(refund),
    ...(view.body === "split-instruments" ? money : { paymentDetails: [attempt] }),
  };
}

function presentAttempt(attempt: Attempt): object {
  const moved = attempt.state === "COMPLETED";
  const rail = railOf(attempt.paymentMode, attempt.transactionId);
  return {
    transactionId: attempt.transactionId,
    paymentMode: attempt.paymentMode,
    timestamp: attempt.createdAtMs,
    amount: attempt.amountPaisa,
    payableAmount: attempt.amountPaisa,
    feeAmount: 0,
    state: attempt.state,
    ...errorsOf(attempt),
    ...(moved ? { ...rail, splitInstruments: [{ amount: attempt.amountPaisa, ...rail }] } : {}),
  };
}

function futureAttempt(attempt: Attempt): object {
  return {
    ...presentAttempt(attempt),
    paymentMode: "SOME_FUTURE_MODE",
    rail: { type: "NEW_RAIL", x: 1 },
    responseCode: "SUCCESS",
  };
}

/** The least that a client must accept (order-status-minimal.json). */
function minimalOrder(order: Order, attempts: Attempt[]): object {
  return {
    orderId: order.orderId,
    state: order.state,
    amount: order.amountPaisa,
    expireAt: order.expiresAtMs,
    ...errorsOf(order),
    paymentDetails: attempts.map((attempt) => ({
      paymentMode: attempt.paymentMode,
      transactionId: attempt.transactionId,
      timestamp: attempt.createdAtMs,
      amount: attempt.amountPaisa,
      state: attempt.state,
    })),
  };
}

function metaInfoOf(order: Order): object {
  return order.metaInfo === "" ? {} : { metaInfo: JSON.parse(order.metaInfo) };
}

function errorsOf(row: { state: string; errorCode: string; detailedErrorCode: string }): object {
  if (row.state !== "FAILED") return {};
  return { errorCode: row.errorCode, detailedErrorCode: row.detailedErrorCode };
}

function contextOf(order: Order, attempt: Attempt | undefined): object {
  const { errorCode, detailedErrorCode } = order;
  const blame = blameFor({ errorCode, detailedErrorCode }, attempt);
  return { errorContext: { errorCode, detailedErrorCode, ...blame } };
}
