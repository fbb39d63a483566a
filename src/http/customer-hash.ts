import { sha256Hex } from "#base";

/** What a payer is known by behind the edge: the merchant's own id of the payer is never stored or routed by (GDR-2). */
export function customerHash(customerId: string): Promise<string> {
  return sha256Hex(`customer/${customerId}`);
}
