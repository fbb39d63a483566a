/**
 * Where a payment lives, in its own SQLite: here, in the archive, or nowhere any more. Without a row it lives here and
 * always has. The row of one that is gone stays, so that its id never begins a second payment (I9). Beside it what
 * the payer's own object has not been told yet.
 */
import * as z from "zod";
import { MINUTE_MS, merchantIdSchema, merchantOrderIdSchema, once } from "#base";

export const RESIDENCE_SCHEMA = `
CREATE TABLE IF NOT EXISTS residence (
  id INTEGER PRIMARY KEY CHECK (id = 1), place TEXT NOT NULL, since_ms INTEGER NOT NULL,
  merchant_id TEXT, order_id TEXT, customer TEXT, remove_at_ms INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS enrolment (
  id INTEGER PRIMARY KEY CHECK (id = 1), next_at_ms INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT;
`;

const rowSchema = once(() =>
  z.discriminatedUnion("place", [
    /** Fetched back from the archive at `since_ms`. */
    z.object({ place: z.literal("woken"), since_ms: z.int() }),
    z.object({
      place: z.literal("archived"),
      since_ms: z.int(),
      merchant_id: merchantIdSchema,
      order_id: merchantOrderIdSchema,
      customer: z.string().nullable(),
      remove_at_ms: z.int(),
    }),
    z.object({ place: z.literal("removed"), since_ms: z.int() }),
  ]),
);
export type Residence = z.infer<ReturnType<typeof rowSchema>>;
export type Archived = Extract<Residence, { readonly place: "archived" }>;

/** `undefined` for a payment that has always lived here, and for an object that holds nothing. */
export function loadResidence(storage: DurableObjectStorage): Residence | undefined {
  const tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'residence'").toArray();
  if (tables.length === 0) return undefined;
  const row = storage.sql.exec("SELECT * FROM residence").toArray()[0];
  return row && rowSchema().parse(row);
}

export function saveResidence(storage: DurableObjectStorage, residence: Residence): void {
  const archived = residence.place === "archived" ? residence : undefined;
  storage.sql.exec(
    "INSERT OR REPLACE INTO residence VALUES (1, ?, ?, ?, ?, ?, ?)",
    residence.place,
    residence.since_ms,
    archived?.merchant_id ?? null,
    archived?.order_id ?? null,
    archived?.customer ?? null,
    archived?.remove_at_ms ?? null,
  );
}

export function addEnrolment(storage: DurableObjectStorage, atMs: number): void {
  storage.sql.exec("INSERT OR REPLACE INTO enrolment VALUES (1, ?, 0)", atMs);
}

export function enrolmentDueAtMs(storage: DurableObjectStorage): number | null {
  const row = storage.sql.exec("SELECT min(next_at_ms) AS due FROM enrolment").one();
  return typeof row["due"] === "number" ? row["due"] : null;
}

const AGAIN_MAX_MS = 60 * MINUTE_MS;

/** Takes the enrolment if it is due; a try that dies comes back by itself, ever later. */
export function leaseEnrolment(storage: DurableObjectStorage, nowMs: number): boolean {
  const { rowsWritten } = storage.sql.exec(
    `UPDATE enrolment SET tries = tries + 1,
       next_at_ms = ? + min(?, ? << min(tries, 10)) WHERE next_at_ms <= ?`,
    nowMs,
    AGAIN_MAX_MS,
    MINUTE_MS,
    nowMs,
  );
  return rowsWritten > 0;
}

export function removeEnrolment(storage: DurableObjectStorage): void {
  storage.sql.exec("DELETE FROM enrolment");
}
