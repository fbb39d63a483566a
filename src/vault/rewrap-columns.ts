/** Every column of a vault's tables that holds envelopes: what is not listed here keeps an old root in use unseen. */
import * as z from "zod";
import { once } from "#base";
import { type RewrapReport, rewrapEach } from "./rewrap-report.ts";

interface SealedColumn {
  readonly table: string;
  /** The column that holds envelopes. */
  readonly column: string;
  /** An SQL expression for what the envelopes of a row are bound to: kind, id, version, as a JSON array of texts. */
  readonly record: string;
}

const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: "api_keys", column: "sealed_secret", record: "json_array('api_key', id)" },
  { table: "record_keys", column: "sealed", record: "json_array('record_key', id)" },
  {
    table: "config_versions",
    column: "sealed",
    record: "json_array('config', CAST(version AS TEXT))",
  },
  {
    table: "credentials",
    column: "sealed",
    record: `json_array('credential', name, CAST(version AS TEXT),
      CASE WHEN json_extract(record, '$.untilMs') IS NULL THEN 'value' ELSE 'accepted' END)`,
  },
];

const rowSchema = once(() => z.object({ record: z.string(), envelope: z.string() }));

const recordSchema = once(() => z.array(z.string()));

/** Wraps all of them anew. A row that is rewritten or forgotten meanwhile is left as it then is. */
export function rewrapColumns(
  sql: SqlStorage,
  rewrap: (record: readonly string[], envelope: string) => Promise<string | undefined>,
): Promise<RewrapReport> {
  const sealed = SEALED_COLUMNS.flatMap(({ table, column, record: recordSql }) =>
    rowSchema()
      .array()
      .parse(
        sql
          .exec(
            `SELECT ${recordSql} AS record, ${column} AS envelope FROM ${table} WHERE ${column} IS NOT NULL`,
          )
          .toArray(),
      )
      .map(({ record, envelope: before }) => ({
        envelope: before,
        rewrap: (envelope: string) => rewrap(recordSchema().parse(JSON.parse(record)), envelope),
        // An envelope stands once in its table: its IV is its own.
        keep: (after: string) =>
          void sql.exec(`UPDATE ${table} SET ${column} = ? WHERE ${column} = ?`, after, before),
      })),
  );
  return rewrapEach("vault", sealed);
}
