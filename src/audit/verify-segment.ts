/** Whether one segment is as it was sealed. Needs public keys and nothing else. */
import { sha256Hex } from "#base";
import { verifyText } from "#vault";
import { canonicalJson } from "./canonical-json.ts";
import { type Entry, entrySchema, hashOf, lineOf, monthOf, type TextHash } from "./entry.ts";
import { type Head, headSchema, rootHashOf, signedText } from "./segment.ts";

/** What can be wrong, and in which words a report says it. */
export const FAULTS = {
  form: "is not in the one form that is ever written",
  signature: "is not signed by a known key",
  foreign: "belongs to another merchant",
  name: "does not bear the name of its segment",
  count: "does not hold as many entries as its head says",
  sequence: "stands where another entry belongs",
  hash: "was changed: its hash does not hold",
  link: "does not follow the entry before it",
  time: "was logged before the entry in front of it, or in another month",
  root: "holds other entries than its head says",
  segment_link: "does not follow the segment before it",
  twice: "stands twice",
  missing: "is missing, and no removal accounts for it",
  removal: "is a removal that does not follow the one before it",
  end: "is not the end that the gateway has told of",
} as const;
export type Fault = keyof typeof FAULTS;

/** The exact place of one fault. */
export interface Finding {
  readonly segment: number;
  /** The entry; null: the segment's head, or the segment as a whole. */
  readonly sequence: number | null;
  readonly fault: Fault;
}

/** Public keys by their id. */
export type TrustedKeys = ReadonlyMap<string, CryptoKey>;

export interface SegmentVerdict {
  /** `undefined` when the head could not be read or is not signed: then nothing is known of what should follow. */
  readonly head: Head | undefined;
  readonly headHash: string | undefined;
  readonly entries: number;
  readonly findings: readonly Finding[];
}

interface SegmentToVerify {
  readonly merchantId: string;
  readonly textHash?: TextHash;
  /** What its name says. */
  readonly segment: number;
  readonly bytes: Uint8Array;
}

/** Bytes that are no UTF-8 become a character that no segment holds; a mark at the beginning is kept as one. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes);
}

/** Reads a record of JSON, which is in its canonical form or it is nothing. */
export function readCanonical(line: string): unknown {
  try {
    const value: Parameters<typeof canonicalJson>[0] = JSON.parse(line);
    return canonicalJson(value) === line ? value : undefined;
  } catch {
    return undefined; // Not JSON, or a text that canonical JSON does not have.
  }
}

function readJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // Not JSON: no schema takes it.
  }
}

export async function verifySegment(
  keys: TrustedKeys,
  { merchantId, segment, bytes, textHash = sha256Hex }: SegmentToVerify,
): Promise<SegmentVerdict> {
  const [headLine = "", ...lines] = textOf(bytes).split("\n");
  const end = lines.pop();
  const read = headSchema().safeParse(readCanonical(headLine));
  if (!read.success) return unreadable(segment, "form");
  const head = read.data;
  if (!(await isSigned(keys, head))) return unreadable(segment, "signature");
  const whole = (fault: Fault): Finding => ({ segment, sequence: null, fault });
  const body = await verifyEntries(head, lines, textHash);
  const findings = [
    ...(head.segment === segment ? [] : [whole("name")]),
    ...(head.merchantId === merchantId ? [] : [whole("foreign")]),
    ...(end === "" ? [] : [whole("form")]),
    ...(lines.length === head.count ? [] : [whole("count")]),
    ...body.findings.map((finding) => ({ segment, ...finding })),
    ...((await rootHashOf(body.entries)) === head.rootHash ? [] : [whole("root")]),
  ];
  const headHash = await sha256Hex(signedText(head));
  return { head, headHash, entries: lines.length, findings };
}

export async function isSigned(
  keys: TrustedKeys,
  record: Parameters<typeof signedText>[0],
): Promise<boolean> {
  const key = keys.get(record.keyId);
  return key !== undefined && verifyText(key, signedText(record), record.signature);
}

function unreadable(segment: number, fault: Fault): SegmentVerdict {
  const findings = [{ segment, sequence: null, fault }];
  return { head: undefined, headHash: undefined, entries: 0, findings };
}

async function verifyEntries(head: Head, lines: readonly string[], textHash: TextHash) {
  const read = lines.map(readEntry);
  const hashes = await Promise.all(
    read.map(async (entry) => entry && hashOf(head.merchantId, entry, textHash)),
  );
  const findings: Omit<Finding, "segment">[] = [];
  let before: Pick<Entry, "hash" | "atMs"> | undefined = { hash: head.prevHash, atMs: 0 };
  for (const [index, entry] of read.entries()) {
    const sequence = head.firstSequence + index;
    const fault = entry ? faultOf(head, { entry, sequence, hash: hashes[index], before }) : "form";
    if (fault) findings.push({ sequence, fault });
    before = entry;
  }
  return { findings, entries: read.filter((entry) => entry !== undefined) };
}

/** An entry, if the line is spelled as entries are. */
function readEntry(line: string): Entry | undefined {
  const parsed = entrySchema().safeParse(readJson(line));
  return parsed.success && lineOf(parsed.data) === line ? parsed.data : undefined;
}

/** Judged by what the entry before says of itself, so that one change is one finding. */
function faultOf(
  head: Head,
  seen: {
    readonly entry: Entry;
    readonly sequence: number;
    readonly hash: string | undefined;
    readonly before: Pick<Entry, "hash" | "atMs"> | undefined;
  },
): Fault | undefined {
  const { entry, sequence, hash, before } = seen;
  if (entry.sequence !== sequence) return "sequence";
  if (entry.hash !== hash) return "hash";
  if (before && entry.prevHash !== before.hash) return "link";
  if (before && entry.atMs < before.atMs) return "time";
  return monthOf(entry.atMs) === head.month ? undefined : "time";
}

/** The hash of live entries that are not sealed yet, judged alike. Gives the first that does not hold. */
export async function firstBrokenEntry(
  merchantId: string,
  before: { readonly sequence: number; readonly hash: string },
  entries: readonly Entry[],
): Promise<number | undefined> {
  let { sequence, hash } = before;
  for (const entry of entries) {
    sequence += 1;
    const isWhole =
      entry.sequence === sequence &&
      entry.prevHash === hash &&
      entry.hash === (await hashOf(merchantId, entry));
    if (!isWhole) return sequence;
    ({ hash } = entry);
  }
  return undefined;
}
