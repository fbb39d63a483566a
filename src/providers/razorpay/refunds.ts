/**
 * Refunds at Razorpay. They are made of a payment and found among the refunds of that payment, by the receipt that
 * is our id; so the order's link is looked up first, every time.
 */
import type { ProviderOrderId } from "#base";
import type { RefundCommand, RefundOutcome, RefundQuery, RefundStatusOutcome } from "#payments";
import { type Calls, contentOf, reasonOf, refusalOf } from "./calls.ts";
import { capturedPaymentsOf, findLink } from "./find-link.ts";
import { ORDER_NOTE, REFUND_NOTE, referenceOf, refundKeyOf } from "./reference.ts";
import { type Refund, refundListSchema, refundSchema } from "./schemas.ts";
import { refundStateOf } from "./status-map.ts";

/** Razorpay's largest page. */
const REFUNDS_MAX = 100;

type Payments =
  | { readonly ok: true; readonly ids: readonly string[] }
  | { readonly ok: false; readonly reason: string };

/** The payments of an order that can have refunds. That there is none proves nothing: somebody asks for refunds. */
async function paymentsOf(calls: Calls, id: ProviderOrderId): Promise<Payments> {
  const lookup = await findLink(calls, id);
  if (lookup.type === "unreachable") return { ok: false, reason: lookup.reason };
  const ids = lookup.type === "found" ? capturedPaymentsOf(lookup.link) : [];
  return ids.length === 0 ? { ok: false, reason: "no_captured_payment" } : { ok: true, ids };
}

/** The key makes a call that is repeated bring the first refund again, whatever became of its answer. */
export async function placeRefund(calls: Calls, command: RefundCommand): Promise<RefundOutcome> {
  const { merchantRefundId, providerOrderId, amountPaisa } = command;
  const payments = await paymentsOf(calls, providerOrderId);
  if (!payments.ok) return { type: "not_sent", reason: payments.reason };
  const receipt = await referenceOf(merchantRefundId);
  const result = await calls.post({
    operation: "refund",
    path: `/payments/${payments.ids[0]}/refund`,
    headers: { "x-refund-idempotency": await refundKeyOf(merchantRefundId) },
    body: {
      amount: amountPaisa,
      receipt,
      notes: { [ORDER_NOTE]: providerOrderId, [REFUND_NOTE]: merchantRefundId },
    },
  });
  const content = contentOf(result);
  if (!content) {
    const refusal = refusalOf(result);
    return refusal.type === "rejected" ? { type: "rejected", code: refusal.code } : refusal;
  }
  const parsed = refundSchema().safeParse(content.json);
  if (!parsed.success) return { type: "unknown", reason: "malformed_answer" };
  const { id, amount, receipt: named } = parsed.data;
  if (amount !== amountPaisa || named !== receipt) {
    return { type: "unknown", reason: "another_refund" };
  }
  return { type: "accepted", providerRefundId: id };
}

export async function refundStatusOf(
  calls: Calls,
  query: RefundQuery,
): Promise<RefundStatusOutcome> {
  const payments = await paymentsOf(calls, query.providerOrderId);
  if (!payments.ok) return { type: "unreachable", reason: payments.reason };
  const receipt = await referenceOf(query.merchantRefundId);
  let seenAll: RefundStatusOutcome = { type: "not_found" };
  for (const paymentId of payments.ids) {
    const outcome = await findRefund(calls, paymentId, { ...query, receipt });
    if (outcome.type === "found") return outcome;
    if (outcome.type === "unreachable") seenAll = outcome;
  }
  return seenAll;
}

async function findRefund(
  calls: Calls,
  paymentId: string,
  wanted: RefundQuery & { readonly receipt: string },
): Promise<RefundStatusOutcome> {
  const result = await calls.get(
    "refund_status",
    `/payments/${paymentId}/refunds?count=${REFUNDS_MAX}`,
  );
  const content = contentOf(result);
  if (!content) return { type: "unreachable", reason: reasonOf(result) };
  const list = refundListSchema().safeParse(content.json);
  if (!list.success) return { type: "unreachable", reason: "malformed_answer" };
  const { items } = list.data;
  const refund = items.find((one) => one.receipt === wanted.receipt);
  if (refund) return { type: "found", report: reportOf(refund, wanted) };
  // A full page may have another behind it.
  if (items.length >= REFUNDS_MAX) return { type: "unreachable", reason: "too_many_refunds" };
  return { type: "not_found" };
}

function reportOf(refund: Refund, wanted: RefundQuery) {
  return {
    state: refundStateOf(refund.status),
    amountPaisa: refund.amount,
    merchantRefundId: refund.notes[REFUND_NOTE] ?? wanted.merchantRefundId,
    providerOrderId: refund.notes[ORDER_NOTE] ?? wanted.providerOrderId,
    providerRefundId: refund.id,
  };
}
