/** Where an auditor's segments are: a folder of files as they came out of the bucket, or wrangler's local R2. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface AuditFile {
  /** As in the bucket: `alpha/00000001.jsonl`. */
  readonly name: string;
  readonly read: () => Uint8Array;
}

/** The state of `wrangler dev` (`.wrangler/state`, or what `--persist-to` named) is known by its layout. */
export function auditFiles(from: string): AuditFile[] {
  const r2 = [join(from, "v3", "r2"), join(from, "r2")].find((folder) => existsSync(folder));
  return r2 ? localR2(r2) : folderFiles(from);
}

function folderFiles(from: string): AuditFile[] {
  return readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { name: path.slice(join(from, "/").length), read: () => readFileSync(path) };
    });
}

const OBJECTS = "miniflare-R2BucketObject";

/** Each bucket has a table of its objects; their bytes lie beside it, under the bucket's name. */
function localR2(r2: string): AuditFile[] {
  const buckets = readdirSync(r2).filter((name) => name !== OBJECTS);
  const blobs = new Map(
    buckets.flatMap((bucket) => {
      const folder = join(r2, bucket, "blobs");
      return existsSync(folder)
        ? readdirSync(folder).map((id) => [id, join(folder, id)] as const)
        : [];
    }),
  );
  return readdirSync(join(r2, OBJECTS))
    .filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite")
    .flatMap((name) => rowsOf(join(r2, OBJECTS, name)))
    .map(({ key, blob_id }) => {
      const path = blobs.get(String(blob_id));
      if (path === undefined) throw new Error(`${String(key)} has no bytes`);
      return { name: String(key), read: () => readFileSync(path) };
    });
}

function rowsOf(path: string) {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare("SELECT key, blob_id FROM _mf_objects").all();
  } finally {
    database.close();
  }
}
