/** What a signature must be to count (api.md 1), whoever parsed it: coverage, freshness, key. */
import type { ProblemCode } from "#problems";
import { type ApiKey, dailySigningKey } from "#vault";

export const ALGORITHM = "hmac-sha256";
const AGE_SEC_MAX = 300;
const AHEAD_SEC_MAX = 30;
const NONCE = /^[A-Za-z0-9_-]{16,64}$/;
const ALWAYS_COVERED = ["@method", "@authority", "@path", "@query"];

export interface SignedRequest {
  readonly apiKey: ApiKey;
  /** The request's own label: an answer is bound to the signature that bears it. */
  readonly label: string;
  readonly nonce: string;
  readonly createdSec: number;
}

export type SignatureRefusal = Extract<
  ProblemCode,
  | "signature_missing"
  | "signature_invalid"
  | "signature_expired"
  | "digest_mismatch"
  | "key_unknown"
  | "key_revoked"
>;

/** Carries a refusal out through a library's call. */
export class Refusal extends Error {
  readonly code: SignatureRefusal;
  constructor(code: SignatureRefusal) {
    super(code);
    this.code = code;
  }
}

export interface SignatureOptions {
  /** From this isolate's memory at once, or from where keys are kept. */
  readonly findKey: (keyId: string) => ApiKey | undefined | Promise<ApiKey | undefined>;
  readonly nowSec: number;
}

/** What must be covered, whatever the MAC says (SIG-7, SIG-15). */
export function neededComponents(headers: Headers, hasBody: boolean): string[] {
  return [
    ...ALWAYS_COVERED,
    ...(hasBody ? ["content-type", "content-digest"] : []),
    ...(headers.has("idempotency-key") ? ["idempotency-key"] : []),
  ];
}

/** A signature's own claims, not yet believed. */
export interface Claims {
  readonly label: string;
  readonly parameters: {
    readonly created?: number | undefined;
    readonly expires?: number | undefined;
    readonly nonce?: string | undefined;
    readonly keyid?: string | undefined;
  };
}

/** The key that has to have signed, if the claims are fresh (SIG-8 to SIG-12); a `Refusal` otherwise. */
export async function keyOf(
  { label, parameters }: Claims,
  { findKey, nowSec }: SignatureOptions,
): Promise<{ readonly signed: SignedRequest; readonly key: CryptoKey }> {
  const { created = -1, expires, nonce = "", keyid = "" } = parameters;
  if (created < 0 || !NONCE.test(nonce)) throw new Refusal("signature_invalid");
  if (created < nowSec - AGE_SEC_MAX || created > nowSec + AHEAD_SEC_MAX) {
    throw new Refusal("signature_expired");
  }
  // Past, or before its own beginning: good at no time (SIG-10).
  if (expires !== undefined && expires < Math.max(nowSec, created)) {
    throw new Refusal("signature_expired");
  }
  const apiKey = await findKey(keyid);
  if (!apiKey) throw new Refusal("key_unknown");
  const key = await dailySigningKey(apiKey, created);
  return { signed: { apiKey, label, nonce, createdSec: created }, key };
}
