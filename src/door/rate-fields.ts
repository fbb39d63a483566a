import type { RateStatus } from "./rate-window.ts";

const SECOND_MS = 1_000;

/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers; RAT-1 to RAT-3). Seconds are rounded
 * up: who waits them is not refused. Names are ours and need no escaping.
 */
export function rateFields(statuses: readonly RateStatus[]): Record<string, string> {
  const policies = statuses.map(
    ({ limit }) => `"${limit.name}";q=${limit.quota};w=${seconds(limit.windowMs)}`,
  );
  const left = statuses.map(
    ({ limit, remaining, moreInMs }) =>
      `"${limit.name}";r=${remaining};t=${Math.max(1, seconds(moreInMs))}`,
  );
  return { "ratelimit-policy": policies.join(", "), ratelimit: left.join(", ") };
}

/** The seconds after which every limit that is used up has room again (RAT-4: never earlier than `t`). */
export function retryAfterSec(statuses: readonly RateStatus[]): number {
  const waits = statuses.filter(({ remaining }) => remaining === 0).map(({ moreInMs }) => moreInMs);
  return Math.max(1, seconds(Math.max(0, ...waits)));
}

function seconds(ms: number): number {
  return Math.ceil(ms / SECOND_MS);
}
