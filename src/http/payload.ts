/** Bodies and answers as they travel: JSON in the clear, or inside a JWE (api.md 4, "Payload encryption"). */
import { errorMessage } from "#base";
import { Problem } from "#problems";
import type { HttpDeps, SignerMerchant } from "./deps.ts";

const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;
const JOSE_TYPE = /^application\/jose\s*(;.*)?$/i;
const JOSE_WANTED = /(^|,)\s*application\/jose\s*(;(?!\s*q=0(\.0*)?\s*(,|$))[^,]*)?(,|$)/i;
const JOSE = "application/jose";

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
    const result = await deps.payloadKeys.open(new TextDecoder().decode(raw));
    if (result.ok) return new Uint8Array(result.value);
  } catch (error) {
    deps.log("error", "payload keys cannot be read", { error: errorMessage(error) });
    throw new Problem("admission_unavailable", { headers: { "retry-after": "2" } });
  }
  throw new Problem("jwe_invalid");
}

/** Whether the answer is to be encrypted. Said before anything is done: without a key there is nobody to encrypt to. */
export function wantsSealedAnswer(request: Request, { jwk }: SignerMerchant): boolean {
  const wanted = JOSE_WANTED.test(request.headers.get("accept") ?? "");
  if (wanted && !jwk) {
    throw new Problem("jwe_invalid", {
      detail: "An encrypted answer was asked for, and no public key of yours is registered.",
    });
  }
  return wanted;
}

/** The same answer, encrypted to the merchant's key. Problems stay in the clear: they hold no payment. */
export async function sealedAnswer(
  deps: HttpDeps,
  merchant: SignerMerchant,
  answer: Response,
): Promise<Response> {
  const token = await deps.payloadKeys.seal(merchant, new Uint8Array(await answer.arrayBuffer()));
  const headers = new Headers(answer.headers);
  headers.set("content-type", JOSE);
  return new Response(token, { status: answer.status, headers });
}
