import * as z from "zod";
import { randomBytes, toBase64Url } from "./bytes.ts";

/** PhonePe's rule for order and refund ids (contract.md 3.1, 5.1); ours is the same (api.md 4). */
const ORDER_ID = /^[A-Za-z0-9_-]{1,63}$/;

export const merchantIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .brand<"MerchantId">();
export const merchantOrderIdSchema = z.string().regex(ORDER_ID).brand<"MerchantOrderId">();
export const merchantRefundIdSchema = z.string().regex(ORDER_ID).brand<"MerchantRefundId">();
/** The id of one order at a provider: the merchant's own for the first attempt, derived for later ones. */
export const providerOrderIdSchema = z.string().regex(ORDER_ID).brand<"ProviderOrderId">();

export type MerchantId = z.infer<typeof merchantIdSchema>;
export type MerchantOrderId = z.infer<typeof merchantOrderIdSchema>;
export type MerchantRefundId = z.infer<typeof merchantRefundIdSchema>;
export type ProviderOrderId = z.infer<typeof providerOrderIdSchema>;

/** A fresh id of 128 random bits behind a readable prefix, in the alphabet of order ids. */
export function randomId(prefix: string): string {
  return `${prefix}_${toBase64Url(randomBytes(16))}`;
}
