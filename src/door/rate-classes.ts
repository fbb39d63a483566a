import type { ApiKey, QuotaSetting, RateClass, Tier } from "#vault";
import type { RateLimit } from "./rate-window.ts";

const SECOND_MS = 1_000;

/** api.md 4, "Rate limits": per API key and class of endpoints. */
const TIER_QUOTAS: Readonly<Record<Tier, Readonly<Record<RateClass, QuotaSetting>>>> = {
  standard: quotas({ write: [50, 20], read: 100, securityPerMinute: 10 }),
  plus: quotas({ write: [500, 200], read: 1_000, securityPerMinute: 30 }),
  enterprise: quotas({ write: [5_000, 2_000], read: 10_000, securityPerMinute: 60 }),
};

/** What limits depend on. */
export type Limited = Pick<ApiKey, "tier" | "merchant">;

/** What one key may do in one class: its tier's limits, or what the merchant's configuration says instead. */
export function limitsOf(apiKey: Limited, rateClass: RateClass): readonly RateLimit[] {
  const { quota, windowSec, burst } =
    apiKey.merchant.limits[rateClass] ?? TIER_QUOTAS[apiKey.tier][rateClass];
  const sustained = { name: rateClass, quota, windowMs: windowSec * SECOND_MS };
  if (!burst) return [sustained];
  const { quota: burstQuota, windowSec: burstSec } = burst;
  return [
    sustained,
    { name: `${rateClass}-burst`, quota: burstQuota, windowMs: burstSec * SECOND_MS },
  ];
}

function quotas({
  write: [sustained, burst],
  read,
  securityPerMinute,
}: {
  readonly write: readonly [number, number];
  readonly read: number;
  readonly securityPerMinute: number;
}): Record<RateClass, QuotaSetting> {
  const write = { quota: sustained, windowSec: 10, burst: { quota: burst, windowSec: 1 } };
  return {
    initiate: write,
    refund: write,
    read: { quota: read, windowSec: 10 },
    security: { quota: securityPerMinute, windowSec: 60 },
  };
}
