/**
 * An exact sliding window (api.md 4): never more than `quota` admissions in any `windowMs`, also across window
 * edges. It is a log of admission times, so there is nothing to interpolate; a refused request leaves no trace.
 * Pure: the gate gives the time, and restores the log after an eviction. Limits may change at any time; a window
 * that was made longer counts what is still remembered.
 */

/** One limit under its public name. Several hold together, e.g. a sustained one and a burst. */
export interface RateLimit {
  readonly name: string;
  readonly quota: number;
  readonly windowMs: number;
}

/** What is left of one limit: how many may come now, and in how many ms there will be more. */
export interface RateStatus {
  readonly limit: RateLimit;
  readonly remaining: number;
  readonly moreInMs: number;
}

export interface RateAnswer {
  readonly admitted: boolean;
  /** One per limit, after this request. */
  readonly statuses: readonly RateStatus[];
}

/** Times of admissions in order, the oldest first. Grows to the largest quota and a little over. */
export interface RateWindow {
  readonly timesMs: number[];
}

/** Times before this index are out of every window; they are cut off in one piece now and then. */
const SPARE_MAX = 1_024;

/** A window that has admitted at these times before; times that are yet to come count as now. */
export function restoreWindow(timesMs: readonly number[], nowMs: number): RateWindow {
  return { timesMs: timesMs.map((time) => Math.min(time, nowMs)).toSorted((a, b) => a - b) };
}

/** Admits if every limit allows it, and only then writes the admission down. */
export function admitAt(
  window: RateWindow,
  limits: readonly RateLimit[],
  clockMs: number,
): RateAnswer {
  const { timesMs } = window;
  // A clock that is set back must not free anything.
  const nowMs = Math.max(clockMs, timesMs.at(-1) ?? clockMs);
  const admitted = limits.every((limit) => hasRoom(timesMs, limit, nowMs));
  if (admitted) timesMs.push(nowMs);
  const statuses = statusesAt(window, limits, nowMs);
  forget(timesMs, nowMs - Math.max(0, ...limits.map(({ windowMs }) => windowMs)));
  return { admitted, statuses };
}

/** What is left at a moment; nothing is counted. */
export function statusesAt(
  { timesMs }: RateWindow,
  limits: readonly RateLimit[],
  clockMs: number,
): readonly RateStatus[] {
  const nowMs = Math.max(clockMs, timesMs.at(-1) ?? clockMs);
  return limits.map((limit) => statusOf(timesMs, limit, nowMs));
}

/** The window of a name, made when it is new. Beyond `namesMax` names the one that was quiet longest is forgotten. */
export function latestWindow(
  windows: Map<string, RateWindow>,
  name: string,
  namesMax: number,
): RateWindow {
  const window = windows.get(name) ?? { timesMs: [] };
  // A map keeps the order in which names came in.
  windows.delete(name);
  windows.set(name, window);
  const [quietest] = windows.keys();
  if (windows.size > namesMax && quietest !== undefined) windows.delete(quietest);
  return window;
}

/** The `quota`-th last admission has left the window: then one more fits. */
function hasRoom(
  timesMs: readonly number[],
  { quota, windowMs }: RateLimit,
  nowMs: number,
): boolean {
  const blocking = timesMs[timesMs.length - quota];
  return blocking === undefined || nowMs - blocking >= windowMs;
}

function statusOf(timesMs: readonly number[], limit: RateLimit, nowMs: number): RateStatus {
  const first = firstAfter(timesMs, nowMs - limit.windowMs);
  const used = timesMs.length - first;
  const remaining = Math.max(0, limit.quota - used);
  // With more in the log than the quota (it was lowered), more comes only when enough of them have left.
  const leaving = timesMs[remaining > 0 ? first : timesMs.length - limit.quota] ?? nowMs;
  return { limit, remaining, moreInMs: used === 0 ? 0 : leaving + limit.windowMs - nowMs };
}

/** The index of the first time that is later than the given one (binary search). */
function firstAfter(timesMs: readonly number[], timeMs: number): number {
  let [low, high] = [0, timesMs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timesMs[middle] ?? 0) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function forget(timesMs: number[], untilMs: number): void {
  const spare = firstAfter(timesMs, untilMs);
  if (spare > SPARE_MAX || spare === timesMs.length) timesMs.splice(0, spare);
}
