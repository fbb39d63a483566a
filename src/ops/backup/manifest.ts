/**
 * The manifest of one run, written last and once: without it the run's chunks count for nothing. Its first line says
 * what there is; the second is the gateway's seal on the first, so that only a holder of the master keys can have
 * written it. Each names the one before it by its hash.
 */
import * as z from "zod";
import { merchantIdSchema, once, readJson, sha256, sha256Hex, toHex, utf8 } from "#base";
import { OBJECT_KINDS, type Sealing } from "./files.ts";

export const MANIFESTS = "manifests/";
const CHUNKS = "chunks/";

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);
const sums = { payments: count, amountPaisa: count, capturedPaisa: count, refundedPaisa: count };

const chunkEntrySchema = once(() =>
  z.strictObject({
    kind: z.enum(["payments", "object"]),
    merchantId: merchantIdSchema.nullable(),
    object: z.enum(OBJECT_KINDS).nullable(),
    /** Of the file; its name is `chunks/<sha256>`. */
    sha256: hash,
    bytes: count,
    ...sums,
  }),
);
export type ChunkEntry = Readonly<z.infer<ReturnType<typeof chunkEntrySchema>>>;

const linkSchema = once(() => z.strictObject({ name: z.string(), sha256: hash }));
/** A manifest by name and hash of its file. */
export type ManifestLink = Readonly<z.infer<ReturnType<typeof linkSchema>>>;
export const manifestLinkSchema = linkSchema;

const manifestSchema = once(() =>
  z.strictObject({
    v: z.literal(1),
    runId: z.string(),
    /** `full`: everything; `incremental`: what changed since `previous`. */
    kind: z.enum(["full", "incremental"]),
    startedAtMs: count,
    completedAtMs: count,
    gatewayVersion: z.string(),
    masterKeyId: z.string(),
    previous: linkSchema().nullable(),
    merchants: z.array(merchantIdSchema),
    chunks: z.array(chunkEntrySchema()),
    totals: z.strictObject(sums),
    /** Payments that could not be read; the next run tries them again. */
    missing: count,
    bookmarks: z.array(z.strictObject({ object: z.string(), bookmark: z.string() })),
  }),
);
export type Manifest = Readonly<z.infer<ReturnType<typeof manifestSchema>>>;

/** In the order of names the runs are in the order of time. */
export function manifestName({
  startedAtMs,
  runId,
}: Pick<Manifest, "startedAtMs" | "runId">): string {
  return `${MANIFESTS}${new Date(startedAtMs).toISOString()}-${runId}`;
}

export function chunkName({ sha256: name }: Pick<ChunkEntry, "sha256">): string {
  return `${CHUNKS}${name}`;
}

export function totalsOf(chunks: readonly ChunkEntry[]): Manifest["totals"] {
  const sum = (key: keyof typeof sums) => chunks.reduce((total, chunk) => total + chunk[key], 0);
  return {
    payments: sum("payments"),
    amountPaisa: sum("amountPaisa"),
    capturedPaisa: sum("capturedPaisa"),
    refundedPaisa: sum("refundedPaisa"),
  };
}

/** The manifest's file. */
export async function writeManifest(sealing: Sealing, manifest: Manifest): Promise<string> {
  const body = JSON.stringify(manifestSchema().parse(manifest));
  return `${body}\n${await sealing.seal(sealIdentity(manifest), await sha256Hex(body))}`;
}

export interface ManifestFile {
  readonly manifest: Manifest;
  readonly sha256: string;
  /** Whether these master keys sealed what it says. */
  readonly opensWith: (sealing: Sealing) => Promise<boolean>;
}

/** Reads a manifest's file; `undefined` when it is none. */
export async function readManifest(
  file: Uint8Array<ArrayBuffer>,
): Promise<ManifestFile | undefined> {
  const [body = "", seal = "", ...rest] = new TextDecoder().decode(file).split("\n");
  const parsed = manifestSchema().safeParse(readJson(body));
  if (!parsed.success || rest.length > 0) return undefined;
  const manifest = parsed.data;
  const opensWith = async (sealing: Sealing) =>
    (await sealing.open(sealIdentity(manifest), seal)) === (await sha256Hex(body));
  return { manifest, sha256: await hashOf(file), opensWith };
}

function sealIdentity({ runId }: Manifest): string[] {
  return ["manifest", runId];
}

export async function hashOf(file: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(await sha256(file));
}

/** The file of a text. */
export function fileOf(text: string): Uint8Array<ArrayBuffer> {
  return utf8(text);
}
