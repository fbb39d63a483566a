/**
 * Signed requests (api.md 1, RFC 9421). The library parses the fields and builds the base; the policy is ours:
 * what must be covered, how fresh, by which key. Nothing is stored here: the nonce counts only once the MAC
 * holds (SIG-11), and that is the gate's work. No refusal tells what was expected (SIG-18).
 */
import { isSignatureError, verifySignature, type Verifier } from "http-message-sig";
import { refused, type Result, ok } from "#base";
import type { ProblemCode } from "#problems";
import { type ApiKey, dailySigningKey } from "#vault";
import { contentDigestHolds } from "./content-digest.ts";

const ALGORITHM = "hmac-sha256";
const AGE_SEC_MAX = 300;
const AHEAD_SEC_MAX = 30;
const NONCE = /^[A-Za-z0-9_-]{16,64}$/;
const ALWAYS_COVERED = ["@method", "@authority", "@path", "@query"];
const SIGNATURE_FIELDS = ["signature", "signature-input"];
/** No honest field comes near: more is refused before anything is parsed (API-4). */
const FIELD_CHARS_MAX = 8_192;
const REQUIRED_PARAMETERS = ["created", "nonce", "keyid", "alg"];
/** Freshness is ours to judge, with our own codes: the library's check is put out of the way. */
const LIBRARY_SKEW_SEC = Number.MAX_SAFE_INTEGER;

const decoder = new TextDecoder();

export interface SignedRequest {
  readonly apiKey: ApiKey;
  /** The request's own label: an answer is bound to the signature that bears it. */
  readonly label: string;
  readonly nonce: string;
  readonly createdSec: number;
}

type SignatureRefusal = Extract<
  ProblemCode,
  | "signature_missing"
  | "signature_invalid"
  | "signature_expired"
  | "digest_mismatch"
  | "key_unknown"
  | "key_revoked"
>;

interface KeyedVerifier extends Verifier {
  readonly signed: SignedRequest;
}

/** Carries a refusal of ours out through the library's call. */
class Refusal extends Error {
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

/** Who signed this request, if the signature, its freshness and the digest of the body all hold. */
export async function verifySignedRequest(
  request: Request,
  body: Uint8Array<ArrayBuffer>,
  options: SignatureOptions,
): Promise<Result<SignedRequest, SignatureRefusal>> {
  const { headers } = request;
  if (!SIGNATURE_FIELDS.every((name) => headers.has(name))) return refused("signature_missing");
  if ([...SIGNATURE_FIELDS, "content-digest"].some((name) => isTooLong(headers.get(name)))) {
    return refused("signature_invalid");
  }
  try {
    const { verifier } = await verifySignature<KeyedVerifier>(messageOf(request), {
      policy: {
        algorithms: [ALGORITHM],
        requiredComponents: coveredComponents(headers, body.length > 0),
        requiredParameters: REQUIRED_PARAMETERS,
        clockSkew: LIBRARY_SKEW_SEC,
        now: options.nowSec,
      },
      resolveVerifier: ({ label, parameters }) => {
        const asReceived = headers.get("signature-input")?.trim().slice(`${label}=`.length) ?? "";
        return resolveVerifier({ label, parameters, asReceived }, options);
      },
    });
    const digest = headers.get("content-digest");
    if (digest !== null && !(await contentDigestHolds(digest, body))) {
      return refused("digest_mismatch");
    }
    return verifier.signed.apiKey.revoked ? refused("key_revoked") : ok(verifier.signed);
  } catch (error) {
    if (!isSignatureError(error)) throw error;
    if (error.cause instanceof Refusal) return refused(error.cause.code);
    // Keys could not be read: that says nothing about the signature.
    if (error.code === "ResolverFailed") throw error.cause;
    return refused("signature_invalid");
  }
}

/**
 * The library resolves `@request-target` only where it is told; to an origin server it is path and query
 * (RFC 9421 2.2.5). Descriptors take ASCII fields only, so a request that does not cover it stays as it is.
 */
function messageOf(request: Request): Parameters<typeof verifySignature>[0] {
  const { headers, method, url } = request;
  if (!headers.get("signature-input")?.includes('"@request-target"')) return request;
  const requestTarget = url.slice(new URL(url).origin.length);
  const fields = [...headers].map(([name, value]) => ({ name, value }));
  return { kind: "request", method, targetUri: url, requestTarget, fields };
}

/** What must be covered, whatever the MAC says (SIG-7, SIG-15). */
function coveredComponents(headers: Headers, hasBody: boolean): string[] {
  return [
    ...ALWAYS_COVERED,
    ...(hasBody ? ["content-type", "content-digest"] : []),
    ...(headers.has("idempotency-key") ? ["idempotency-key"] : []),
  ];
}

interface Candidate {
  readonly label: string;
  /** The member of Signature-Input, without its label. */
  readonly asReceived: string;
  readonly parameters: {
    readonly created?: number;
    readonly expires?: number;
    readonly nonce?: string;
    readonly keyid?: string;
  };
}

async function resolveVerifier(
  { label, asReceived, parameters }: Candidate,
  { findKey, nowSec }: SignatureOptions,
): Promise<KeyedVerifier> {
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
  return {
    algorithm: ALGORITHM,
    signed: { apiKey, label, nonce, createdSec: created },
    // WebCrypto compares all 32 bytes in constant time and refuses other lengths (SIG-13).
    verify: async (base, mac) =>
      endsWith(base, asReceived) &&
      crypto.subtle.verify("HMAC", key, new Uint8Array(mac), new Uint8Array(base)),
  };
}

/**
 * The library signs its own spelling of the member (RFC 9421 2.3), SIG-2 what was received. Only where both are
 * one is there one thing that was signed: `created=1.0`, say, would else pass for the integer that it is not.
 */
function endsWith(base: Uint8Array, asReceived: string): boolean {
  return decoder.decode(base).endsWith(`\n"@signature-params": ${asReceived}`);
}

function isTooLong(field: string | null): boolean {
  return field !== null && field.length > FIELD_CHARS_MAX;
}
