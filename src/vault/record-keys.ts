/**
 * A merchant's record keys: random roots that close what leaves its objects in great number (archived payments, the keys
 * of its customers). They lie sealed in the vault, so that another key of the gateway wraps one row anew and not
 * millions of records. Old ones stay: what they closed is kept for years.
 */
import * as z from "zod";
import { type Clock, once, randomBytes, toBase64, toHex } from "#base";
import { RECORD_KEY_PERIOD_MS } from "./key-registry.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS record_keys (id TEXT PRIMARY KEY, made_at_ms INTEGER NOT NULL, sealed TEXT NOT NULL) STRICT;
`;
const ID_BYTES = 12;
const ROOT_BYTES = 32;

const rowSchema = once(() => z.object({ id: z.string(), made_at_ms: z.int(), sealed: z.string() }));

export interface SealedRecordKey {
  readonly id: string;
  readonly madeAtMs: number;
  readonly sealed: string;
}

/** What a record key is bound to in its vault. */
export function recordKeyRecord(id: string): readonly [string, string] {
  return ["record_key", id];
}

/** All record keys, newest first; makes one when there is none, or when the newest will be a year old `aheadMs` from now. */
export async function usableRecordKeys(
  sql: SqlStorage,
  {
    nowMs,
    seal,
    aheadMs,
  }: {
    readonly nowMs: Clock;
    readonly seal: (id: string, text: string) => Promise<string>;
    readonly aheadMs: number;
  },
): Promise<SealedRecordKey[]> {
  const [newest] = rowsOf(sql);
  if (!newest || newest.made_at_ms + RECORD_KEY_PERIOD_MS <= nowMs() + aheadMs) {
    const id = toHex(randomBytes(ID_BYTES));
    const sealed = await seal(id, toBase64(randomBytes(ROOT_BYTES)));
    // Another call may have made one meanwhile: the first one counts.
    if (rowsOf(sql)[0]?.id === newest?.id)
      sql.exec("INSERT INTO record_keys VALUES (?, ?, ?)", id, nowMs(), sealed);
  }
  return rowsOf(sql).map(({ id, made_at_ms, sealed }) => ({
    id,
    madeAtMs: made_at_ms,
    sealed,
  }));
}

/** Makes the table. */
export function createRecordKeys(sql: SqlStorage): void {
  sql.exec(SCHEMA);
}

function rowsOf(sql: SqlStorage) {
  const rows = sql.exec("SELECT * FROM record_keys ORDER BY made_at_ms DESC, id");
  return rowSchema().array().parse(rows.toArray());
}
