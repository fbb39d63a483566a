/**
 * Checks that an answer comes from the gateway and belongs to the request that was sent (RFC 9421 5, RFC 9530): its
 * signature covers status, media type, digest of the body and the request's own signature, by the day's key of the
 * same API key. Other headers of the answer are not covered: nothing is done on their word that a repeated call, under
 * the same idempotency key, could not undo. Only the one form that was asked for is taken.
 */
import {
  base64,
  deriveDailyKey,
  SIGNATURE_LABEL,
  type SignedRequest,
  type SigningKey,
  utf8,
} from "./sign-request.ts";

const ALGORITHM = "hmac-sha256";
const LABEL = "answer";
const COVERED = `("@status" "content-type" "content-digest" "signature";req;key="${SIGNATURE_LABEL}")`;
/** The gateway's clock and ours may differ, either way. */
const TOLERANCE_SEC = 300;
/** Base64 of 32 bytes in its one canonical form: the last character carries four bits. */
const MAC_FORM = /^answer=:([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=):$/;
const REQUEST_MAC_FORM = /^[a-z0-9]+=(:[A-Za-z0-9+/]{43}=:)$/;
const PARAMETERS_FORM = /^(?:;[a-z][a-z0-9_-]*=(?:"[ !#-[\]-~]*"|[0-9]{1,12}))*$/;
const PARAMETER_FORM = /;([a-z][a-z0-9_-]*)=(?:"([^"]*)"|([0-9]+))/g;

/** `holds`: act on it. `missing`: nobody signed it. `wrong`: signed, but not so by the gateway for this request. */
export type AnswerVerdict = "holds" | "missing" | "wrong";

/** An answer as it came. */
export interface ReceivedAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** The bytes after HTTP's own codings (gzip) are off, as `fetch` gives them. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What an answer is held against. */
export interface AnswerContext {
  /** What was sent, as `signRequest` made it. */
  readonly request: Pick<SignedRequest, "headers">;
  readonly key: SigningKey;
  /** Epoch seconds. */
  readonly nowSec: number;
}

/** The `Accept-Signature` header that asks the gateway to sign its answer. Add it to the request. */
export function acceptSignature(keyId: string): string {
  return `${LABEL}=${COVERED};created;keyid="${keyId}";alg="${ALGORITHM}"`;
}

/** Whether the gateway gave this answer to this request, within 300 s. Compares in constant time. */
export async function verifyAnswer(
  answer: ReceivedAnswer,
  context: AnswerContext,
): Promise<AnswerVerdict> {
  const { headers, body } = answer;
  const input = headers.get("signature-input")?.trim();
  const signature = headers.get("signature")?.trim();
  if (input === undefined && signature === undefined) return "missing";
  const member = memberOf(input);
  const mac = MAC_FORM.exec(signature ?? "")?.[1];
  const createdSec = freshCreation(member, context);
  if (mac === undefined || createdSec === undefined) return "wrong";
  // No secret is compared here: the digest of what came, with what came.
  const digest = base64(await crypto.subtle.digest("SHA-256", body));
  if (headers.get("content-digest")?.trim() !== `sha-256=:${digest}:`) return "wrong";
  const key = await verifyingKey(context.key, createdSec);
  const base = utf8(answerBase(answer, context.request, member));
  return (await crypto.subtle.verify("HMAC", key, bytesOf(mac), base)) ? "holds" : "wrong";
}

function memberOf(input = ""): string {
  const start = `${LABEL}=`;
  return input.startsWith(start) ? input.slice(start.length) : "";
}

async function verifyingKey({ secret }: SigningKey, createdSec: number): Promise<CryptoKey> {
  const dailyKey = await deriveDailyKey(secret, createdSec);
  const hmac = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", dailyKey, hmac, false, ["verify"]);
}

/** The time of signing, if the member covers what was asked, by our key, and is neither old nor ahead. */
function freshCreation(
  member: string,
  { key, nowSec }: Pick<AnswerContext, "key" | "nowSec">,
): number | undefined {
  if (!member.startsWith(COVERED)) return undefined;
  const text = member.slice(COVERED.length);
  if (!PARAMETERS_FORM.test(text)) return undefined;
  const all = [...text.matchAll(PARAMETER_FORM)];
  const texts = new Map(all.map(([, name, quoted]) => [name, quoted]));
  const numbers = new Map(all.map(([, name, , digits]) => [name, Number(digits)]));
  // A name that stands twice could be read in two ways.
  if (texts.size !== all.length) return undefined;
  if (texts.get("keyid") !== key.keyId || texts.get("alg") !== ALGORITHM) return undefined;
  const createdSec = numbers.get("created") ?? Number.NaN;
  const isFresh = Math.abs(nowSec - createdSec) <= TOLERANCE_SEC;
  const isOver = texts.has("expires") && !((numbers.get("expires") ?? 0) >= nowSec);
  return isFresh && !isOver ? createdSec : undefined;
}

/** What the gateway has to have signed, in the order that was asked for (RFC 9421 2.5). */
function answerBase(
  { status, headers }: ReceivedAnswer,
  request: AnswerContext["request"],
  member: string,
): string {
  const requestMac = REQUEST_MAC_FORM.exec(request.headers["signature"] ?? "")?.[1] ?? "";
  return [
    `"@status": ${status}`,
    `"content-type": ${headers.get("content-type")?.trim() ?? ""}`,
    `"content-digest": ${headers.get("content-digest")?.trim() ?? ""}`,
    `"signature";req;key="${SIGNATURE_LABEL}": ${requestMac}`,
    `"@signature-params": ${member}`,
  ].join("\n");
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
