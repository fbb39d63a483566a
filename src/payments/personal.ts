/**
 * What a payment holds of a person (GDR-2), pure: taken out, put back, gone for good. The payment without it still
 * tells all of the money: ids, states, sums, times (docs/privacy.md).
 */
import * as z from "zod";
import { once, readJson } from "#base";
import { orderDetailsSchema, type Payment, paymentDetailSchema } from "./model.ts";

/** What stands for the hash of a request that nobody may be found by any more; equals no hash. */
const NO_CONTENT = "";

export const personalFieldsSchema = once(() =>
  z.object({
    message: orderDetailsSchema().shape.message,
    metaInfo: orderDetailsSchema().shape.metaInfo,
    /** A hash over the whole request, the payer's phone and e-mail too: it could be found by trying. */
    contentHash: z.string(),
    fingerprint: z.string().nullable(),
    network: z.string().nullable().default(null),
    /** By attempt: the masked instruments. */
    paymentDetails: z.array(z.array(paymentDetailSchema())),
    /** By refund: the merchant's words. */
    reasons: z.array(z.string().nullable()),
  }),
);
export type PersonalFields = z.infer<ReturnType<typeof personalFieldsSchema>>;

export function personalFieldsOf({ order, contentHash, risk, ...rest }: Payment): PersonalFields {
  return {
    message: order.message,
    metaInfo: order.metaInfo,
    contentHash,
    fingerprint: risk.fingerprint,
    network: risk.network,
    paymentDetails: rest.attempts.map((attempt) => [...attempt.paymentDetails]),
    reasons: rest.refunds.map((refund) => refund.reason),
  };
}

/** The payment with nothing of a person. One that has nothing is given back itself, and so are its records. */
export function withoutPersonal(payment: Payment): Payment {
  const { order, risk, contentHash } = payment;
  const attempts = payment.attempts.map((attempt) =>
    attempt.paymentDetails.length === 0 ? attempt : { ...attempt, paymentDetails: [] },
  );
  const refunds = payment.refunds.map((refund) =>
    refund.reason === null || refund.automatic ? refund : { ...refund, reason: null },
  );
  const same =
    order.message === undefined &&
    order.metaInfo === undefined &&
    risk.fingerprint === null &&
    risk.network === null &&
    contentHash === NO_CONTENT &&
    attempts.every((attempt, index) => attempt === payment.attempts[index]) &&
    refunds.every((refund, index) => refund === payment.refunds[index]);
  if (same) return payment;
  const { message: _, metaInfo: __, ...bareOrder } = order;
  return {
    ...payment,
    order: bareOrder,
    contentHash: NO_CONTENT,
    risk: { ...risk, fingerprint: null, network: null },
    attempts,
    refunds,
  };
}

/** Puts back what `personalFieldsOf` took out of the same payment. */
export function withPersonal(payment: Payment, fields: PersonalFields): Payment {
  const { message, metaInfo, contentHash, fingerprint, network, paymentDetails, reasons } = fields;
  return {
    ...payment,
    order: {
      ...payment.order,
      ...(message === undefined ? {} : { message }),
      ...(metaInfo === undefined ? {} : { metaInfo }),
    },
    contentHash,
    risk: { ...payment.risk, fingerprint, network },
    attempts: payment.attempts.map((attempt, index) => ({
      ...attempt,
      paymentDetails: paymentDetails[index] ?? [],
    })),
    refunds: payment.refunds.map((refund, index) => ({
      ...refund,
      reason: reasons[index] ?? refund.reason,
    })),
  };
}

/** A status object as it stands in a notification or a kept answer, with nothing of a person; other texts stay. */
export function bodyWithoutPersonal(body: string): string {
  const parsed = z.record(z.string(), z.json()).safeParse(readJson(body));
  return parsed.success ? JSON.stringify(bare(parsed.data)) : body;
}

/** Names under which a person may stand in our answers, and what is said instead. */
const PERSONAL_NAMES: ReadonlyMap<string, z.core.util.JSONType> = new Map([
  ["paymentDetails", []],
  ["fingerprint", null],
]);

function bare(value: z.core.util.JSONType): z.core.util.JSONType {
  if (Array.isArray(value)) return value.map(bare);
  if (value === null || typeof value !== "object") return value;
  const kept: Record<string, z.core.util.JSONType> = {};
  for (const [name, inner] of Object.entries(value)) {
    if (isMerchantsReason(name, value)) continue;
    const instead = PERSONAL_NAMES.get(name);
    kept[name] = instead === undefined ? bare(inner) : instead;
  }
  return kept;
}

/** A refund's reason is the merchant's words; the reason of a review is ours. */
function isMerchantsReason(name: string, object: object): boolean {
  return name === "reason" && "merchantRefundId" in object;
}
