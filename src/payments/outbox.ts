/**
 * What the merchant must be told, and when to try again (api.md 6). The row stands in the payment's own object,
 * written with the state it tells of, and stays until the receiver's 2xx: nothing is lost with a process, and a
 * slow or dead receiver delays only its own payments.
 */
import { HOUR_MS, MINUTE_MS, SECOND_MS, utf8 } from "#base";

export interface OutboxNotification {
  /** Stays over retries, and so do the body's bytes (WHK-4). No full stop inside (WHK-1). */
  readonly id: string;
  readonly type: string;
  readonly body: string;
}

export type DeliveryOutcome =
  | { readonly type: "delivered" }
  /** The merchant has given no address: nobody waits for this. */
  | { readonly type: "unwanted" }
  | { readonly type: "retry"; readonly retryAfterMs: number | null }
  /** Trying again cannot help: the receiver is gone for good, or its address is not allowed. */
  | { readonly type: "hopeless"; readonly reason: string };

/** A notification that waits for an operator. */
export interface ParkedNotification {
  readonly merchantOrderId: string;
  readonly seq: number;
  readonly type: string;
  readonly reason: string;
}

/** After so long a notification waits for an operator (api.md 6). */
const LIFE_MS = 72 * HOUR_MS;
/** A try that was cut off with its object is taken up again after this; longer than any try's own time limit. */
export const TRY_LEASE_MS = MINUTE_MS;
const WAITS_MS = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
] as const;
const WAIT_LAST_MS = 8 * HOUR_MS;
const RETRY_AFTER_MAX_MS = 24 * HOUR_MS;

export interface FailedTry {
  /** When the notification was first due, or replayed by an operator. */
  readonly sinceMs: number;
  /** Tries so far, this one counted. */
  readonly tries: number;
  readonly nowMs: number;
  /** 0 to 1. */
  readonly random: number;
  /** What the receiver asked for; never less is waited. */
  readonly retryAfterMs: number | null;
}

/**
 * When to try again, or null when the notification's 72 hours are over. The first wait is 5 s sharp; later ones
 * are spread by a fifth either way, so that a receiver that comes back is not met by everybody at once.
 */
export function nextTryAtMs({
  sinceMs,
  tries,
  nowMs,
  random,
  retryAfterMs,
}: FailedTry): number | null {
  const base = WAITS_MS[tries - 1] ?? WAIT_LAST_MS;
  const spread = tries <= 1 ? base : Math.round(base * (0.8 + 0.4 * random));
  const asked = Math.min(RETRY_AFTER_MAX_MS, retryAfterMs ?? 0);
  const nextAtMs = nowMs + Math.max(spread, asked);
  return nextAtMs - sinceMs > LIFE_MS ? null : nextAtMs;
}

/** Bodies stay under 20 kB (WHK-8); what stands around the status object takes some of that. */
const DATA_BYTES_MAX = 19_000;

/** Of a status object, what can grow without an end. */
interface GrowingStatus {
  readonly attempts: readonly { readonly paymentDetails: readonly unknown[] }[];
  readonly refunds: readonly { readonly merchantRefundId: string }[];
  readonly timeline: readonly unknown[];
}

/**
 * The status object as JSON, small enough for a notification. Of one that is too big the oldest payment details,
 * refunds and timeline entries stay out, never a refund that the notification is about; `truncated` then says
 * that the whole is to be had from status.
 */
export function notificationData(
  status: GrowingStatus,
  isAbout: (merchantRefundId: string) => boolean,
): string {
  const whole = JSON.stringify(status);
  if (bytesOf(whole) <= DATA_BYTES_MAX) return whole;
  const told = status.refunds.filter((refund) => isAbout(refund.merchantRefundId));
  const others = status.refunds.filter((refund) => !isAbout(refund.merchantRefundId));
  const bare = {
    ...status,
    attempts: status.attempts.map((attempt) => ({ ...attempt, paymentDetails: [] })),
    refunds: told,
    timeline: [],
    truncated: true,
  };
  let left = DATA_BYTES_MAX - bytesOf(JSON.stringify(bare));
  const newest = <Item>(items: readonly Item[]): Item[] => {
    const sizes = items.map((item) => bytesOf(JSON.stringify(item)) + 1);
    let from = items.length;
    while (from > 0 && (sizes[from - 1] ?? 0) <= left) {
      from -= 1;
      left -= sizes[from] ?? 0;
    }
    return items.slice(from);
  };
  const attempts = status.attempts
    .toReversed()
    .map((attempt) => ({ ...attempt, paymentDetails: newest(attempt.paymentDetails) }))
    .toReversed();
  const kept = new Set([...told, ...newest(others)]);
  const refunds = status.refunds.filter((refund) => kept.has(refund));
  return JSON.stringify({ ...bare, attempts, refunds, timeline: newest(status.timeline) });
}

function bytesOf(text: string): number {
  return utf8(text).length;
}
