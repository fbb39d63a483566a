/** How long what is kept where, pure (docs/retention.md; PCI-3.2.1). */
import { DAY_MS, MINUTE_MS } from "#base";

/** Idempotency answers: their keys count for 24 h (api.md 3); a week leaves room for late repeats. */
export const ANSWER_LIFE_MS = 7 * DAY_MS;
/** A payment that was asked for in the archive lives in its object again for so long, and no longer than any other. */
const WOKEN_LIFE_MS = 7 * DAY_MS;
/** Seven years with their leap days, from the last change on: what tax and company law ask for at most. */
const RECORD_LIFE_MS = 2_557 * DAY_MS;
/** After a try that failed: the archive is no reason to hurry. */
export const RETRY_MS = 60 * MINUTE_MS;

export interface RestingPayment {
  /** The last change of anything. */
  readonly updatedAtMs: number;
  /** When it came back from the archive; null when it never was there. */
  readonly wokenAtMs: number | null;
  /** How long a payment lives in its object (`RETENTION_LIVE_DAYS`). */
  readonly liveMs: number;
}

/** When a payment at rest goes to the archive. */
export function archiveAtMs({ updatedAtMs, wokenAtMs, liveMs }: RestingPayment): number {
  const restedAtMs = updatedAtMs + liveMs;
  return wokenAtMs === null
    ? restedAtMs
    : Math.max(restedAtMs, wokenAtMs + Math.min(WOKEN_LIFE_MS, liveMs));
}

/** When nothing of it is kept any more. */
export function removeAtMs({ updatedAtMs }: { readonly updatedAtMs: number }): number {
  return updatedAtMs + RECORD_LIFE_MS;
}
