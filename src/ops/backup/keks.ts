/** Which of the gateway's keys the files of backups are closed by: without their roots a backup does not open. */
import { kekName, kekOf, type RewrapReport } from "#vault";
import type { BackupStore } from "./backup-state.ts";
import type { FileReader } from "./files.ts";
import { MANIFESTS } from "./manifest.ts";

/** Names of the keys that the envelopes of a file name: one envelope a line. */
export function keksOf(file: Uint8Array): string[] {
  const lines = new TextDecoder().decode(file).split("\n");
  const keks = lines.flatMap((line) => kekOf(line) ?? []);
  return [...new Set(keks.map((kek) => kekName("backup", kek)))];
}

/**
 * What is needed for the backups that the bucket still holds. Files are written once and never wrapped anew: a key is
 * needed until the last manifest that it closed has been deleted.
 */
export async function closedBy(store: BackupStore, bucket: FileReader): Promise<RewrapReport> {
  const [oldest] = (await bucket.list(MANIFESTS)).toSorted();
  const kept = Object.entries(store.stand().keks).filter(
    ([, newest]) => oldest !== undefined && newest >= oldest,
  );
  const underWay = store.run()?.keks ?? [];
  return { keks: [...new Set([...kept.map(([kek]) => kek), ...underWay])], unreadable: 0 };
}
