/** The rows beside the payment itself, as they stand in its record. */
import * as z from "zod";
import { once } from "#base";
import { addEnrolment, enrolmentDueAtMs } from "./residence-store.ts";

export const factRowsSchema = once(() =>
  z.object({
    inbox: z.array(z.object({ event_key: z.string(), at_ms: z.int() })),
    feed: z.array(
      z.object({ seq: z.int(), event: z.string(), next_at_ms: z.int(), tries: z.int() }),
    ),
    /** The newest number of a notification: none is given twice, receivers order by it. */
    outboxSeq: z.int(),
    /** When the payer's own object must hear of the payment; null once it has. */
    enrolAtMs: z.int().nullable(),
  }),
);
export type FactRows = z.infer<ReturnType<typeof factRowsSchema>>;

/** Answers and notifications as they were made: status objects hold the masked instrument and refunds' reasons. */
export const personalRowsSchema = once(() =>
  z.object({
    answers: z.array(
      z.object({ key_hash: z.string(), at_ms: z.int(), outcome: z.string(), body: z.string() }),
    ),
    outbox: z.array(
      z.object({
        seq: z.int(),
        type: z.string(),
        at_ms: z.int(),
        data: z.string(),
        since_ms: z.int(),
        tries: z.int(),
        next_at_ms: z.int().nullable(),
        parked: z.string().nullable(),
      }),
    ),
  }),
);
export type PersonalRows = z.infer<ReturnType<typeof personalRowsSchema>>;

export function readFactRows(storage: DurableObjectStorage): FactRows {
  const all = (sql: string) => storage.sql.exec(sql).toArray();
  const [sequence] = all("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'");
  return factRowsSchema().parse({
    inbox: all("SELECT * FROM inbox ORDER BY event_key"),
    feed: all("SELECT * FROM feed ORDER BY seq"),
    outboxSeq: sequence?.["seq"] ?? 0,
    enrolAtMs: enrolmentDueAtMs(storage),
  });
}

export function readPersonalRows(storage: DurableObjectStorage): PersonalRows {
  return personalRowsSchema().parse({
    answers: storage.sql.exec("SELECT * FROM answers ORDER BY key_hash").toArray(),
    outbox: storage.sql.exec("SELECT * FROM outbox ORDER BY seq").toArray(),
  });
}

/** Writes the rows into tables that hold none. */
export function writeRows(
  storage: DurableObjectStorage,
  { inbox, feed, outboxSeq, enrolAtMs }: FactRows,
  { answers, outbox }: PersonalRows,
): void {
  const insert = (table: string, rows: readonly Readonly<Record<string, SqlStorageValue>>[]) => {
    for (const row of rows) {
      const values = Object.values(row);
      const marks = values.map(() => "?").join(", ");
      storage.sql.exec(
        `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${marks})`,
        ...values,
      );
    }
  };
  insert("inbox", inbox);
  insert("feed", feed);
  insert("answers", answers);
  insert("outbox", outbox);
  if (enrolAtMs !== null) addEnrolment(storage, enrolAtMs);
  if (outboxSeq > (outbox.at(-1)?.seq ?? 0)) {
    // AUTOINCREMENT remembers the highest number that it saw.
    insert("outbox", [{ seq: outboxSeq, type: "", at_ms: 0, data: "", since_ms: 0, tries: 0 }]);
    storage.sql.exec("DELETE FROM outbox WHERE seq = ?", outboxSeq);
  }
}
