/** Records rest in India; what an earlier configuration left elsewhere is found there until it has been moved. */
import type { RecordBucket } from "./record-bucket.ts";

export interface Places {
  /** In India. */
  readonly home: RecordBucket;
  /** Where records rested before. */
  readonly left: RecordBucket;
}

export function residentBucket({ home, left }: Places): RecordBucket {
  return {
    async put(name, body) {
      await home.put(name, body);
      await left.remove([name]);
    },
    putNew: async (name, body) => (await left.get(name)) === undefined && home.putNew(name, body),
    get: async (name) => (await home.get(name)) ?? left.get(name),
    async remove(names) {
      await home.remove(names);
      await left.remove(names);
    },
    async list(prefix, after) {
      return mergePages(await home.list(prefix, after), await left.list(prefix, after));
    },
  };
}

/** Two pages as one. A page is complete up to its last name, so beyond the lower of these nothing is said yet. */
function mergePages(one: readonly string[], other: readonly string[]): string[] {
  const lasts = [one.at(-1), other.at(-1)].filter((name) => name !== undefined).toSorted();
  const [end] = lasts;
  if (end === undefined) return [];
  return [...new Set([...one, ...other])].filter((name) => name <= end).toSorted();
}

/** Moves what is left, at most so many records; how many went. What stands at home already is newer or the same. */
export async function moveHome({ home, left }: Places, limit: number): Promise<number> {
  const names = (await left.list("")).slice(0, limit);
  for (const name of names) {
    const body = await left.get(name);
    if (body !== undefined) await home.putNew(name, body);
    await left.remove([name]);
  }
  return names.length;
}
