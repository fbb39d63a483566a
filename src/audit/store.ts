/** The rows of a merchant's log: entries that are not sealed yet, ids that are known, and an index of segments. */
import * as z from "zod";
import { once } from "#base";
import { type Entry, entrySchema, hashSchema, lineOf, monthOf } from "./entry.ts";
import { SEGMENT_CHARS_MAX, SEGMENT_ENTRIES_MAX } from "./limits.ts";
import type { SealedSegment } from "./segment.ts";

export const SCHEMA = `
CREATE TABLE IF NOT EXISTS entries (
  sequence INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, line TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS seen (
  id_hash TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_at ON seen (at_ms);
CREATE TABLE IF NOT EXISTS segments (
  segment INTEGER PRIMARY KEY, first_sequence INTEGER NOT NULL, last_sequence INTEGER NOT NULL,
  first_at_ms INTEGER NOT NULL, last_at_ms INTEGER NOT NULL, sealed_at_ms INTEGER NOT NULL,
  head_hash TEXT NOT NULL, last_hash TEXT NOT NULL) STRICT;
`;

const endRowSchema = once(() => z.object({ sequence: z.int(), at_ms: z.int() }));
const lineRowSchema = once(() => z.object({ line: z.string() }));

const seenRowSchema = once(() => z.object({ id_hash: z.string() }));

const segmentRowSchema = once(() =>
  z.object({
    segment: z.int(),
    first_sequence: z.int(),
    last_sequence: z.int(),
    first_at_ms: z.int(),
    last_at_ms: z.int(),
    sealed_at_ms: z.int(),
    head_hash: hashSchema(),
    last_hash: hashSchema(),
  }),
);
export type SegmentRow = z.infer<ReturnType<typeof segmentRowSchema>>;

/** The last entry of the chain, sealed or not. */
export const tipSchema = once(() =>
  z.object({ sequence: z.int().min(1), hash: hashSchema(), atMs: z.int() }),
);
export type Tip = z.infer<ReturnType<typeof tipSchema>>;

export function knownIds(sql: SqlStorage, hashes: readonly string[]): Set<string> {
  const marks = hashes.map(() => "?").join(", ");
  const rows = sql.exec(`SELECT id_hash FROM seen WHERE id_hash IN (${marks})`, ...hashes);
  return new Set(
    seenRowSchema()
      .array()
      .parse(rows.toArray())
      .map(({ id_hash }) => id_hash),
  );
}

export function insertEntry(sql: SqlStorage, entry: Entry, idHash: string): void {
  const { sequence, atMs } = entry;
  sql.exec("INSERT INTO entries VALUES (?, ?, ?)", sequence, atMs, lineOf(entry));
  sql.exec("INSERT INTO seen VALUES (?, ?)", idHash, atMs);
}

/** Entries that are not sealed, oldest first, up to a sequence. */
export function liveEntries(sql: SqlStorage, toSequence: number): Entry[] {
  return entriesOf(
    sql.exec("SELECT line FROM entries WHERE sequence <= ? ORDER BY sequence", toSequence),
  );
}

/** Below a sequence, newest first. */
export function liveEntriesBelow(sql: SqlStorage, sequence: number, count: number): Entry[] {
  return entriesOf(
    sql.exec(
      "SELECT line FROM entries WHERE sequence < ? ORDER BY sequence DESC LIMIT ?",
      sequence,
      count,
    ),
  );
}

export interface LiveSum {
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** How much waits for its seal; `undefined`: nothing. Sequences have no gaps, so their ends tell the count. */
export function liveSum(sql: SqlStorage): LiveSum | undefined {
  const ends = endRowSchema()
    .array()
    .parse(
      sql
        .exec(
          `SELECT sequence, at_ms FROM entries WHERE sequence IN
             (SELECT MIN(sequence) FROM entries UNION SELECT MAX(sequence) FROM entries)
           ORDER BY sequence`,
        )
        .toArray(),
    );
  const first = ends[0];
  const last = ends.at(-1);
  if (!first || !last) return undefined;
  const count = last.sequence - first.sequence + 1;
  return { count, firstAtMs: first.at_ms, lastAtMs: last.at_ms };
}

/** The last sequence of the next segment: of one month, and not too large. */
export function nextSegmentEnd(sql: SqlStorage): number | undefined {
  const rows = sql.exec(
    "SELECT sequence, at_ms, LENGTH(line) AS chars FROM entries ORDER BY sequence LIMIT ?",
    SEGMENT_ENTRIES_MAX,
  );
  let end: { readonly sequence: number; readonly month: string } | undefined;
  let chars = 0;
  for (const row of rows.toArray()) {
    const month = monthOf(Number(row["at_ms"]));
    chars += Number(row["chars"]);
    if (end && (month !== end.month || chars > SEGMENT_CHARS_MAX)) break;
    end = { sequence: Number(row["sequence"]), month };
  }
  return end?.sequence;
}

/** From live to sealed, in one transaction of the caller's. */
export function moveToSegment(
  sql: SqlStorage,
  { head, headHash }: Pick<SealedSegment, "head" | "headHash">,
): void {
  sql.exec("DELETE FROM entries WHERE sequence <= ?", head.lastSequence);
  sql.exec(
    "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    head.segment,
    head.firstSequence,
    head.lastSequence,
    head.firstAtMs,
    head.lastAtMs,
    head.sealedAtMs,
    headHash,
    head.lastHash,
  );
}

/** The segment that holds the newest entry below a sequence which was logged by a moment. */
export function segmentBelow(
  sql: SqlStorage,
  sequence: number,
  toMs: number,
): SegmentRow | undefined {
  return segmentsOf(
    sql.exec(
      `SELECT * FROM segments WHERE first_sequence < ? AND first_at_ms <= ?
       ORDER BY segment DESC LIMIT 1`,
      sequence,
      toMs,
    ),
  )[0];
}

/** The newest of those that were sealed since a moment, oldest first. */
export function newestSegments(sql: SqlStorage, fromMs: number, count: number): SegmentRow[] {
  return segmentsOf(
    sql.exec(
      "SELECT * FROM segments WHERE sealed_at_ms >= ? ORDER BY segment DESC LIMIT ?",
      fromMs,
      count,
    ),
  ).toReversed();
}

export function oldestSegments(sql: SqlStorage, count: number): SegmentRow[] {
  return segmentsOf(sql.exec("SELECT * FROM segments ORDER BY segment LIMIT ?", count));
}

function entriesOf(cursor: SqlStorageCursor<Record<string, SqlStorageValue>>): Entry[] {
  return lineRowSchema()
    .array()
    .parse(cursor.toArray())
    .map(({ line }) => entrySchema().parse(JSON.parse(line)));
}

function segmentsOf(cursor: SqlStorageCursor<Record<string, SqlStorageValue>>): SegmentRow[] {
  return segmentRowSchema().array().parse(cursor.toArray());
}
