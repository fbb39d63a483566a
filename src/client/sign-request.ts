/**
 * Signs requests for the gateway: HTTP Message Signatures (RFC 9421, `hmac-sha256`) with
 * Content-Digest (RFC 9530). The API secret itself never signs: it gives one key per UTC day
 * (DAY-1), so a key that leaks dies with its day. Nothing is kept between calls.
 */
import { signatureBase } from "./signature-base.ts";

/** An API key as the gateway issued it. */
export interface SigningKey {
  /** Public name of the key, e.g. `ak_test_01`. */
  readonly keyId: string;
  /** The secret, as text. It stays on your server: never send it to a browser or an app. */
  readonly secret: string;
}

/** A request before it is signed. */
export interface RequestToSign {
  readonly method: string;
  /** Absolute URL. What `new URL()` makes of it is what is signed and sent (SIG-17). */
  readonly url: string | URL;
  /** The exact body. Text is sent as UTF-8. Absent or empty: no body. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Media type of the body. Default: `application/json`. */
  readonly contentType?: string;
  /** 1 to 255 visible ASCII characters. */
  readonly idempotencyKey?: string;
}

/** When a request is signed, and its one-time number. */
export interface SigningMoment {
  /** Epoch seconds. The gateway refuses what is over 300 s old or over 30 s ahead. */
  readonly createdSec: number;
  /** 16 to 64 of `[A-Za-z0-9_-]`, never used before with this key. Default: 128 random bits. */
  readonly nonce?: string;
}

/** A signed request, ready for `fetch(url, { method, headers, body })`. Send it unchanged, once. */
export interface SignedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

/** The label of the one signature that a request carries. */
export const SIGNATURE_LABEL = "sig1";
const ALWAYS_COVERED = ["@method", "@authority", "@path", "@query"] as const;
const DEFAULT_CONTENT_TYPE = "application/json";
const NONCE_BYTES = 16;
const NONCE_FORM = /^[A-Za-z0-9_-]{16,64}$/;
/** What may stand between quotes in a structured field without escaping. */
const KEY_ID_FORM = /^[!#-[\]-~]{1,256}$/;
const IDEMPOTENCY_KEY_FORM = /^[!-~]{1,255}$/;

const encoder = new TextEncoder();

/**
 * Signs one request as the gateway's contract asks (api.md section 1). Covered are method,
 * authority, path and query; with a body also its media type and digest; with an idempotency key
 * also that header. Headers that you add afterwards are sent, but not protected.
 *
 * A signature is good for one sending: the gateway accepts a nonce once. Sign again to send again.
 *
 * @throws {TypeError} for a malformed URL, key id, nonce, time or idempotency key, or an empty secret
 */
export async function signRequest(
  request: RequestToSign,
  key: SigningKey,
  moment: SigningMoment,
): Promise<SignedRequest> {
  const nonce = moment.nonce ?? randomNonce();
  assertForms(request, key, { ...moment, nonce });

  const body = bodyBytes(request.body);
  const unsigned = await fieldsToSign(request, body);
  const message = {
    method: request.method.toUpperCase(),
    url: parseUrl(request.url),
    headers: unsigned,
  };
  const components = [...ALWAYS_COVERED, ...Object.keys(unsigned)];
  const covered = components.map((name) => `"${name}"`).join(" ");
  const parameters = `(${covered});created=${moment.createdSec};nonce="${nonce}";keyid="${key.keyId}";alg="hmac-sha256"`;

  const dailyKey = await deriveDailyKey(key.secret, moment.createdSec);
  const mac = await hmacSha256(dailyKey, signatureBase(message, components, parameters));
  return {
    url: message.url.href,
    method: message.method,
    headers: {
      ...unsigned,
      "signature-input": `${SIGNATURE_LABEL}=${parameters}`,
      signature: `${SIGNATURE_LABEL}=:${base64(mac)}:`,
    },
    ...(body === undefined ? {} : { body }),
  };
}

/**
 * The key that signs on one UTC day: HMAC-SHA256 of the API secret over `foolproof-v1/YYYY-MM-DD`.
 * The day is that of `createdSec`, not of arrival: a request signed before midnight stays good (SIG-12).
 *
 * @throws {RangeError} for a time that is no date
 */
export async function deriveDailyKey(
  secret: string,
  createdSec: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const day = new Date(createdSec * 1000).toISOString().slice(0, "YYYY-MM-DD".length);
  return hmacSha256(utf8(secret), `foolproof-v1/${day}`);
}

/** The header fields that the signature covers, in the order in which it covers them. */
async function fieldsToSign(
  request: RequestToSign,
  body: Uint8Array<ArrayBuffer> | undefined,
): Promise<Record<string, string>> {
  const fields: Record<string, string> = {};
  if (body !== undefined) {
    fields["content-type"] = request.contentType ?? DEFAULT_CONTENT_TYPE;
    fields["content-digest"] = `sha-256=:${base64(await crypto.subtle.digest("SHA-256", body))}:`;
  }
  if (request.idempotencyKey !== undefined) fields["idempotency-key"] = request.idempotencyKey;
  return fields;
}

/** No message quotes a secret, or the value that was refused: messages end up in logs. */
function assertForms(request: RequestToSign, key: SigningKey, moment: Required<SigningMoment>) {
  if (key.secret === "") throw new TypeError("The API secret is empty.");
  if (!KEY_ID_FORM.test(key.keyId)) throw new TypeError("The API key id is malformed.");
  if (!NONCE_FORM.test(moment.nonce)) throw new TypeError("The nonce is malformed.");
  if (!Number.isSafeInteger(moment.createdSec)) throw new TypeError("createdSec is no integer.");
  if (request.idempotencyKey !== undefined && !IDEMPOTENCY_KEY_FORM.test(request.idempotencyKey)) {
    throw new TypeError("The idempotency key needs 1 to 255 visible ASCII characters.");
  }
}

/** A fragment is never sent; `fetch` refuses user names and passwords, and so do we, earlier. */
function parseUrl(given: string | URL): URL {
  const url = new URL(given);
  if (url.username !== "" || url.password !== "") {
    throw new TypeError("The URL holds a user name or password.");
  }
  url.hash = "";
  return url;
}

function bodyBytes(body: RequestToSign["body"]): Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined || body.length === 0) return undefined;
  return typeof body === "string" ? utf8(body) : body;
}

/** Copied, because runtimes type what an encoder returns differently. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encoder.encode(text));
}

async function hmacSha256(
  keyBytes: Uint8Array<ArrayBuffer>,
  message: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", keyBytes, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(message)));
}

function randomNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  return base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function base64(bytes: ArrayBuffer | Uint8Array): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}
