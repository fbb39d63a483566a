/** The table of a vault's API keys: records readable, secrets sealed. */
import * as z from "zod";
import { once } from "#base";
import { type ApiKeyRecord, apiKeyRecordSchema } from "./api-key-record.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS api_keys (
  id TEXT PRIMARY KEY, record TEXT NOT NULL, sealed_secret TEXT, told_end_ms INTEGER) STRICT, WITHOUT ROWID;
`;

interface ApiKeyRow {
  readonly record: ApiKeyRecord;
  /** `null` for a key of the configuration. */
  readonly sealedSecret: string | null;
  /** The end that all gates have heard of. */
  readonly toldEndMs: number | null;
}

export interface ApiKeyRows {
  readonly all: () => ApiKeyRow[];
  /** A secret is written once, with the key. */
  readonly write: (record: ApiKeyRecord, sealedSecret?: string) => void;
  readonly noteTold: (id: string, endMs: number) => void;
  /** No gate has heard of any end. */
  readonly forgetTold: () => void;
  readonly forget: (id: string) => void;
}

const rowSchema = once(() =>
  z.object({
    record: z.string(),
    sealed_secret: z.string().nullable(),
    told_end_ms: z.int().nullable(),
  }),
);

export function apiKeyRows(sql: SqlStorage): ApiKeyRows {
  sql.exec(SCHEMA);
  return {
    all: () =>
      rowSchema()
        .array()
        .parse(sql.exec("SELECT record, sealed_secret, told_end_ms FROM api_keys").toArray())
        .map((row) => ({
          record: apiKeyRecordSchema().parse(JSON.parse(row.record)),
          sealedSecret: row.sealed_secret,
          toldEndMs: row.told_end_ms,
        })),
    write(record, sealedSecret) {
      sql.exec(
        `INSERT INTO api_keys VALUES (?, ?, ?, NULL) ON CONFLICT (id) DO UPDATE SET record = excluded.record`,
        record.id,
        JSON.stringify(record),
        sealedSecret ?? null,
      );
    },
    noteTold(id, endMs) {
      sql.exec("UPDATE api_keys SET told_end_ms = ? WHERE id = ?", endMs, id);
    },
    forgetTold() {
      sql.exec("UPDATE api_keys SET told_end_ms = NULL");
    },
    forget(id) {
      sql.exec("DELETE FROM api_keys WHERE id = ?", id);
    },
  };
}
