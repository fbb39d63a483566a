/** Times in buckets of a tenth of their length: a percentile out of them is right to 5 %. Pure. */
const GROWTH = 1.1;
/** Below a tenth of a second nobody waits; a month is beyond every payment. */
const MS_MIN = 100;
const BUCKET_MAX = 200;

export function bucketOf(ms: number): number {
  const bucket = Math.ceil(Math.log(Math.max(ms, MS_MIN) / MS_MIN) / Math.log(GROWTH));
  return Math.min(bucket, BUCKET_MAX);
}

/** The middle of a bucket. */
function msOf(bucket: number): number {
  return Math.round(MS_MIN * GROWTH ** (bucket - 0.5));
}

export interface BucketCount {
  readonly bucket: number;
  readonly payments: number;
}

/** The time within which a share of the payments ended; null when there is none. `counts` in the order of buckets. */
export function percentileMs(counts: readonly BucketCount[], share: number): number | null {
  const all = counts.reduce((sum, { payments }) => sum + payments, 0);
  let seen = 0;
  for (const { bucket, payments } of counts) {
    seen += payments;
    if (payments > 0 && seen >= share * all) return msOf(bucket);
  }
  return null;
}
