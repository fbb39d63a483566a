/**
 * Signed requests (api.md 1, RFC 9421). Nothing is stored here: the nonce counts only once the MAC holds (SIG-11),
 * and that is the gate's work. No refusal tells what was expected (SIG-18).
 */
import { ok, refused, type Result } from "#base";
import { contentDigestHolds } from "./content-digest.ts";
import { verifyByLibrary } from "./signature-library.ts";
import { readPlainSignature, verifyPlain } from "./signature-plain.ts";
import type { SignatureOptions, SignatureRefusal, SignedRequest } from "./signature-policy.ts";

const SIGNATURE_FIELDS = ["signature", "signature-input"];
/** No honest field comes near: more is refused before anything is parsed (API-4). */
const FIELD_CHARS_MAX = 8_192;

/** Who signed this request, if the signature, its freshness and the digest of the body all hold. */
export async function verifySignedRequest(
  request: Request,
  body: Uint8Array<ArrayBuffer>,
  options: SignatureOptions,
): Promise<Result<SignedRequest, SignatureRefusal>> {
  const { headers } = request;
  if (!SIGNATURE_FIELDS.every((name) => headers.has(name))) return refused("signature_missing");
  const digest = headers.get("content-digest");
  if ([...SIGNATURE_FIELDS.map((name) => headers.get(name)), digest].some(isTooLong)) {
    return refused("signature_invalid");
  }
  const hasBody = body.length > 0;
  const signature = readPlainSignature(headers);
  const verified = signature
    ? await verifyPlain(request, hasBody, { signature, options })
    : await verifyByLibrary(request, hasBody, options);
  if (!verified.ok) return verified;
  if (digest !== null && !(await contentDigestHolds(digest, body))) {
    return refused("digest_mismatch");
  }
  return verified.value.apiKey.revoked ? refused("key_revoked") : ok(verified.value);
}

function isTooLong(field: string | null): boolean {
  return field !== null && field.length > FIELD_CHARS_MAX;
}
