/** The daily look at the newest part of a log: is it still there, and as it was written (PCI-10.4.1.1). */
import { genesisHash } from "./entry.ts";
import { CHECKED_LIVE_MAX, CHECKED_MS, CHECKED_SEGMENTS_MAX } from "./limits.ts";
import type { LogPlace } from "./ports.ts";
import { segmentName } from "./segment.ts";
import { type Check, sealedHeadOf } from "./state.ts";
import { liveEntries, newestSegments, type SegmentRow } from "./store.ts";
import { FAULTS, firstBrokenEntry, type TrustedKeys, verifySegment } from "./verify-segment.ts";
import { type AuditKeys, trustedKeys } from "./verify.ts";

export async function verifyLog(
  place: LogPlace,
  { keys }: AuditKeys,
  nowMs: number,
): Promise<Check> {
  const { merchantId, storage } = place;
  const head = sealedHeadOf(storage);
  const lastSequence = head?.lastSequence ?? 0;
  const live = liveEntries(storage.sql, lastSequence + CHECKED_LIVE_MAX);
  const rows = newestSegments(storage.sql, nowMs - CHECKED_MS, CHECKED_SEGMENTS_MAX);
  const looked = entriesIn(rows);
  const found = (detail: string, verified: number): Check => ({
    ok: false,
    detail,
    atMs: nowMs,
    coverage: { looked, verified, toSequence: lastSequence },
  });
  const before = {
    sequence: lastSequence,
    hash: head?.lastHash ?? (await genesisHash(merchantId)),
  };
  const broken = await firstBrokenEntry(merchantId, before, live);
  if (broken !== undefined) return found(`entry ${broken} ${FAULTS.hash}`, 0);
  const trusted = await trustedKeys(keys);
  for (const [index, row] of rows.entries()) {
    const fault = await faultOfSegment(place, trusted, row);
    if (fault === undefined) continue;
    return found(`segment ${row.segment} ${fault}`, entriesIn(rows.slice(0, index)));
  }
  const detail = `verified: ${rows.length} segments, ${live.length} entries`;
  const coverage = { looked, verified: looked, toSequence: lastSequence };
  return { ok: true, detail, atMs: nowMs, coverage };
}

function entriesIn(rows: readonly SegmentRow[]): number {
  return rows.reduce((sum, row) => sum + row.last_sequence - row.first_sequence + 1, 0);
}

async function faultOfSegment(
  { bucket, merchantId }: LogPlace,
  trusted: TrustedKeys,
  { segment, head_hash }: SegmentRow,
): Promise<string | undefined> {
  const bytes = await bucket.get(segmentName(merchantId, segment));
  if (!bytes) return FAULTS.missing;
  const verdict = await verifySegment(trusted, { merchantId, segment, bytes });
  const [finding] = verdict.findings;
  if (finding) return FAULTS[finding.fault];
  return verdict.headHash === head_hash ? undefined : FAULTS.segment_link;
}
