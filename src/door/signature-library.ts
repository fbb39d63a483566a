/** Any signature of RFC 9421, by a kept library: it parses the fields and builds the base; the policy is ours. */
import { isSignatureError, verifySignature, type Verifier } from "http-message-sig";
import { refused, type Result, ok } from "#base";
import {
  ALGORITHM,
  keyOf,
  neededComponents,
  Refusal,
  type SignatureOptions,
  type SignatureRefusal,
  type SignedRequest,
} from "./signature-policy.ts";

const REQUIRED_PARAMETERS = ["created", "nonce", "keyid", "alg"];
/** Freshness is ours to judge, with our own codes: the library's check is put out of the way. */
const LIBRARY_SKEW_SEC = Number.MAX_SAFE_INTEGER;

const decoder = new TextDecoder();

interface KeyedVerifier extends Verifier {
  readonly signed: SignedRequest;
}

export async function verifyByLibrary(
  request: Request,
  hasBody: boolean,
  options: SignatureOptions,
): Promise<Result<SignedRequest, SignatureRefusal>> {
  const { headers } = request;
  try {
    const { verifier } = await verifySignature<KeyedVerifier>(messageOf(request), {
      policy: {
        algorithms: [ALGORITHM],
        requiredComponents: neededComponents(headers, hasBody),
        requiredParameters: REQUIRED_PARAMETERS,
        clockSkew: LIBRARY_SKEW_SEC,
        now: options.nowSec,
      },
      resolveVerifier: async ({ label, parameters }) => {
        const asReceived = headers.get("signature-input")?.trim().slice(`${label}=`.length) ?? "";
        const { signed, key } = await keyOf({ label, parameters }, options);
        return {
          algorithm: ALGORITHM,
          signed,
          // WebCrypto compares all 32 bytes in constant time and refuses other lengths (SIG-13).
          verify: async (base, mac) =>
            endsWith(base, asReceived) &&
            crypto.subtle.verify("HMAC", key, new Uint8Array(mac), new Uint8Array(base)),
        };
      },
    });
    return ok(verifier.signed);
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

/**
 * The library signs its own spelling of the member (RFC 9421 2.3), SIG-2 what was received. Only where both are
 * one is there one thing that was signed: `created=1.0`, say, would else pass for the integer that it is not.
 */
function endsWith(base: Uint8Array, asReceived: string): boolean {
  return decoder.decode(base).endsWith(`\n"@signature-params": ${asReceived}`);
}
