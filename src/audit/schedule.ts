/** When a log has something to seal. Pure. */
import { monthEndMs, monthOf } from "./entry.ts";
import { RETRY_FIRST_MS, RETRY_MAX_MS, SEAL_AFTER_MS, SEGMENT_ENTRIES_MAX } from "./limits.ts";
import type { LiveSum } from "./store.ts";

/** The moment from which `isSealDue` holds. */
export function alarmAtMs({ count, firstAtMs, lastAtMs }: LiveSum): number {
  const isFull = count >= SEGMENT_ENTRIES_MAX || monthOf(firstAtMs) !== monthOf(lastAtMs);
  return isFull ? lastAtMs : Math.min(firstAtMs + SEAL_AFTER_MS, monthEndMs(firstAtMs));
}

export function isSealDue(live: LiveSum, nowMs: number): boolean {
  return nowMs >= alarmAtMs(live);
}

/** How long a failed run waits, the first time and the `count`th. */
export function retryAfterMs(count: number): number {
  return Math.min(RETRY_FIRST_MS * 2 ** Math.min(count - 1, 10), RETRY_MAX_MS);
}
