/**
 * One entry of a merchant's chain. Its hash covers the sealed text and not the text in it, so that everybody can
 * verify the chain, and nobody learns from it what was logged (ADR 10).
 */
import * as z from "zod";
import { once, sha256Hex } from "#base";
import { canonicalJson } from "./canonical-json.ts";

/** SHA-256 in lower-case hex: every hash has this one spelling. */
export const hashSchema = once(() => z.string().regex(/^[0-9a-f]{64}$/));

export const entrySchema = once(() =>
  z.strictObject({
    /** Counts from 1, without gaps, over all months of a merchant. */
    sequence: z.int().min(1),
    /** When it was logged; never runs backwards. */
    atMs: z.int().min(0),
    /** The masked event, as canonical JSON in an envelope. */
    sealed: z.string().min(1),
    /** The hash of the entry before, or `genesisHash`. */
    prevHash: hashSchema(),
    hash: hashSchema(),
  }),
);
export type Entry = Readonly<z.infer<ReturnType<typeof entrySchema>>>;

/** What an entry's hash is taken over, beside the merchant. */
export type EntryBody = Omit<Entry, "hash">;

/** SHA-256 of a text as lower-case hex. Node is given a faster one than the Web's (`npm run audit:verify`). */
export type TextHash = (text: string) => string | Promise<string>;

/** The hash in front of a merchant's first entry: no two merchants' chains begin alike. */
export function genesisHash(merchantId: string): Promise<string> {
  return sha256Hex(canonicalJson({ genesis: merchantId }));
}

export async function hashOf(
  merchantId: string,
  body: EntryBody,
  textHash: TextHash = sha256Hex,
): Promise<string> {
  return textHash(hashedText(merchantId, body));
}

/** Canonical JSON (RFC 8785): whole numbers, plain texts, and members written in their sorted order. */
export function hashedText(merchantId: string, body: EntryBody): string {
  const { atMs, prevHash, sealed, sequence } = body;
  return JSON.stringify({ atMs, merchantId, prevHash, sealed, sequence });
}

/** The one spelling of an entry, a line of a segment: canonical JSON as well. */
export function lineOf({ atMs, hash, prevHash, sealed, sequence }: Entry): string {
  return JSON.stringify({ atMs, hash, prevHash, sealed, sequence });
}

/** The calendar month (UTC) as YYYY-MM. A segment holds entries of one month. */
export function monthOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 7);
}

/** When the month ends, epoch ms. */
export function monthEndMs(atMs: number): number {
  const date = new Date(atMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}
