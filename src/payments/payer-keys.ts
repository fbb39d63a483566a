import type { MerchantOrderId } from "#base";
import type { Payment } from "./model.ts";

/** Under which keys risk knows a payment; of an erased person none is left. */
export interface PayerKeys {
  readonly merchantOrderId: MerchantOrderId;
  readonly customer: string | null;
  readonly fingerprint: string | null;
  readonly network: string | null;
  readonly createdAtMs: number;
}

export function payerKeysOf({ merchantOrderId, customer, risk, createdAtMs }: Payment): PayerKeys {
  const { fingerprint, network } = risk;
  return { merchantOrderId, customer, fingerprint, network, createdAtMs };
}
