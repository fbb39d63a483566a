/** What a payment holds of its payer, for the payer (GDR-3); the names of the wire. */
import * as z from "zod";
import { once } from "#base";
import type { Payment } from "./model.ts";
import type { PaymentRecord } from "./record.ts";

const bodySchema = once(() => z.json());

/** Every field that may be about the person, with the money it was about; nothing of it once it is erased. */
export function personView(record: PaymentRecord) {
  const { payment } = record.facts;
  return {
    merchantOrderId: payment.merchantOrderId,
    paymentId: payment.paymentId,
    state: payment.state,
    amount: payment.amountPaisa,
    createdAt: payment.createdAtMs,
    erasedAt: payment.erasedAtMs,
    customer: payment.customer,
    redirectUrl: payment.order.redirectUrl,
    riskScore: payment.risk.score,
    riskReasons: payment.risk.reasons,
    personal: record.personal && fieldsView(payment, record.personal),
  };
}

function fieldsView(payment: Payment, { fields, rows }: NonNullable<PaymentRecord["personal"]>) {
  return {
    message: fields.message ?? null,
    metaInfo: fields.metaInfo ?? null,
    contentHash: fields.contentHash,
    fingerprint: fields.fingerprint,
    network: fields.network,
    paymentDetails: payment.attempts.map(({ provider }, index) => ({
      provider,
      details: fields.paymentDetails[index] ?? [],
    })),
    refundReasons: payment.refunds.map(({ merchantRefundId }, index) => ({
      merchantRefundId,
      reason: fields.reasons[index] ?? null,
    })),
    notifications: rows.outbox.map(({ type, data }) => ({
      type,
      data: bodySchema().parse(JSON.parse(data)),
    })),
    keptAnswers: rows.answers.map(({ at_ms, outcome, body }) => ({ at: at_ms, outcome, body })),
  };
}
