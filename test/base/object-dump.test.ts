import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { restoreObject } from "#base-objects";
import { dumpObject } from "../../src/base/object-dump.ts";
import { freshId } from "../support/call.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS things (id TEXT PRIMARY KEY, n INTEGER, raw BLOB) STRICT;
CREATE TABLE IF NOT EXISTS others (n INTEGER PRIMARY KEY) STRICT;`;

/** Any object's storage does. */
function inStorage<Outcome>(work: (storage: DurableObjectStorage) => Outcome): Promise<Outcome> {
  const stub = env.CLAIMS.getByName(freshId("dump"));
  return runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec(SCHEMA);
    return work(storage);
  });
}

describe("an object's dump", () => {
  it("27: whatever stands in its tables and values is there again, twice as once", async () => {
    const row = fc.tuple(
      fc.string(),
      fc.option(fc.maxSafeInteger()),
      fc.option(fc.uint8Array({ maxLength: 40 })),
    );
    const rows = fc.uniqueArray(row, { selector: ([id]) => id, maxLength: 8 });
    const values = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue(), { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(rows, values, async (list, pairs) => {
        const dump = await inStorage((storage) => {
          for (const [id, n, raw] of list) {
            const bytes = raw && new Uint8Array(raw).buffer;
            storage.sql.exec("INSERT INTO things VALUES (?, ?, ?)", id, n, bytes);
          }
          for (const [key, value] of Object.entries(pairs)) storage.kv.put(key, value);
          return dumpObject(storage);
        });
        const again = await inStorage((storage) => {
          storage.sql.exec("INSERT INTO others VALUES (7)");
          restoreObject(storage, dump);
          restoreObject(storage, dump);
          return dumpObject(storage);
        });
        expect(again).toEqual(dump);
      }),
      { numRuns: 40 },
    );
  });

  it("27: tables that are made anew from elsewhere are left out", async () => {
    const { tables } = await inStorage((storage) => dumpObject(storage, { without: ["things"] }));
    expect(tables.map(({ name }) => name)).toEqual(["others"]);
  });

  it("27: a dump of a table that is not there changes nothing", async () => {
    const left = await inStorage((storage) => {
      storage.sql.exec("INSERT INTO others VALUES (7)");
      const dump = dumpObject(storage);
      const later = { name: "later", columns: ["n"], rows: [[1]] };
      const foreign = { ...dump, tables: [{ ...later, name: "others" }, later] };
      expect(() => restoreObject(storage, foreign)).toThrow(/later/);
      return storage.sql.exec("SELECT n FROM others").one();
    });
    expect(left).toEqual({ n: 7 });
  });
});
