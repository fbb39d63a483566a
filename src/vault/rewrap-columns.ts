/** Every column of a vault's tables that holds envelopes: what is not listed here keeps an old root in use unseen. */
import * as z from "zod";
import { once } from "#base";
import { type RewrapReport, rewrapEach } from "./rewrap-report.ts";

interface SealedColumn {
  readonly table: string;
  /** The column that names a row. */
  readonly key: string;
  readonly column: string;
  /** Kind and id that the envelopes of a row are bound to. */
  readonly recordOf: (key: string) => readonly string[];
}

const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: "api_keys", key: "id", column: "sealed_secret", recordOf: (id) => ["api_key", id] },
];

const rowSchema = once(() => z.object({ key: z.string(), envelope: z.string() }));

/** Wraps all of them anew. A row that is rewritten or forgotten meanwhile is left as it then is. */
export function rewrapColumns(
  sql: SqlStorage,
  rewrap: (record: readonly string[], envelope: string) => Promise<string | undefined>,
): Promise<RewrapReport> {
  const sealed = SEALED_COLUMNS.flatMap(({ table, key: name, column, recordOf }) =>
    rowSchema()
      .array()
      .parse(
        sql
          .exec(
            `SELECT ${name} AS key, ${column} AS envelope FROM ${table} WHERE ${column} IS NOT NULL`,
          )
          .toArray(),
      )
      .map(({ key, envelope: before }) => ({
        envelope: before,
        rewrap: (envelope: string) => rewrap(recordOf(key), envelope),
        keep: (after: string) =>
          void sql.exec(
            `UPDATE ${table} SET ${column} = ? WHERE ${name} = ? AND ${column} = ?`,
            after,
            key,
            before,
          ),
      })),
  );
  return rewrapEach("vault", sealed);
}
