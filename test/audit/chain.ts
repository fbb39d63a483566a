/** Sealed segments of a merchant that never was, made as the gateway makes them. */
import {
  type AuditKeys,
  type Entry,
  genesisHash,
  hashOf,
  makeVerifier,
  type SealedSegment,
  sealSegment,
  type Signer,
} from "#audit";
import { importSigningKey, makeSigningPair, parseKeyring } from "#vault";
import { TEST_MASTER_KEYS } from "../support/secrets.ts";

export const MERCHANT = "alpha";
const NOVEMBER_MS = Date.UTC(2026, 10, 3);

export interface Chain {
  readonly signer: Signer;
  readonly keys: AuditKeys;
  readonly segments: readonly SealedSegment[];
}

/** So many entries per segment; each segment in the month after the one before. */
export async function chainOf(counts: readonly number[], merchantId = MERCHANT): Promise<Chain> {
  const { signer, publicJwk } = await signerOf(merchantId);
  const segments: SealedSegment[] = [];
  let prevHash = await genesisHash(merchantId);
  let sequence = 0;
  for (const [index, count] of counts.entries()) {
    const entries: Entry[] = [];
    const date = new Date(NOVEMBER_MS);
    const atMs = date.setUTCMonth(date.getUTCMonth() + index);
    for (let nth = 0; nth < count; nth += 1) {
      sequence += 1;
      const body = { sequence, atMs: atMs + nth, sealed: `fp1.k1.${sequence}.text`, prevHash };
      prevHash = await hashOf(merchantId, body);
      entries.push({ ...body, hash: prevHash });
    }
    const previousHeadHash = segments.at(-1)?.headHash ?? null;
    const place = {
      merchantId,
      segment: index + 1,
      previousHeadHash,
      sealedAtMs: atMs + 3_600_000,
    };
    segments.push(await sealSegment(signer, place, entries));
  }
  return { signer, keys: keysOf(merchantId, publicJwk, segments), segments };
}

async function signerOf(merchantId: string) {
  const keyring = parseKeyring(TEST_MASTER_KEYS);
  const use = { purpose: "audit", owner: merchantId } as const;
  const { publicJwk, sealedPrivate } = await makeSigningPair(keyring, use);
  const key = await importSigningKey(keyring, use, { kid: publicJwk.kid, sealedPrivate });
  if (!key) throw new Error("the key does not open");
  return { signer: { keyId: publicJwk.kid, key }, publicJwk };
}

function keysOf(
  merchantId: string,
  publicJwk: Omit<AuditKeys["keys"][number], "createdAt">,
  segments: readonly SealedSegment[],
): AuditKeys {
  const last = segments.at(-1);
  return {
    merchantId,
    keys: [{ ...publicJwk, createdAt: NOVEMBER_MS }],
    head: last
      ? {
          segment: last.head.segment,
          headHash: last.headHash,
          lastSequence: last.head.lastSequence,
          lastHash: last.head.lastHash,
        }
      : null,
  };
}

/** A file as an auditor has it: the number in its name, and its bytes. */
export interface NumberedFile {
  readonly number: number;
  readonly bytes: Uint8Array;
}

export const filesOf = (segments: readonly SealedSegment[]): NumberedFile[] =>
  segments.map(({ text }, index) => ({ number: index + 1, bytes: bytesOf(text) }));

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export async function reportOf(
  keys: AuditKeys,
  segments: readonly NumberedFile[],
  removals: readonly NumberedFile[] = [],
) {
  const verifier = await makeVerifier(keys);
  for (const { number, bytes } of removals) await verifier.removal(number, bytes);
  for (const { number, bytes } of segments) await verifier.segment(number, bytes);
  return verifier.finish();
}
