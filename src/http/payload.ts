/** Bodies and answers as they travel: JSON in the clear, or inside a JWE (api.md 4, "Payload encryption"). */
import { assert, errorMessage } from "#base";
import { Problem } from "#problems";
import type { HttpDeps, SignerMerchant } from "./deps.ts";

const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;
const JOSE_TYPE = /^application\/jose\s*(;.*)?$/i;
const JOSE = "application/jose";
const NO_WEIGHT = /^q=0(\.0*)?$/;

/** A signed body as it came. */
export interface Payload {
  readonly request: Request;
  readonly raw: Uint8Array<ArrayBuffer>;
  readonly merchant: SignerMerchant;
}

/** The JSON bytes of a request; a merchant that asks for encryption gets nothing in the clear taken. */
export async function payloadBytes(
  deps: HttpDeps,
  { request, raw, merchant }: Payload,
): Promise<Uint8Array<ArrayBuffer>> {
  const type = request.headers.get("content-type") ?? "";
  if (JOSE_TYPE.test(type)) return opened(deps, raw);
  if (!JSON_TYPE.test(type) || merchant.requireEncryption) {
    const accept = merchant.requireEncryption ? JOSE : `application/json, ${JOSE}`;
    throw new Problem("unsupported_media_type", { headers: { accept } });
  }
  return raw;
}

async function opened(deps: HttpDeps, raw: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  try {
    // A byte order mark is no part of a token (JOS-1): it is kept, so that it is refused.
    const token = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(raw);
    const result = await deps.payloadKeys.open(token);
    if (result.ok) return new Uint8Array(result.value);
  } catch (error) {
    throw keysAway(deps, error);
  }
  throw new Problem("jwe_invalid");
}

/** `GET /.well-known/jwks.json`: the public keys that requests may be encrypted to (JOS-8). */
export async function publicKeys(deps: HttpDeps): Promise<Response> {
  try {
    return Response.json(await deps.payloadKeys.jwks());
  } catch (error) {
    throw keysAway(deps, error);
  }
}

/** Neither KV nor the object that holds the payload keys answers. */
function keysAway(deps: HttpDeps, error: unknown): Problem {
  deps.log("error", "payload keys cannot be read", { error: errorMessage(error) });
  return new Problem("admission_unavailable", { headers: { "retry-after": "2" } });
}

/** Whether the answer is to be encrypted. Said before anything is done: without a key there is nobody to encrypt to. */
export function wantsSealedAnswer(request: Request, { jwk }: SignerMerchant): boolean {
  const wanted = namesJose(request.headers.get("accept") ?? "");
  if (wanted && !jwk) {
    throw new Problem("jwe_invalid", {
      detail: "An encrypted answer was asked for, and no public key of yours is registered.",
    });
  }
  return wanted;
}

/** By its own name and with a weight (RFC 9110 12.5.1): a wildcard asks for nothing that has to be opened. */
function namesJose(accept: string): boolean {
  return accept.split(",").some((range) => {
    const [type, ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    return type === JOSE && !parameters.some((parameter) => NO_WEIGHT.test(parameter));
  });
}

/** The same answer, encrypted to the merchant's key. Problems stay in the clear: they hold no payment. */
export async function sealedAnswer(
  deps: HttpDeps,
  merchant: SignerMerchant,
  answer: Response,
): Promise<Response> {
  const token = await deps.payloadKeys.seal(merchant, new Uint8Array(await answer.arrayBuffer()));
  assert(token !== undefined, "an answer is sealed only for a merchant with a key");
  const headers = new Headers(answer.headers);
  headers.set("content-type", JOSE);
  return new Response(token, { status: answer.status, headers });
}
