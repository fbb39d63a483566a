/**
 * When to ask the provider again. Pure functions of times, no counters: a missed or late look never shifts
 * the ones after it, and a restart changes nothing.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "#base";

/** When the alarm steps in for a call that was cut off with its object. Longer than any call's own time limit. */
export const CALL_SAFETY_MS = 20 * SECOND_MS;

/** UAT-36, counted from the pay answer: first look, then `every` until `until` (contract.md 8.3). */
const FIRST_LOOK_SEC = 25;
const STEPS_SEC = [
  { every: 3, until: 55 },
  { every: 6, until: 115 },
  { every: 10, until: 175 },
  { every: 30, until: 235 },
] as const;
const STEADY_SEC = 60;

/** Offsets in seconds of the looks before the steady ones. */
export const UAT36_OFFSETS_SEC: readonly number[] = offsets();

function offsets(): number[] {
  const list = [FIRST_LOOK_SEC];
  let last = FIRST_LOOK_SEC;
  for (const step of STEPS_SEC) {
    while (last + step.every <= step.until) {
      last += step.every;
      list.push(last);
    }
  }
  return list;
}

export interface LookTimes {
  /** The pay answer, from which the schedule counts. */
  readonly openedAtMs: number;
  readonly expiresAtMs: number;
  readonly nowMs: number;
}

/**
 * The next look at an order that is not final. UAT-36 up to the expiry; past it the looks go on, since an
 * attempt that was pending then can still settle (contract.md 4.3), every minute for an hour, every 15
 * minutes for three days, then hourly.
 */
export function nextLookAtMs({ openedAtMs, expiresAtMs, nowMs }: LookTimes): number {
  const overdueMs = nowMs - expiresAtMs;
  if (overdueMs >= 3 * DAY_MS) return nowMs + HOUR_MS;
  if (overdueMs >= HOUR_MS) return nowMs + 15 * MINUTE_MS;
  const elapsedMs = nowMs - openedAtMs;
  const next = UAT36_OFFSETS_SEC.find((offset) => offset * SECOND_MS > elapsedMs);
  if (next !== undefined) return openedAtMs + next * SECOND_MS;
  const last = UAT36_OFFSETS_SEC.at(-1) ?? FIRST_LOOK_SEC;
  const steady = Math.floor((elapsedMs - last * SECOND_MS) / (STEADY_SEC * SECOND_MS)) + 1;
  return openedAtMs + (last + steady * STEADY_SEC) * SECOND_MS;
}

/**
 * The next look at an order that ended unpaid: money may still come, and its webhook may not. Each wait is as long as
 * the order is past its expiry, from 5 minutes on; after three days only a webhook brings it back.
 */
export function nextLateLookAtMs(expiresAtMs: number, nowMs: number): number | null {
  const overdueMs = nowMs - expiresAtMs;
  if (overdueMs >= 3 * DAY_MS) return null;
  return nowMs + Math.max(5 * MINUTE_MS, overdueMs);
}

/** After a call without an answer, "not found" means "not yet" for this long (contract.md 4.4). */
export const DOUBT_MS = 25 * SECOND_MS;
/** ... and at least this often. */
export const MISSES_MIN = 3;

/** The next look at an order or refund that may not exist: after 2 s, then ever more rarely, at most every 10 s. */
export function nextDoubtLookAtMs(doubtSinceMs: number, nowMs: number): number {
  const ageMs = nowMs - doubtSinceMs;
  return nowMs + Math.min(10 * SECOND_MS, Math.max(2 * SECOND_MS, Math.round(ageMs * 0.6)));
}

/** The next look at a refund that the provider has: each wait half its age, from 3 s to an hour (UAT-56). */
export function nextRefundLookAtMs(createdAtMs: number, nowMs: number): number {
  const ageMs = nowMs - createdAtMs;
  return nowMs + Math.min(HOUR_MS, Math.max(3 * SECOND_MS, Math.round(ageMs / 2)));
}

const REPEAT_MS = 2 * SECOND_MS;

/** The next look after a webhook that was heard before: soon, but no sooner than what is planned already. */
export function soonestRepeatMs(plannedAtMs: number | null, nowMs: number): number {
  return Math.min(plannedAtMs ?? Number.MAX_SAFE_INTEGER, nowMs + REPEAT_MS);
}

/** After looks that got no answer: 2, 4, 8 seconds and so on, at most a minute (contract.md 7.4). */
export function nextAfterFailureMs(failures: number, nowMs: number): number {
  return nowMs + Math.min(MINUTE_MS, 2 ** Math.min(failures, 6) * SECOND_MS);
}

/** The earlier of two times, either of which may be none. */
export function earliest(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}
