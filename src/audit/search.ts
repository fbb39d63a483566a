/**
 * Reads a log, newest first, across what is live and what is sealed. A page looks at a bounded number of entries
 * (API-4) and gives a cursor whenever there may be more, be the page full or empty.
 */
import { type Entry, entrySchema } from "./entry.ts";
import { PAGE_MAX, SCANNED_MAX, SEARCHABLE_MS } from "./limits.ts";
import type { LogPlace } from "./ports.ts";
import { openEntry } from "./seal-entry.ts";
import { segmentName } from "./segment.ts";
import { liveEntriesBelow, segmentBelow } from "./store.ts";
import { textOf } from "./verify-segment.ts";

/** Times are those at which entries were logged, both ends included. */
export interface AuditQuery {
  readonly fromMs: number;
  readonly toMs: number;
  readonly action: string | null;
  /** An object's id. */
  readonly object: string | null;
  readonly limit: number;
  /** Only entries before this sequence. */
  readonly before: number | null;
}

export interface FoundEntry {
  readonly sequence: number;
  readonly hash: string;
  readonly loggedAtMs: number;
  /** The event as JSON; `null` when its envelope does not open: the keys it was sealed under are gone. */
  readonly eventJson: string | null;
}

export interface AuditPage {
  readonly entries: FoundEntry[];
  /** Where the next page begins; `null` at the end. */
  readonly before: number | null;
}

export async function searchLog(
  place: LogPlace,
  query: AuditQuery,
  nowMs: number,
): Promise<AuditPage> {
  const fromMs = Math.max(query.fromMs, nowMs - SEARCHABLE_MS);
  const limit = Math.min(query.limit, PAGE_MAX);
  const entries: FoundEntry[] = [];
  let before = query.before ?? Number.MAX_SAFE_INTEGER;
  let scanned = 0;
  while (scanned < SCANNED_MAX) {
    const block = await entriesBelow(place, before, { ...query, fromMs });
    if (!block) return { entries, before: null };
    for (const entry of block) {
      if (entry.atMs < fromMs) return { entries, before: null };
      before = entry.sequence;
      scanned += 1;
      const found = entry.atMs <= query.toMs ? await match(place, query, entry) : undefined;
      if (found) entries.push(found);
      if (entries.length === limit) return { entries, before };
    }
  }
  return { entries, before };
}

const LIVE_BLOCK = 200;

/** The next entries, newest first. Asked anew for each block: entries move from live to sealed meanwhile. */
async function entriesBelow(
  { bucket, merchantId, storage }: LogPlace,
  before: number,
  { fromMs, toMs }: AuditQuery,
): Promise<Entry[] | undefined> {
  const live = liveEntriesBelow(storage.sql, before, LIVE_BLOCK);
  if (live.length > 0) return live;
  const row = segmentBelow(storage.sql, before, toMs);
  if (!row || row.last_at_ms < fromMs) return undefined;
  const bytes = await bucket.get(segmentName(merchantId, row.segment));
  if (!bytes) throw new Error(`segment ${row.segment} is not in the bucket`);
  const lines = textOf(bytes).trimEnd().split("\n").slice(1);
  return lines
    .map((line) => entrySchema().parse(JSON.parse(line)))
    .filter(({ sequence }) => sequence < before)
    .toReversed();
}

async function match(
  { keyring, merchantId }: LogPlace,
  { action, object }: AuditQuery,
  entry: Entry,
): Promise<FoundEntry | undefined> {
  const event = await openEntry(keyring, merchantId, entry);
  // One that does not open may be the one that is looked for.
  const fits =
    event === undefined ||
    ((action === null || event.action === action) &&
      (object === null || event.object.id === object));
  if (!fits) return undefined;
  const { sequence, hash, atMs } = entry;
  const eventJson = event === undefined ? null : JSON.stringify(event);
  return { sequence, hash, loggedAtMs: atMs, eventJson };
}
