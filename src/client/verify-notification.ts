/**
 * Notifications as a merchant's server checks them: Standard Webhooks 1.0.0 (api.md 6). The raw body is what is
 * signed: check before parsing, never after serialising again.
 */

const PREFIX = "whsec_";
const TOLERANCE_SEC = 300;
const HMAC = { name: "HMAC", hash: "SHA-256" };
const SIGNATURES_MAX = 16;

export interface NotificationHeaders {
  /** Case-insensitive lookup, as `Headers` has it. */
  get(name: string): string | null;
}

export interface NotificationToVerify {
  readonly headers: NotificationHeaders;
  /** The bytes as received, or the text decoded from them and nothing else. */
  readonly body: Uint8Array<ArrayBuffer> | string;
}

export interface VerifyOptions {
  /** `whsec_…`; several while a secret is being rotated. */
  readonly secrets: readonly string[];
  /** Epoch seconds. */
  readonly nowSec: number;
}

/** A notification that must not be acted on; `reason` is for the log, never for the sender. */
export class NotificationError extends Error {
  override readonly name = "NotificationError";
  readonly reason: "header_missing" | "timestamp" | "signature";
  constructor(reason: NotificationError["reason"]) {
    super(`notification refused: ${reason}`);
    this.reason = reason;
  }
}

/**
 * Checks that a notification comes from the gateway and is fresh (300 s either way, WHK-7), in constant time.
 * Returns its id, which stays the same over retries: act once per id. Throws `NotificationError` otherwise.
 */
export async function verifyNotification(
  notification: NotificationToVerify,
  { secrets, nowSec }: VerifyOptions,
): Promise<{ readonly id: string }> {
  const id = notification.headers.get("webhook-id");
  const timestamp = notification.headers.get("webhook-timestamp");
  const signatures = notification.headers.get("webhook-signature");
  if (!id || !timestamp || !signatures) throw new NotificationError("header_missing");
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(nowSec - Number(timestamp)) > TOLERANCE_SEC) {
    throw new NotificationError("timestamp");
  }
  const given = signatures
    .split(" ")
    .filter((entry) => entry.startsWith("v1,"))
    .slice(0, SIGNATURES_MAX)
    .map((entry) => decodeBase64(entry.slice("v1,".length)));
  const signed = signedBytes(`${id}.${timestamp}.`, notification.body);
  let holds = false;
  for (const secret of secrets) {
    const key = await importSecret(secret);
    for (const mac of given) {
      // WebCrypto compares in constant time; all are tried, so that the time does not tell which one fits.
      if (mac && (await crypto.subtle.verify("HMAC", key, mac, signed))) holds = true;
    }
  }
  if (!holds) throw new NotificationError("signature");
  return { id };
}

function signedBytes(
  head: string,
  body: Uint8Array<ArrayBuffer> | string,
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const prefix = encoder.encode(head);
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  const whole = new Uint8Array(prefix.length + bytes.length);
  whole.set(prefix, 0);
  whole.set(bytes, prefix.length);
  return whole;
}

async function importSecret(secret: string): Promise<CryptoKey> {
  const bytes = decodeBase64(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret);
  if (!bytes || bytes.length === 0)
    throw new TypeError("a notification secret is whsec_ and base64");
  return crypto.subtle.importKey("raw", bytes, HMAC, false, ["verify"]);
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined; // Not base64: no signature of ours.
  }
}
