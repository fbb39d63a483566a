/**
 * Whether a merchant's webhooks have gone silent, pure: payments end because we asked, and for an hour none ended
 * because PhonePe told us. Costs no money, but says that an URL, a password or a ticked event is wrong (PP-05).
 */
import { HOUR_MS } from "#base";

export interface Hearing {
  /** The newest end that a webhook told of; null when there was none yet. */
  readonly heardAtMs: number | null;
  /** The first end since then that only asking found. */
  readonly polledSinceMs: number | null;
}

export const NOTHING_HEARD: Hearing = { heardAtMs: null, polledSinceMs: null };

const SILENCE_MS = HOUR_MS;

/** Takes note of a payment's end: told by a webhook, or found by asking. */
export function noteEnd(hearing: Hearing, heard: boolean, nowMs: number): Hearing {
  if (heard) return { heardAtMs: nowMs, polledSinceMs: null };
  return { ...hearing, polledSinceMs: hearing.polledSinceMs ?? nowMs };
}

/** Since when webhooks are silent, or null: an hour of ends by polling, none of them told. */
export function silentSinceMs({ polledSinceMs }: Hearing, nowMs: number): number | null {
  if (polledSinceMs === null || nowMs - polledSinceMs < SILENCE_MS) return null;
  return polledSinceMs;
}
