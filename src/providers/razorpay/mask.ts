import type { PaymentDetail } from "#payments";
import type { LinkPayment } from "./schemas.ts";
import { paymentStateOf } from "./status-map.ts";
import { SECOND_MS } from "#base";

const METHOD = /^[a-z_]{1,32}$/;

/** A payer's payment in the words of our status answer. Only what is listed here: no VPA, e-mail, phone or card (I10). */
export function maskPayment(payment: LinkPayment): PaymentDetail {
  const { payment_id: transactionId, status, amount, method, created_at: createdAtSec } = payment;
  return {
    transactionId,
    state: paymentStateOf(status),
    ...(method !== undefined && METHOD.test(method) ? { paymentMode: method.toUpperCase() } : {}),
    ...(amount === undefined ? {} : { amount }),
    ...(createdAtSec === undefined ? {} : { timestamp: createdAtSec * SECOND_MS }),
  };
}
