/** The outbox's rows in the payment's SQLite. A row with `next_at_ms` NULL is parked: only an operator moves it. */
import * as z from "zod";
import { once } from "#base";
import type { NotificationType } from "./model.ts";
import { TRY_LEASE_MS } from "./outbox.ts";

/** `seq` is never used twice (AUTOINCREMENT), even after a delivered row is gone: receivers order by it. */
export const OUTBOX_SCHEMA = `
CREATE TABLE IF NOT EXISTS outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, at_ms INTEGER NOT NULL, data TEXT NOT NULL,
  since_ms INTEGER NOT NULL, tries INTEGER NOT NULL, next_at_ms INTEGER, parked TEXT) STRICT;
`;

const rowSchema = once(() =>
  z.object({
    seq: z.int(),
    type: z.string(),
    at_ms: z.int(),
    data: z.string(),
    since_ms: z.int(),
    tries: z.int(),
  }),
);
export type OutboxRow = z.infer<ReturnType<typeof rowSchema>>;

export interface NewOutboxRow {
  readonly type: NotificationType;
  /** The status object as JSON. */
  readonly data: string;
}

export function addOutboxRows(
  storage: DurableObjectStorage,
  rows: readonly NewOutboxRow[],
  nowMs: number,
): void {
  for (const { type, data } of rows) {
    storage.sql.exec(
      "INSERT INTO outbox (type, at_ms, data, since_ms, tries, next_at_ms) VALUES (?, ?, ?, ?, 0, ?)",
      type,
      nowMs,
      data,
      nowMs,
      nowMs,
    );
  }
}

/** The earliest time at which a row must be sent; null when none waits. */
export function outboxDueAtMs(storage: DurableObjectStorage): number | null {
  const row = storage.sql.exec("SELECT min(next_at_ms) AS due FROM outbox").one();
  return typeof row["due"] === "number" ? row["due"] : null;
}

/**
 * Takes the rows that are due, oldest first, and leases them: a try that dies comes back by itself. They are sent
 * one after the other, so each lease covers the wait for its turn: a slow receiver must not make a row due again.
 */
export function leaseDueRows(storage: DurableObjectStorage, nowMs: number): OutboxRow[] {
  const rows = storage.sql
    .exec("SELECT * FROM outbox WHERE next_at_ms <= ? ORDER BY seq", nowMs)
    .toArray()
    .map((row) => rowSchema().parse(row));
  return rows.map((row, index) => {
    const tries = row.tries + 1;
    const leasedUntilMs = nowMs + (index + 1) * TRY_LEASE_MS;
    storage.sql.exec(
      "UPDATE outbox SET next_at_ms = ?, tries = ? WHERE seq = ?",
      leasedUntilMs,
      tries,
      row.seq,
    );
    return { ...row, tries };
  });
}

export function removeOutboxRow(storage: DurableObjectStorage, seq: number): void {
  storage.sql.exec("DELETE FROM outbox WHERE seq = ?", seq);
}

export function postponeOutboxRow(
  storage: DurableObjectStorage,
  seq: number,
  nextAtMs: number,
): void {
  storage.sql.exec("UPDATE outbox SET next_at_ms = ? WHERE seq = ?", nextAtMs, seq);
}

export function parkOutboxRow(storage: DurableObjectStorage, seq: number, reason: string): void {
  storage.sql.exec("UPDATE outbox SET next_at_ms = NULL, parked = ? WHERE seq = ?", reason, seq);
}

/** Puts a parked row back with its full life; `false` when there is no such row. */
export function replayOutboxRow(
  storage: DurableObjectStorage,
  seq: number,
  nowMs: number,
): boolean {
  const { rowsWritten } = storage.sql.exec(
    "UPDATE outbox SET next_at_ms = ?, since_ms = ?, tries = 0, parked = NULL WHERE seq = ? AND parked IS NOT NULL",
    nowMs,
    nowMs,
    seq,
  );
  return rowsWritten > 0;
}
