/**
 * Whether a merchant's log is whole: every segment as it was sealed, none missing, and the end that the gateway told
 * of. Runs in the gateway and offline (`npm run audit:verify`); takes one file at a time, so a log of any length fits.
 */
import * as z from "zod";
import { once } from "#base";
import { importVerifyingKey, verifyingJwkSchema } from "#vault";
import { genesisHash, hashSchema, type TextHash } from "./entry.ts";
import { type Head, type Removal, removalSchema } from "./segment.ts";
import {
  type Fault,
  type Finding,
  isSigned,
  readCanonical,
  type SegmentVerdict,
  textOf,
  type TrustedKeys,
  verifySegment,
} from "./verify-segment.ts";

/** What `GET /api/payments/audit/keys` answers and an auditor keeps: all that a verification trusts. */
export const auditKeysSchema = once(() =>
  z.strictObject({
    merchantId: z.string(),
    keys: z.array(verifyingJwkSchema().extend({ createdAt: z.int() })),
    /** The newest sealed segment; null before the first. */
    head: z
      .strictObject({
        segment: z.int().min(1),
        headHash: hashSchema(),
        lastSequence: z.int().min(1),
        lastHash: hashSchema(),
      })
      .nullable(),
  }),
);
export type AuditKeys = Readonly<z.infer<ReturnType<typeof auditKeysSchema>>>;

export interface AuditReport {
  readonly segments: number;
  readonly entries: number;
  /** Segments whose time was over. */
  readonly removed: number;
  /** Whether the end of the log is known, and not only that nothing within it is missing. */
  readonly endKnown: boolean;
  readonly findings: readonly Finding[];
}

export interface Verifier {
  /** Removals first, then segments, each in the order of its number. */
  removal(number: number, bytes: Uint8Array): Promise<void>;
  segment(number: number, bytes: Uint8Array): Promise<void>;
  finish(): AuditReport;
}

/** What must come next; `undefined` where it is not known, because what stands before cannot be read. */
interface Next {
  segment: number;
  sequence: number | undefined;
  prevHash: string | undefined;
  headHash: string | null | undefined;
}

/** More places than these help nobody. */
const FINDINGS_MAX = 1_000;

/** `textHash` stands in for the Web's SHA-256 where there is a faster one. */
export async function makeVerifier(
  { merchantId, keys, head: end }: AuditKeys,
  textHash?: TextHash,
): Promise<Verifier> {
  const trusted = await trustedKeys(keys);
  const hashing = textHash ? { textHash } : {};
  const prevHash = await genesisHash(merchantId);
  const next: Next = { segment: 1, sequence: 1, prevHash, headHash: null };
  const { findings, find, findMissing } = makeFindings();
  const removedHeads = new Map<number, string>();
  let segments = 0;
  let entries = 0;

  const placeSegment = (number: number, { head, headHash }: SegmentVerdict) => {
    if (number < next.segment) return find(number, "twice");
    if (number > next.segment) {
      findMissing(next.segment, number);
      forget(next);
    }
    if (head && !follows(head, next)) find(number, "segment_link");
    if (end?.segment === number && end.headHash !== headHash) find(number, "end");
    advance(next, number, { head, headHash });
  };
  return {
    async removal(number, bytes) {
      const removal = await readRemoval(trusted, bytes);
      const fault = faultOfRemoval(removal, { number, merchantId, next });
      if (fault || !removal) return find(number, fault ?? "form");
      passOver(next, removedHeads, removal);
    },
    async segment(number, bytes) {
      const verdict = await verifySegment(trusted, {
        merchantId,
        segment: number,
        bytes,
        ...hashing,
      });
      segments += 1;
      entries += verdict.entries;
      for (const { segment, fault, sequence } of verdict.findings) find(segment, fault, sequence);
      const removedHead = removedHeads.get(number);
      if (removedHead === undefined) return placeSegment(number, verdict);
      // Removed by a record, not deleted yet: it must be the one that the record names.
      if (verdict.headHash !== removedHead) find(number, "segment_link");
    },
    finish() {
      if (end) findMissing(next.segment, end.segment + 1);
      const removed = removedHeads.size;
      return { segments, entries, removed, endKnown: end !== null, findings };
    },
  };
}

function makeFindings() {
  const findings: Finding[] = [];
  const find = (segment: number, fault: Fault, sequence: number | null = null) => {
    if (findings.length < FINDINGS_MAX) findings.push({ segment, sequence, fault });
  };
  const findMissing = (from: number, until: number) => {
    const last = Math.min(until, from + FINDINGS_MAX);
    for (let segment = from; segment < last; segment += 1) find(segment, "missing");
  };
  return { findings, find, findMissing };
}

/** The public keys by their id, ready to verify with. */
export async function trustedKeys(keys: AuditKeys["keys"]): Promise<TrustedKeys> {
  const imported = keys.map(async (jwk) => [jwk.kid, await importVerifyingKey(jwk)] as const);
  return new Map(await Promise.all(imported));
}

/** Whether a segment stands where the chain has come to, as far as that is known. */
export function follows(head: Head, next: Omit<Next, "segment">): boolean {
  return (
    (next.headHash === undefined || head.previousHeadHash === next.headHash) &&
    (next.prevHash === undefined || head.prevHash === next.prevHash) &&
    (next.sequence === undefined || head.firstSequence === next.sequence)
  );
}

function advance(
  next: Next,
  number: number,
  { head, headHash }: { readonly head: Head | undefined; readonly headHash: string | undefined },
): void {
  next.segment = number + 1;
  next.sequence = head && head.lastSequence + 1;
  next.prevHash = head?.lastHash;
  next.headHash = headHash;
}

/** What a removal accounts for need not be there. */
function passOver(next: Next, removedHeads: Map<number, string>, removal: Removal): void {
  for (const [index, hash] of removal.headHashes.entries()) {
    removedHeads.set(removal.fromSegment + index, hash);
  }
  next.segment = removal.toSegment + 1;
  next.sequence = removal.lastSequence + 1;
  next.prevHash = removal.lastHash;
  next.headHash = removal.headHashes.at(-1);
}

function forget(next: Next): void {
  next.sequence = undefined;
  next.prevHash = undefined;
  next.headHash = undefined;
}

async function readRemoval(keys: TrustedKeys, bytes: Uint8Array): Promise<Removal | undefined> {
  const read = removalSchema().safeParse(readCanonical(textOf(bytes)));
  return read.success && (await isSigned(keys, read.data)) ? read.data : undefined;
}

function faultOfRemoval(
  removal: Removal | undefined,
  place: { readonly number: number; readonly merchantId: string; readonly next: Next },
): Fault | undefined {
  if (!removal) return "signature";
  if (removal.merchantId !== place.merchantId) return "foreign";
  if (removal.toSegment !== place.number) return "name";
  const count = removal.toSegment - removal.fromSegment + 1;
  const isNext = removal.fromSegment === place.next.segment;
  return isNext && count === removal.headHashes.length ? undefined : "removal";
}
