/** Where sealed records rest, as a port: R2, or a bucket in India. Every method rejects when it cannot be reached. */

export interface RecordBucket {
  /** Writes over what is there. */
  put(name: string, body: string | Uint8Array): Promise<void>;
  /** Write-once: false when the name is taken, and then nothing is written. */
  putNew(name: string, body: string | Uint8Array): Promise<boolean>;
  get(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** A name that is not there is no error. */
  remove(names: readonly string[]): Promise<void>;
  /** Names with a prefix in the order of their bytes, those after `after`; a page at a time, empty at the end. */
  list(prefix: string, after?: string): Promise<string[]>;
}

/** All names with a prefix. */
export async function listAll(bucket: RecordBucket, prefix: string): Promise<string[]> {
  const names: string[] = [];
  let page = await bucket.list(prefix);
  while (page.length > 0) {
    names.push(...page);
    page = await bucket.list(prefix, page.at(-1));
  }
  return names;
}
