/** Where workers' state lies while they are measured or tormented: in memory if it can be, since a commit on disk waits for it. */
import { existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TMPFS = "/dev/shm";
/** A container's /dev/shm may be a few megabytes; the payments that are made here need more. */
const TMPFS_BYTES_MIN = 1024 ** 3;

export interface Scratch {
  readonly directory: string;
  readonly kind: "tmpfs" | "disk";
  remove(): void;
}

export function openScratch(prefix = "foolproof-bench-"): Scratch {
  const inMemory = bytesFree(TMPFS) >= TMPFS_BYTES_MIN;
  const directory = mkdtempSync(join(inMemory ? TMPFS : tmpdir(), prefix));
  return {
    directory,
    kind: inMemory ? "tmpfs" : "disk",
    remove: () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }),
  };
}

function bytesFree(directory: string): number {
  if (!existsSync(directory)) return 0;
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}
