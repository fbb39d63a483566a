/**
 * Our ids at Razorpay. A payment link's `reference_id` is unique per account and at most 40 characters long, ours
 * are up to 63: a longer one is cut and told apart by its hash. The whole id goes into the notes, which Razorpay
 * gives back with links, payments, refunds and webhooks.
 */
import { sha256Hex } from "#base";

const REFERENCE_CHARS_MAX = 40;
/** 64 bits: two ids of one account that begin alike do not meet. */
const HASH_CHARS = 16;

export const ORDER_NOTE = "merchant_order_id";
export const REFUND_NOTE = "merchant_refund_id";

/** The same id always has the same reference, so that a repeated call is known for one. */
export async function referenceOf(id: string): Promise<string> {
  if (id.length <= REFERENCE_CHARS_MAX) return id;
  const hash = (await sha256Hex(id)).slice(0, HASH_CHARS);
  return `${id.slice(0, REFERENCE_CHARS_MAX - HASH_CHARS - 1)}-${hash}`;
}

/** Names a refund for `X-Refund-Idempotency`: at least 10 of `[A-Za-z0-9_-]`, whatever the merchant's id is. */
export async function refundKeyOf(merchantRefundId: string): Promise<string> {
  return `refund-${(await sha256Hex(merchantRefundId)).slice(0, 40)}`;
}
