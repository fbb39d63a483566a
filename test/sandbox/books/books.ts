import * as z from "zod";
import type { Settings } from "../settings.ts";

const DUE_KINDS = [
  "order-expiry",
  "attempt-settle",
  "template",
  "refund-step",
  "delivery",
] as const;
export type DueKind = (typeof DUE_KINDS)[number];

const dueSchema = z.object({ dueId: z.number(), kind: z.enum(DUE_KINDS), ref: z.string() });
export type Due = z.infer<typeof dueSchema>;

/** What a provider's books need of their Durable Object: its database, its clock, its settings. */
export type BooksOf<ItsSettings> = Readonly<{
  sql: SqlStorage;
  settings: ItsSettings;
  nowMs: () => number;
  atomically: <T>(work: () => T) => T;
  /** Sets the alarm for the earliest due work, once the current transaction is over. */
  wake: () => void;
}>;
export type Books = BooksOf<Settings> &
  Readonly<{
    /** Moves the clock ahead of the real one, and does what has become due. */
    setClock: (offsetMs: number) => Promise<void>;
  }>;
/** All that reading and writing rows takes, whichever provider's books they are in. */
export type Database = Pick<Books, "sql">;

type Value = string | number;

/** Runs one statement and parses its rows; the caller says what a row looks like. */
export function query<T>(
  books: Database,
  schema: z.ZodType<T>,
  statement: [string, ...Value[]],
): T[] {
  const [text, ...values] = statement;
  return books.sql
    .exec(text, ...values)
    .toArray()
    .map((row) => schema.parse(row));
}

export function insert(books: Database, table: string, row: Record<string, Value>): void {
  const names = Object.keys(row);
  const marks = names.map(() => "?").join(", ");
  books.sql.exec(
    `INSERT INTO ${table} (${names.join(", ")}) VALUES (${marks})`,
    ...Object.values(row),
  );
}

export function addDue(books: Books, due: { kind: DueKind; ref: string; atMs: number }): void {
  insert(books, "due", due);
  books.wake();
}

/** The work whose time has come. The caller removes each item in the same transaction as its effect. */
export function dueNow(books: Books): Due[] {
  return query(books, dueSchema, [
    "SELECT dueId, kind, ref FROM due WHERE atMs <= ? ORDER BY atMs, dueId LIMIT 200",
    books.nowMs(),
  ]);
}

export function removeDue(books: Books, dueId: number): void {
  books.sql.exec("DELETE FROM due WHERE dueId = ?", dueId);
}

export function earliestDueMs(books: Books): number | undefined {
  const [row] = query(books, z.object({ atMs: z.number().nullable() }), [
    "SELECT min(atMs) AS atMs FROM due",
  ]);
  return row?.atMs ?? undefined;
}
