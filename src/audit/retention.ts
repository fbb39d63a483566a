/**
 * Removes segments whose seven years are over (PCI-3.2.1). A signed removal is there before the first of them goes, so
 * that a log without them still verifies, and one that was cut does not.
 */
import { assert } from "#base";
import { KEPT_MONTHS, REMOVED_PER_RUN_MAX } from "./limits.ts";
import type { LogPlace } from "./ports.ts";
import { putOnce } from "./seal-next.ts";
import { removalName, segmentName, signRemoval } from "./segment.ts";
import type { KeyHolder } from "./signing.ts";
import { removingOf } from "./state.ts";
import { oldestSegments, type SegmentRow } from "./store.ts";

export interface RemovedSegments {
  readonly fromSegment: number;
  readonly toSegment: number;
}

/** What was removed; `undefined`: nothing was due. Safe to run again after a death anywhere. */
export async function removeExpired(
  place: LogPlace,
  keys: KeyHolder,
  nowMs: number,
): Promise<RemovedSegments | undefined> {
  const { bucket, merchantId, storage } = place;
  const removing = removingOf(storage) ?? (await beginRemoving(place, keys, nowMs));
  if (!removing) return undefined;
  const { keyId, removedAtMs, toSegment } = removing;
  const rows = rowsUpTo(storage, toSegment);
  const first = rows[0];
  const last = rows.at(-1);
  assert(first !== undefined && last !== undefined, "a removal has segments");
  const text = await signRemoval(await keys.signer(keyId), {
    merchantId,
    fromSegment: first.segment,
    toSegment,
    headHashes: rows.map(({ head_hash }) => head_hash),
    lastSequence: last.last_sequence,
    lastHash: last.last_hash,
    removedAtMs,
  });
  await putOnce(bucket, removalName(merchantId, toSegment), text);
  await bucket.remove(rows.map(({ segment }) => segmentName(merchantId, segment)));
  storage.transactionSync(() => {
    storage.sql.exec("DELETE FROM segments WHERE segment <= ?", toSegment);
    storage.kv.delete("removing");
  });
  return { fromSegment: first.segment, toSegment };
}

async function beginRemoving({ storage }: LogPlace, keys: KeyHolder, nowMs: number) {
  const keyId = await keys.currentId();
  const expired = oldestSegments(storage.sql, REMOVED_PER_RUN_MAX).filter((row) =>
    isExpired(row, nowMs),
  );
  const toSegment = expired.at(-1)?.segment;
  if (toSegment === undefined) return undefined;
  const removing = { toSegment, removedAtMs: nowMs, keyId };
  storage.kv.put("removing", removing);
  return removing;
}

/** Segments are in the order of time: those that expired are the oldest. */
function isExpired({ last_at_ms }: SegmentRow, nowMs: number): boolean {
  const date = new Date(last_at_ms);
  // The month after the last of its kept months.
  return nowMs >= Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1 + KEPT_MONTHS, 1);
}

function rowsUpTo({ sql }: DurableObjectStorage, toSegment: number): SegmentRow[] {
  return oldestSegments(sql, REMOVED_PER_RUN_MAX).filter(({ segment }) => segment <= toSegment);
}
