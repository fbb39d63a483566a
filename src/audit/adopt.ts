/**
 * After a restore: what was sealed between the backup and the loss still stands in the bucket, signed by the log's own
 * key. The log takes it up again and goes on behind it, so that its chain has no fork and no segment is written twice.
 */
import { genesisHash } from "./entry.ts";
import { noteRoots } from "./keks.ts";
import type { LogPlace } from "./ports.ts";
import { type Head, segmentName } from "./segment.ts";
import { sealedHeadOf, tipOf } from "./state.ts";
import { moveToSegment } from "./store.ts";
import { type AuditKeys, follows, trustedKeys } from "./verify.ts";
import { type TrustedKeys, verifySegment } from "./verify-segment.ts";

/** Takes up the segments that follow; how many. Throws at one that does not follow, or is not this log's. */
export async function adoptSegments(place: LogPlace, keys: AuditKeys["keys"]): Promise<number> {
  const trusted = await trustedKeys(keys);
  for (let count = 0; ; count += 1) {
    if (!(await adoptNext(place, trusted))) return count;
  }
}

async function adoptNext(place: LogPlace, trusted: TrustedKeys): Promise<boolean> {
  const segment = await segmentThatFollows(place, trusted);
  if (!segment) return false;
  const { storage } = place;
  const { head, headHash } = segment;
  const { lastSequence, lastHash, lastAtMs } = head;
  storage.transactionSync(() => {
    moveToSegment(storage.sql, { head, headHash });
    storage.kv.put("sealed_head", { segment: head.segment, headHash, lastSequence, lastHash });
    storage.kv.delete("sealing");
    if ((tipOf(storage)?.sequence ?? 0) <= lastSequence)
      storage.kv.put("tip", { sequence: lastSequence, hash: lastHash, atMs: lastAtMs });
    noteRoots(storage, head.rootKeyIds);
  });
  return true;
}

async function segmentThatFollows(
  { bucket, merchantId, storage }: LogPlace,
  trusted: TrustedKeys,
): Promise<{ readonly head: Head; readonly headHash: string } | undefined> {
  const before = sealedHeadOf(storage);
  const segment = (before?.segment ?? 0) + 1;
  const bytes = await bucket.get(segmentName(merchantId, segment));
  if (!bytes) return undefined;
  const next = before
    ? { sequence: before.lastSequence + 1, prevHash: before.lastHash, headHash: before.headHash }
    : { sequence: 1, prevHash: await genesisHash(merchantId), headHash: null };
  const { head, headHash, findings } = await verifySegment(trusted, { merchantId, segment, bytes });
  const isOurs = head && findings.length === 0 && follows(head, next);
  if (!isOurs || headHash === undefined)
    throw new Error("a segment in the bucket does not follow this log");
  return { head, headHash };
}
