/**
 * Whether a backup is whole, by its files alone: every manifest says of the one before it, and of every chunk, what its
 * hash must be. Needs no secret, so anybody who holds a copy of the bucket can check it; that a manifest is the
 * gateway's own is proven where the master keys are.
 */
import { ok, refused, type Result } from "#base";
import {
  type ChunkEntry,
  chunkName,
  hashOf,
  type Manifest,
  type ManifestFile,
  type ManifestLink,
  manifestName,
  MANIFESTS,
  readManifest,
} from "./manifest.ts";
import type { FileReader } from "./files.ts";

/**
 * - `missing`: the file is not there
 * - `changed`: its bytes are not those that its hash was taken of
 * - `not_a_manifest`: it does not read as one, or stands under another's name
 * - `foreign_seal`: the master keys of this deployment did not seal it
 * - `foreign_content`: it opens, and holds something other than its manifest says
 * - `no_base`: an incremental run that follows nothing
 */
export interface Fault {
  readonly file: string;
  readonly reason:
    | "missing"
    | "changed"
    | "not_a_manifest"
    | "foreign_seal"
    | "foreign_content"
    | "no_base";
}

/** A manifest by its name, and by its hash where that is known. */
export async function loadManifest(
  files: FileReader,
  { name, sha256 }: { readonly name: string; readonly sha256: string | null },
): Promise<Result<ManifestFile, Fault>> {
  const file = await files.get(name);
  if (!file) return refused({ file: name, reason: "missing" });
  if (sha256 !== null && (await hashOf(file)) !== sha256) {
    return refused({ file: name, reason: "changed" });
  }
  const read = await readManifest(file);
  if (!read || manifestName(read.manifest) !== name) {
    return refused({ file: name, reason: "not_a_manifest" });
  }
  return ok(read);
}

/** A chunk's file with the bytes that its manifest names. */
export async function loadChunk(
  files: FileReader,
  entry: ChunkEntry,
): Promise<Result<Uint8Array<ArrayBuffer>, Fault>> {
  const name = chunkName(entry);
  const file = await files.get(name);
  if (!file) return refused({ file: name, reason: "missing" });
  const same = file.length === entry.bytes && (await hashOf(file)) === entry.sha256;
  return same ? ok(file) : refused({ file: name, reason: "changed" });
}

/** The first fault among a manifest's chunks. */
export async function checkChunks(
  files: FileReader,
  { chunks }: Manifest,
): Promise<Fault | undefined> {
  for (const entry of chunks) {
    const loaded = await loadChunk(files, entry);
    if (!loaded.ok) return loaded.refusal;
  }
  return undefined;
}

export interface VerifyReport {
  readonly manifests: number;
  readonly chunks: number;
  readonly newest: string | null;
  readonly faults: readonly Fault[];
}

/** Checks every manifest, its chunks, and that the one before it is the one it names. */
export async function verifyBackup(files: FileReader): Promise<VerifyReport> {
  const names = (await files.list(MANIFESTS)).toSorted();
  const faults: Fault[] = [];
  let chunks = 0;
  for (const name of names) {
    const loaded = await loadManifest(files, { name, sha256: null });
    if (!loaded.ok) {
      faults.push(loaded.refusal);
      continue;
    }
    const { manifest } = loaded.value;
    chunks += manifest.chunks.length;
    const found = [await checkPrevious(files, name, manifest), await checkChunks(files, manifest)];
    faults.push(...found.filter((fault) => fault !== undefined));
  }
  return { manifests: names.length, chunks, newest: names.at(-1) ?? null, faults };
}

async function checkPrevious(
  files: FileReader,
  name: string,
  { kind, previous }: Manifest,
): Promise<Fault | undefined> {
  if (previous === null) return kind === "full" ? undefined : { file: name, reason: "no_base" };
  const loaded = await loadManifest(files, previous);
  // Copies that nobody needs any more may be gone, as far as a full run comes after them.
  if (!loaded.ok && kind === "full" && loaded.refusal.reason === "missing") return undefined;
  return loaded.ok ? undefined : loaded.refusal;
}

/** The newest manifest; `undefined` when there is none. */
export async function newestManifest(files: FileReader): Promise<string | undefined> {
  return (await files.list(MANIFESTS)).toSorted().at(-1);
}

export function linkOf(name: string, { sha256 }: ManifestFile): ManifestLink {
  return { name, sha256 };
}
