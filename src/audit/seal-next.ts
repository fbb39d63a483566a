/**
 * Seals the oldest live entries into one segment. What is to be sealed is noted before anything leaves (I6), so that
 * a run which died anywhere is repeated with the same bytes; rows leave only when the bucket gives those bytes back.
 */
import { assert, utf8 } from "#base";
import type { LogPlace } from "./ports.ts";
import { segmentName, sealSegment } from "./segment.ts";
import type { KeyHolder } from "./signing.ts";
import { sealedHeadOf, sealingOf } from "./state.ts";
import { liveEntries, moveToSegment, nextSegmentEnd } from "./store.ts";

export async function sealNext(place: LogPlace, keys: KeyHolder, nowMs: number): Promise<void> {
  const { bucket, merchantId, storage } = place;
  const sealing = sealingOf(storage) ?? (await beginSealing(place, keys, nowMs));
  const before = sealedHeadOf(storage);
  const sealed = await sealSegment(
    await keys.signer(sealing.keyId),
    {
      merchantId,
      segment: (before?.segment ?? 0) + 1,
      previousHeadHash: before?.headHash ?? null,
      sealedAtMs: sealing.sealedAtMs,
    },
    liveEntries(storage.sql, sealing.lastSequence),
  );
  const { head, headHash, text } = sealed;
  assert(!before || head.prevHash === before.lastHash, "I7: a segment follows the one before it");
  await putOnce(bucket, segmentName(merchantId, head.segment), text);
  const { segment, lastSequence, lastHash } = head;
  storage.transactionSync(() => {
    moveToSegment(storage.sql, sealed);
    storage.kv.put("sealed_head", { segment, headHash, lastSequence, lastHash });
    storage.kv.delete("sealing");
  });
}

/** Writes, or finds the same bytes there from a run that died. Anything else is an error, and stays as it is. */
export async function putOnce(
  bucket: LogPlace["bucket"],
  name: string,
  text: string,
): Promise<void> {
  await bucket.put(name, text);
  const kept = await bucket.get(name);
  if (!kept || !isSame(kept, utf8(text))) {
    throw new Error("the bucket does not hold what was written");
  }
}

async function beginSealing({ storage }: LogPlace, keys: KeyHolder, sealedAtMs: number) {
  const keyId = await keys.currentId();
  const lastSequence = nextSegmentEnd(storage.sql);
  assert(lastSequence !== undefined, "there is something to seal");
  const sealing = { lastSequence, sealedAtMs, keyId };
  storage.kv.put("sealing", sealing);
  return sealing;
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
