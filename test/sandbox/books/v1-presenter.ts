import type { Attempt, Order, Refund } from "./schema.ts";

/** Version 1 answers and callbacks (contract 6.8): `code` decides, `success` alone never means paid. */

const CODES = {
  PENDING: "PAYMENT_PENDING",
  CONFIRMED: "PAYMENT_PENDING",
  COMPLETED: "PAYMENT_SUCCESS",
  FAILED: "PAYMENT_ERROR",
} as const;

const V1_INSTRUMENTS = new Map([
  ["CARD", "CARD"],
  ["NET_BANKING", "NETBANKING"],
]);

export function v1Callback(order: Order, attempt: Attempt | undefined): object {
  const transactionId = attempt?.transactionId ?? order.orderId;
  const type = V1_INSTRUMENTS.get(attempt?.paymentMode ?? "") ?? "UPI";
  return {
    success: order.state !== "FAILED",
    code: CODES[order.state],
    message: messageOf(order.state),
    data: {
      merchantId: order.merchantId,
      merchantTransactionId: order.merchantOrderId,
      transactionId: transactionId.replace(/^OM[OR]?/, "T"),
      amount: order.amountPaisa,
      state: order.state,
      responseCode: responseCodeOf(order),
      paymentInstrument:
        type === "UPI" ? { type, utr: transactionId.replaceAll(/\D/g, "").slice(-12) } : { type },
    },
  };
}

export function v1RefundAnswer(refund: Refund): object {
  return {
    success: refund.state !== "FAILED",
    code: CODES[refund.state],
    message: refund.state === "PENDING" ? "Refund is being processed" : messageOf(refund.state),
    data: {
      merchantId: refund.merchantId,
      merchantTransactionId: refund.merchantRefundId,
      transactionId: refund.refundId.replace(/^OMR/, "TR"),
      amount: refund.amountPaisa,
      state: refund.state,
      responseCode: responseCodeOf(refund),
    },
  };
}

function responseCodeOf(row: { state: string; detailedErrorCode: string }): string {
  if (row.state === "COMPLETED") return "SUCCESS";
  return row.state === "FAILED" ? row.detailedErrorCode : "PENDING";
}

function messageOf(state: string): string {
  if (state === "COMPLETED") return "Your request has been successfully completed.";
  return state === "FAILED" ? "Payment failed" : "Your payment is in progress.";
}
