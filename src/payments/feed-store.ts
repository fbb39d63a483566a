/** Events that the audit log and the ledger have not taken yet, in the payment's SQLite. All go out together. */
import * as z from "zod";
import { type AuditEvent, auditEventSchema, once } from "#base";
import type { Step } from "./draft.ts";
import { auditEventOf, PUBLISH_AFTER_MS, PUBLISH_LEASE_MS, publishAgainAtMs } from "./feed.ts";
import type { RequestIdentity } from "./presenter.ts";

export const FEED_SCHEMA = `
CREATE TABLE IF NOT EXISTS feed (
  seq INTEGER PRIMARY KEY, event TEXT NOT NULL, next_at_ms INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT;
`;

const rowSchema = once(() => z.object({ seq: z.int(), event: z.string(), tries: z.int() }));

export interface FeedBatch {
  readonly events: readonly AuditEvent[];
  readonly lastSeq: number;
  /** Of its oldest event, this one counted. */
  readonly tries: number;
}

/** One row per state change of the step; `by` is the request that asked for it. */
export function addFeedRows(
  storage: DurableObjectStorage,
  { payment, entries }: Step,
  by: RequestIdentity | undefined,
): void {
  for (const entry of entries) {
    storage.sql.exec(
      "INSERT INTO feed VALUES (?, ?, ?, 0)",
      entry.seq,
      JSON.stringify(auditEventOf(payment, entry, by)),
      entry.atMs + PUBLISH_AFTER_MS,
    );
  }
}

/** The earliest time at which events must be sent; null when none wait. */
export function feedDueAtMs(storage: DurableObjectStorage): number | null {
  const row = storage.sql.exec("SELECT min(next_at_ms) AS due FROM feed").one();
  return typeof row["due"] === "number" ? row["due"] : null;
}

/** Takes all events once one is due, and leases them; `undefined` when nothing is due. */
export function leaseFeed(storage: DurableObjectStorage, nowMs: number): FeedBatch | undefined {
  const dueAtMs = feedDueAtMs(storage);
  if (dueAtMs === null || dueAtMs > nowMs) return undefined;
  storage.sql.exec("UPDATE feed SET tries = tries + 1, next_at_ms = ?", nowMs + PUBLISH_LEASE_MS);
  const rows = storage.sql
    .exec("SELECT seq, event, tries FROM feed ORDER BY seq")
    .toArray()
    .map((row) => rowSchema().parse(row));
  return {
    events: rows.map((row) => auditEventSchema().parse(JSON.parse(row.event))),
    lastSeq: rows.at(-1)?.seq ?? 0,
    tries: rows[0]?.tries ?? 1,
  };
}

export function removeFed(storage: DurableObjectStorage, lastSeq: number): void {
  storage.sql.exec("DELETE FROM feed WHERE seq <= ?", lastSeq);
}

export function postponeFeed(
  storage: DurableObjectStorage,
  { lastSeq, tries }: FeedBatch,
  nowMs: number,
): void {
  const nextAtMs = publishAgainAtMs(tries, nowMs);
  storage.sql.exec("UPDATE feed SET next_at_ms = ? WHERE seq <= ?", nextAtMs, lastSeq);
}
