/** A customer's rows: one person, and a row per payment that must still be found or told. */
import * as z from "zod";
import {
  type MerchantId,
  merchantIdSchema,
  type MerchantOrderId,
  merchantOrderIdSchema,
  once,
} from "#base";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS person (
  id INTEGER PRIMARY KEY CHECK (id = 1), key_id TEXT, sealed_key TEXT, merchant_id TEXT,
  erased_at_ms INTEGER, erased_until_ms INTEGER, erased_payments INTEGER NOT NULL DEFAULT 0,
  copy_due INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS payments (
  order_id TEXT PRIMARY KEY, created_at_ms INTEGER NOT NULL, erase_due INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT OR IGNORE INTO person (id) VALUES (1);
`;

const personRowSchema = once(() =>
  z
    .object({
      key_id: z.string().nullable(),
      sealed_key: z.string().nullable(),
      merchant_id: merchantIdSchema.nullable(),
      erased_at_ms: z.int().nullable(),
      erased_until_ms: z.int().nullable(),
      erased_payments: z.int(),
      copy_due: z.int(),
    })
    .transform((row) => ({
      key:
        row.key_id === null || row.sealed_key === null
          ? null
          : { id: row.key_id, sealed: row.sealed_key },
      merchantId: row.merchant_id,
      erasedAtMs: row.erased_at_ms,
      /** Payments that began until then belong to the erasure: asking again moves it. */
      erasedUntilMs: row.erased_until_ms,
      erasedPayments: row.erased_payments,
      /** How often this has changed since its copy was written. */
      copyDue: row.copy_due,
    })),
);
export type Person = z.infer<ReturnType<typeof personRowSchema>>;

export function createSchema(storage: DurableObjectStorage): void {
  storage.sql.exec(SCHEMA);
}

export function loadPerson(storage: DurableObjectStorage): Person {
  return personRowSchema().parse(storage.sql.exec("SELECT * FROM person").one());
}

export function saveKey(
  storage: DurableObjectStorage,
  { id, sealed }: { readonly id: string; readonly sealed: string },
): void {
  storage.sql.exec(
    "UPDATE person SET key_id = ?, sealed_key = ?, copy_due = copy_due + 1",
    id,
    sealed,
  );
}

export function addPayment(
  storage: DurableObjectStorage,
  merchantOrderId: MerchantOrderId,
  createdAtMs: number,
): void {
  storage.sql.exec("INSERT OR IGNORE INTO payments VALUES (?, ?, 0)", merchantOrderId, createdAtMs);
}

/** Payments that are not being erased, after one of them, in the order of their ids. */
export function listPayments(
  storage: DurableObjectStorage,
  after: string,
  limit: number,
): MerchantOrderId[] {
  const sql =
    "SELECT order_id FROM payments WHERE erase_due = 0 AND order_id > ? ORDER BY order_id LIMIT ?";
  return idsOf(storage.sql.exec(sql, after, limit));
}

/** Destroys the key and marks every payment as one that must be told. Call it inside a transaction. */
export function saveErasure(
  storage: DurableObjectStorage,
  merchantId: MerchantId,
  atMs: number,
): void {
  storage.sql.exec(
    `UPDATE person SET key_id = NULL, sealed_key = NULL, merchant_id = ?, erased_at_ms = ?, copy_due = copy_due + 1,
       erased_payments = erased_payments + (SELECT count(*) FROM payments WHERE erase_due = 0)`,
    merchantId,
    atMs,
  );
  storage.sql.exec("UPDATE payments SET erase_due = 1");
}

/** Payments that began until now, and have not been enrolled yet, belong to the erasure too. */
export function saveErasedUntil(storage: DurableObjectStorage, atMs: number): void {
  storage.sql.exec("UPDATE person SET erased_until_ms = ?, copy_due = copy_due + 1", atMs);
}

/** Payments that have not confirmed the erasure. */
export function dueErasures(storage: DurableObjectStorage): MerchantOrderId[] {
  return idsOf(
    storage.sql.exec("SELECT order_id FROM payments WHERE erase_due = 1 ORDER BY order_id"),
  );
}

export function removePayment(storage: DurableObjectStorage, merchantOrderId: string): void {
  storage.sql.exec("DELETE FROM payments WHERE order_id = ?", merchantOrderId);
  // The key of nobody's payments is kept for nobody.
  storage.sql.exec(
    `UPDATE person SET key_id = NULL, sealed_key = NULL, copy_due = copy_due + 1
       WHERE key_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM payments)`,
  );
}

/** Takes over what a copy says, where nothing is known of the person. */
export function adoptPerson(
  storage: DurableObjectStorage,
  { key, erasedAtMs, erasedUntilMs }: Pick<Person, "key" | "erasedAtMs" | "erasedUntilMs">,
): void {
  storage.sql.exec(
    `UPDATE person SET key_id = ?, sealed_key = ?, erased_at_ms = ?, erased_until_ms = ?
       WHERE key_id IS NULL AND erased_at_ms IS NULL`,
    key?.id ?? null,
    key?.sealed ?? null,
    erasedAtMs,
    erasedUntilMs,
  );
}

/** The copy says what the person was after so many changes; later ones are still due. */
export function noteCopied(storage: DurableObjectStorage, copyDue: number): void {
  storage.sql.exec("UPDATE person SET copy_due = copy_due - ?", copyDue);
}

function idsOf(rows: Iterable<Record<string, SqlStorageValue>>): MerchantOrderId[] {
  return [...rows].map((row) => merchantOrderIdSchema.parse(row["order_id"]));
}
