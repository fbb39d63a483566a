/** What a merchant is told of a score: few codes, each for several features or rules. */
export const REASON_CODES = [
  "amount_high",
  "amount_unusual_for_customer",
  "amount_unusual_for_merchant",
  "amount_small_repeated",
  "unusual_hour",
  "customer_blocked",
  "customer_allowed",
  "customer_velocity",
  "customer_history_short",
  "customer_fraud_history",
  "customer_declines",
  "customer_many_merchants",
  "customer_many_devices",
  "merchant_new_to_customer",
  "device_new_to_customer",
  "network_new_to_customer",
  "device_blocked",
  "device_velocity",
  "device_many_customers",
  "device_declines",
  "device_fraud_history",
  "network_blocked",
  "network_velocity",
  "network_many_customers",
  "network_declines",
  "network_fraud_history",
  "merchant_fraud_history",
  "merchant_velocity",
  "merchant_declines",
  "country_mismatch",
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

const CODES: ReadonlySet<string> = new Set(REASON_CODES);

export function isReasonCode(code: string): code is ReasonCode {
  return CODES.has(code);
}

export interface Contribution {
  readonly code: ReasonCode;
  readonly contribution: number;
}

export const REASONS_MAX = 5;

/** The codes that raise a score most, at most five, the strongest first. */
export function strongest(sums: readonly Contribution[]): readonly Contribution[] {
  const raising = sums.filter(({ contribution }) => contribution > 0);
  raising.sort((a, b) => b.contribution - a.contribution || (a.code < b.code ? -1 : 1));
  return raising.slice(0, REASONS_MAX);
}
