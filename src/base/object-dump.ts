/**
 * All that a Durable Object keeps, as plain data, whatever tables it has: what a backup takes of an object and a restore
 * puts back. Tables that come later are covered without a change here. Alarms are no part of it: whoever puts a dump
 * back sets its own.
 */
import * as z from "zod";
import { fromBase64, toBase64 } from "./bytes.ts";
import { type ObjectDump, objectDumpSchema, type StoredValue } from "./object-dump-form.ts";

/** Everything but the tables named in `without`. Throws where the key-value side holds more than plain data. */
export function dumpObject(
  storage: DurableObjectStorage,
  { without = [] }: { readonly without?: readonly string[] } = {},
): ObjectDump {
  const tables = tableNames(storage)
    .filter((name) => !without.includes(name))
    .map((name) => {
      const cursor = storage.sql.exec(`SELECT * FROM "${name}" ORDER BY 1`);
      const rows = [...cursor.raw()].map((row) => row.map(stored));
      return { name, columns: cursor.columnNames, rows };
    });
  const values = [...storage.kv.list()].map(([key, value]) => {
    const plain = z.json().safeParse(value);
    if (!plain.success) throw new Error(`the value of ${key} is not plain data`);
    return { key, json: JSON.stringify(plain.data) };
  });
  return objectDumpSchema().parse({ v: 1, tables, values });
}

/**
 * Puts a dump into an object that has made its tables: their rows give way to those of the dump, and so do values
 * of the same name. Twice does the same as once. Throws when a table or column is not there, and changes nothing then.
 */
export function restoreObject(storage: DurableObjectStorage, dump: ObjectDump): void {
  storage.transactionSync(() => {
    for (const { name, columns, rows } of dump.tables) {
      storage.sql.exec(`DELETE FROM "${name}"`);
      const marks = columns.map(() => "?").join(", ");
      const names = columns.map((column) => `"${column}"`).join(", ");
      for (const row of rows) {
        storage.sql.exec(`INSERT INTO "${name}" (${names}) VALUES (${marks})`, ...row.map(bound));
      }
    }
    for (const { key, json } of dump.values) storage.kv.put(key, JSON.parse(json));
  });
}

/** Not those of SQLite, of the platform and of local runtimes, which begin with an underscore. */
function tableNames(storage: DurableObjectStorage): string[] {
  return storage.sql
    .exec(
      `SELECT name FROM sqlite_master WHERE type = 'table'
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name`,
    )
    .toArray()
    .map((row) => z.string().parse(row["name"]));
}

function stored(value: SqlStorageValue): StoredValue {
  return value instanceof ArrayBuffer ? { base64: toBase64(new Uint8Array(value)) } : value;
}

function bound(value: StoredValue): SqlStorageValue {
  if (value === null || typeof value !== "object") return value;
  return fromBase64(value.base64).buffer;
}

/** What a backup takes of an object. */
export interface ObjectCopy {
  readonly dump: ObjectDump;
  readonly bookmark: string | null;
}

/** The object's dump, and where the platform can bring it back to. */
export async function copyObject(
  storage: DurableObjectStorage,
  options: Parameters<typeof dumpObject>[1] = {},
): Promise<ObjectCopy> {
  return { dump: dumpObject(storage, options), bookmark: await bookmarkOf(storage) };
}

/** Where the platform can bring this object back to within 30 days; null where it cannot (platform.md 3). */
async function bookmarkOf(storage: DurableObjectStorage): Promise<string | null> {
  try {
    const bookmark = await storage.getCurrentBookmark();
    return /[^0-]/.test(bookmark) ? bookmark : null;
  } catch {
    return null; // A runtime without point-in-time recovery: local ones, at the time of writing.
  }
}
