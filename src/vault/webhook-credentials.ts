import { equalInConstantTime, type MerchantId, sha256Hex } from "#base";
import type { Directory, Merchant } from "./merchants.ts";

/**
 * The merchant whose PhonePe webhook credentials made this `Authorization` header: SHA-256 hex of
 * `username:password`, either case (contract.md 6.2). It proves who sent it, not what: the body is not
 * covered, so whatever it says is a hint (I4). With `merchantId` only that merchant's credentials count.
 * Every candidate is compared, in constant time, so that the time taken does not tell which one fits.
 */
export async function merchantByPhonePeAuthorization(
  directory: Directory,
  authorization: string,
  merchantId?: MerchantId,
): Promise<Merchant | undefined> {
  const given = authorization.trim().toLowerCase();
  let match: Merchant | undefined;
  for (const merchant of directory.merchants.values()) {
    if (!merchant.phonepe || (merchantId !== undefined && merchant.id !== merchantId)) continue;
    const { webhookUsername, webhookPassword } = merchant.phonepe;
    const expected = await sha256Hex(`${webhookUsername}:${webhookPassword}`);
    const fits = await equalInConstantTime(given, expected);
    if (fits && match === undefined) match = merchant;
  }
  return match;
}
