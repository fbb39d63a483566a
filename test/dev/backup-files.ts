/** A directory with a copy of the backup's bucket. Names are as in the bucket; nothing outside is read. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FileReader } from "#ops";

export function directoryReader(root: string): FileReader {
  return {
    async get(name) {
      if (!/^(chunks|manifests)\/[\w.:-]+$/.test(name)) return undefined;
      const path = join(root, name);
      return existsSync(path) ? new Uint8Array(readFileSync(path)) : undefined;
    },
    async list(prefix) {
      const folder = join(root, prefix);
      if (!existsSync(folder)) return [];
      return readdirSync(folder).map((name) => `${prefix}${name}`);
    },
  };
}
