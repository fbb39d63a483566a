/**
 * Razorpay for one merchant, behind the payments room's port: an order is a payment link. Each call says what it
 * knows, never more. A link is created at most once, since its reference is unique; what an answer leaves open is
 * settled by a look, not by a repeat.
 *
 * A link lives for at least 15 minutes from its creation. An order with a shorter time gets a link that outlives
 * it, and we say so: `expiresAtMs` is when the link ends, not when the merchant wished. Until then the attempt is
 * open, so nobody else is given a way to pay it (I1), and a payment in that time is taken (I2).
 */
import { type Clock, MINUTE_MS, type ProviderOrderId, SECOND_MS } from "#base";
import type {
  OrderReport,
  PayCommand,
  PayOutcome,
  Provider,
  RefundStatusOutcome,
  StatusOutcome,
} from "#payments";
import { type CallOptions, type CallResult, contentOf, makeCalls, refusalOf } from "./calls.ts";
import { findLink } from "./find-link.ts";
import { maskPayment } from "./mask.ts";
import { ORDER_NOTE, referenceOf } from "./reference.ts";
import { placeRefund, refundStatusOf } from "./refunds.ts";
import { createdLinkSchema, type Link } from "./schemas.ts";
import { linkMeaning, saysReferenceExists } from "./status-map.ts";

/** Razorpay's 15 minutes, by a clock that is not ours. */
const LINK_LIFE_MS_MIN = 16 * MINUTE_MS;
/** One of them is our id. */
const NOTES_MAX = 15;

export interface RazorpayOptions extends CallOptions {
  readonly nowMs: Clock;
}

export function makeRazorpayClient(options: RazorpayOptions): Provider {
  const calls = makeCalls(options);

  const orderStatus = async (id: ProviderOrderId): Promise<StatusOutcome> => {
    const lookup = await findLink(calls, id);
    if (lookup.type !== "found") return lookup;
    return { type: "found", report: reportOf(lookup.link, id) };
  };

  return {
    name: "razorpay",
    checkoutScriptUrl: null,
    orderStatus,
    async pay(command) {
      const request = await linkRequest(command, options.nowMs());
      const result = await calls.post({ operation: "pay", path: "/payment_links", body: request });
      const outcome = readPay(result, request);
      if (outcome.type !== "rejected") return outcome;
      return settleRefusal(outcome, await orderStatus(command.providerOrderId));
    },
    async refund(command) {
      const outcome = await placeRefund(calls, command);
      if (outcome.type !== "rejected") return outcome;
      return settleRefusal(outcome, await refundStatusOf(calls, command));
    },
    refundStatus: (query) => refundStatusOf(calls, query),
  };
}

/** The payer is told nothing by Razorpay itself, and pays all or nothing. */
async function linkRequest({ providerOrderId, amountPaisa, order }: PayCommand, nowMs: number) {
  const udfs = Object.entries(order.metaInfo ?? {}).filter(([, value]) => value !== "");
  const lifeMs = Math.max(LINK_LIFE_MS_MIN, order.expireAfterSec * SECOND_MS);
  return {
    amount: amountPaisa,
    currency: "INR",
    accept_partial: false,
    reference_id: await referenceOf(providerOrderId),
    expire_by: Math.ceil((nowMs + lifeMs) / SECOND_MS),
    reminder_enable: false,
    notify: { sms: false, email: false },
    callback_url: order.redirectUrl,
    callback_method: "get",
    ...(order.message === undefined ? {} : { description: order.message }),
    notes: {
      [ORDER_NOTE]: providerOrderId,
      ...Object.fromEntries(udfs.slice(0, NOTES_MAX - 1)),
    },
  };
}

type LinkRequest = Awaited<ReturnType<typeof linkRequest>>;

function readPay(result: CallResult, request: LinkRequest): PayOutcome {
  const content = contentOf(result);
  if (!content) {
    const refusal = refusalOf(result);
    if (refusal.type !== "rejected") return refusal;
    const { code, error } = refusal;
    return saysReferenceExists(error.description) ? { type: "exists" } : { type: "rejected", code };
  }
  const parsed = createdLinkSchema().safeParse(content.json);
  // A success that cannot be read has made a link all the same.
  if (!parsed.success) return { type: "unknown", reason: "malformed_answer" };
  const link = parsed.data;
  if (link.reference_id !== request.reference_id || link.amount !== request.amount) {
    return { type: "unknown", reason: "another_link" };
  }
  return {
    type: "accepted",
    providerRef: link.id,
    payUrl: link.short_url,
    expiresAtMs: (link.expire_by ?? request.expire_by) * SECOND_MS,
  };
}

type Rejected = Extract<PayOutcome, { type: "rejected" }>;
type Settled = Rejected | Extract<PayOutcome, { type: "exists" | "unknown" }>;

/** A 400 is said of a bad body and of a used id alike: only a look tells them apart. */
function settleRefusal(refusal: Rejected, status: StatusOutcome | RefundStatusOutcome): Settled {
  if (status.type === "found") return { type: "exists" };
  if (status.type === "not_found") return refusal;
  return { type: "unknown", reason: "refused_unconfirmed" };
}

/** The amount is what was paid once there is money: it is what must agree with what was asked for (I4). */
function reportOf(link: Link, id: ProviderOrderId): OrderReport {
  const { state, errorCode } = linkMeaning(link);
  const moneyIsThere = state === "COMPLETED" || link.amount_paid > 0;
  return {
    state,
    amountPaisa: moneyIsThere ? link.amount_paid : link.amount,
    providerOrderId: link.notes[ORDER_NOTE] ?? id,
    providerRef: link.id,
    ...(link.expire_by ? { expiresAtMs: link.expire_by * SECOND_MS } : {}),
    errorCode,
    paymentDetails: link.payments.map(maskPayment),
  };
}
