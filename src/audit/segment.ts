/**
 * A sealed segment: a signed head and the lines of its entries, one text. Its bytes depend on nothing but its
 * entries, its place in the chain, `sealedAtMs` and the key (Ed25519 is deterministic): made again after a crash it
 * is the same.
 */
import * as z from "zod";
import { assert, once, sha256Hex } from "#base";
import { signText } from "#vault";
import { canonicalJson, type JsonObject } from "./canonical-json.ts";
import { type Entry, hashSchema, lineOf, monthOf } from "./entry.ts";

const signatureSchema = once(() => z.string().regex(/^[0-9a-f]{128}$/));

export const headSchema = once(() =>
  z.strictObject({
    version: z.literal(1),
    kind: z.literal("segment"),
    merchantId: z.string(),
    /** UTC, as YYYY-MM. */
    month: z.string(),
    /** Counts from 1, without gaps. */
    segment: z.int().min(1),
    firstSequence: z.int().min(1),
    lastSequence: z.int().min(1),
    count: z.int().min(1),
    firstAtMs: z.int(),
    lastAtMs: z.int(),
    sealedAtMs: z.int(),
    /** The hash in front of the first entry, and the last entry's. */
    prevHash: hashSchema(),
    lastHash: hashSchema(),
    /** SHA-256 over the hashes of all entries, in their order. */
    rootHash: hashSchema(),
    /** The hash of the head before; null for the first. */
    previousHeadHash: hashSchema().nullable(),
    /** The key that signs. */
    keyId: z.string(),
    /** Root keys (`MASTER_KEYS`) that its entries are sealed under: keep them as long as the segment. */
    rootKeyIds: z.array(z.string()),
    signature: signatureSchema(),
  }),
);
export type Head = Readonly<z.infer<ReturnType<typeof headSchema>>>;

/** That segments were removed because their time was over: what the chain needs of them (GDR-3, PCI-3.2.1). */
export const removalSchema = once(() =>
  z.strictObject({
    version: z.literal(1),
    kind: z.literal("removal"),
    merchantId: z.string(),
    fromSegment: z.int().min(1),
    toSegment: z.int().min(1),
    /** The hash of each removed head, in their order. */
    headHashes: z.array(hashSchema()).min(1),
    lastSequence: z.int().min(1),
    lastHash: hashSchema(),
    removedAtMs: z.int(),
    keyId: z.string(),
    signature: signatureSchema(),
  }),
);
export type Removal = Readonly<z.infer<ReturnType<typeof removalSchema>>>;

export interface Signer {
  readonly keyId: string;
  readonly key: CryptoKey;
}

/** A segment's place. */
export interface SegmentPlace {
  readonly merchantId: string;
  readonly segment: number;
  readonly previousHeadHash: string | null;
  readonly sealedAtMs: number;
}

export interface SealedSegment {
  readonly text: string;
  readonly head: Head;
  readonly headHash: string;
}

/** Entries of one month that follow each other, sealed. */
export async function sealSegment(
  signer: Signer,
  place: SegmentPlace,
  entries: readonly Entry[],
): Promise<SealedSegment> {
  const first = entries[0];
  const last = entries.at(-1);
  assert(first !== undefined && last !== undefined, "a segment has entries");
  assert(monthOf(first.atMs) === monthOf(last.atMs), "a segment is of one month");
  const unsigned = {
    version: 1,
    kind: "segment",
    ...place,
    month: monthOf(first.atMs),
    firstSequence: first.sequence,
    lastSequence: last.sequence,
    count: entries.length,
    firstAtMs: first.atMs,
    lastAtMs: last.atMs,
    prevHash: first.prevHash,
    lastHash: last.hash,
    rootHash: await rootHashOf(entries),
    keyId: signer.keyId,
    rootKeyIds: [...new Set(entries.map(({ sealed }) => rootKeyIdOf(sealed)))].toSorted(),
  } as const;
  const { text, signature, hash } = await signed(signer, unsigned);
  return {
    text: `${[text, ...entries.map(lineOf)].join("\n")}\n`,
    head: { ...unsigned, signature },
    headHash: hash,
  };
}

/** A removal's one text. */
export async function signRemoval(
  signer: Signer,
  removal: Omit<Removal, "version" | "kind" | "keyId" | "signature">,
): Promise<string> {
  const unsigned = { version: 1, kind: "removal", ...removal, keyId: signer.keyId } as const;
  return (await signed(signer, unsigned)).text;
}

export async function rootHashOf(entries: readonly Pick<Entry, "hash">[]): Promise<string> {
  return sha256Hex(entries.map(({ hash }) => hash).join(""));
}

/** What a signature covers: the record without it. Its SHA-256 is what the next head names. */
export function signedText(record: Head | Removal): string {
  const { signature: _signature, ...covered } = record;
  return canonicalJson(covered);
}

async function signed(signer: Signer, unsigned: JsonObject) {
  const covered = canonicalJson(unsigned);
  const signature = await signText(signer.key, covered);
  const text = canonicalJson({ ...unsigned, signature });
  return { text, signature, hash: await sha256Hex(covered) };
}

/** An envelope names its root key in clear (`fp1.<root id>.…`). */
function rootKeyIdOf(sealed: string): string {
  return sealed.split(".")[1] ?? "";
}

const SEGMENT_DIGITS = 8;

/** The object's name in R2, and the file's that an auditor gets: its order is the segments' own. */
export function segmentName(merchantId: string, segment: number): string {
  return `${merchantId}/${String(segment).padStart(SEGMENT_DIGITS, "0")}.jsonl`;
}

/** A removal bears the number of the last segment that it removed. */
export function removalName(merchantId: string, toSegment: number): string {
  return `${merchantId}/removed/${String(toSegment).padStart(SEGMENT_DIGITS, "0")}.json`;
}
