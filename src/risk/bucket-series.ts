/**
 * What happened to one key over time, as sums per bucket, the oldest bucket first; empty buckets take no room. A bucket's
 * width is the precision of every window read from it: at a width of 1 ms windows are exact. An event that comes late
 * goes into its own bucket as long as that one is kept.
 */

/** Five numbers a bucket: slot (time / width), payments, sum of amounts in paisa, declines, frauds. */
export type BucketSeries = number[];

export interface BucketShape {
  readonly widthMs: number;
  readonly keptMs: number;
}

export interface BucketSums {
  readonly payments: number;
  readonly paisa: number;
  readonly declines: number;
  readonly frauds: number;
}

export const NO_SUMS: BucketSums = { payments: 0, paisa: 0, declines: 0, frauds: 0 };

export const BUCKET_NUMBERS = 5;
const [PAYMENTS, PAISA, DECLINES, FRAUDS] = [1, 2, 3, 4];
export const COLUMNS = { payments: PAYMENTS, declines: DECLINES, frauds: FRAUDS } as const;

/** Cut off in one piece now and then: moving the rest at every event would cost more than the room does. */
const SPARE_NUMBERS = 16 * BUCKET_NUMBERS;

/** Adds an event and forgets what is out of reach of `newestMs`; an event out of reach itself is not counted. */
export function addToSeries(
  series: BucketSeries,
  shape: BucketShape,
  event: { atMs: number; newestMs: number; column: number; count: number; paisa?: number },
): void {
  const oldestSlot = Math.floor((event.newestMs - shape.keptMs) / shape.widthMs);
  const slot = Math.floor(event.atMs / shape.widthMs);
  if (slot < oldestSlot) return;
  const at = bucketFor(series, slot);
  const column = at + event.column;
  series[column] = Math.max(0, (series[column] ?? 0) + event.count);
  if (event.paisa !== undefined) series[at + PAISA] = (series[at + PAISA] ?? 0) + event.paisa;
  forgetBefore(series, oldestSlot);
}

/**
 * Sums over windows that end with the bucket of `untilMs` and begin behind that of each of `aftersMs`, the latest
 * first: one pass for all of them.
 */
export function nestedSums(
  series: BucketSeries,
  { widthMs }: BucketShape,
  span: { untilMs: number; aftersMs: readonly number[] },
): readonly BucketSums[] {
  const { aftersMs } = span;
  const until = Math.floor(span.untilMs / widthMs);
  const windows: BucketSums[] = [];
  let [payments, paisa, declines, frauds] = [0, 0, 0, 0];
  let at = series.length - BUCKET_NUMBERS;
  for (let window = 0; window < aftersMs.length; window += 1) {
    const after = Math.floor((aftersMs[window] ?? 0) / widthMs);
    for (; at >= 0 && (series[at] ?? 0) > after; at -= BUCKET_NUMBERS) {
      if ((series[at] ?? 0) > until) continue;
      payments += series[at + PAYMENTS] ?? 0;
      paisa += series[at + PAISA] ?? 0;
      declines += series[at + DECLINES] ?? 0;
      frauds += series[at + FRAUDS] ?? 0;
    }
    windows.push({ payments, paisa, declines, frauds });
  }
  return windows;
}

/** The start of the last bucket up to that of `untilMs` in which a fraud happened. */
export function lastFraudMs(
  series: BucketSeries,
  { widthMs }: BucketShape,
  untilMs: number,
): number | undefined {
  const until = Math.floor(untilMs / widthMs);
  for (let at = series.length - BUCKET_NUMBERS; at >= 0; at -= BUCKET_NUMBERS) {
    const slot = series[at] ?? 0;
    if (slot <= until && (series[at + FRAUDS] ?? 0) > 0) return slot * widthMs;
  }
  return undefined;
}

/** The end of the last bucket that holds nothing younger than `atMs`: no label in it is too young to be used. */
export function wholeBucketsUntil({ widthMs }: BucketShape, atMs: number): number {
  return Math.floor((atMs + 1) / widthMs) * widthMs - 1;
}

function bucketFor(series: BucketSeries, slot: number): number {
  let at = series.length;
  while (at > 0 && (series[at - BUCKET_NUMBERS] ?? 0) > slot) at -= BUCKET_NUMBERS;
  if (at > 0 && series[at - BUCKET_NUMBERS] === slot) return at - BUCKET_NUMBERS;
  if (at === series.length) series.push(slot, 0, 0, 0, 0);
  else series.splice(at, 0, slot, 0, 0, 0, 0);
  return at;
}

function forgetBefore(series: BucketSeries, oldestSlot: number): void {
  if ((series[0] ?? 0) >= oldestSlot) return;
  let spare = 0;
  while (spare < series.length && (series[spare] ?? 0) < oldestSlot) spare += BUCKET_NUMBERS;
  if (spare > SPARE_NUMBERS || spare === series.length) series.splice(0, spare);
}
