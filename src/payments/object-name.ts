import type { MerchantId } from "#base";

/** The object's name: all routing to it goes through here. */
export function paymentObjectName(merchantId: MerchantId, merchantOrderId: string): string {
  return `${merchantId}/${merchantOrderId}`;
}
