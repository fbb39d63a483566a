import { fromBase64, toBase64, utf8 } from "#base";

const PREFIX = "whsec_";
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;

/** `whsec_` and 24 to 64 random bytes in base64 (WHK-2). What passes here decodes: a try must not fail over its key. */
export const NOTIFY_SECRET =
  /^whsec_(?:[A-Za-z0-9+/]{4}){8,20}(?:[A-Za-z0-9+/]{4}|(?:[A-Za-z0-9+/]{4})?[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The `webhook-signature` of a notification: HMAC-SHA256 over `id.timestamp.body` (WHK-1), one per secret and
 * blank-separated, so that receivers with either secret accept it while one is being rotated (WHK-3).
 */
export async function signNotification(
  secrets: readonly string[],
  message: { readonly id: string; readonly timestampSec: number; readonly body: string },
): Promise<string> {
  const text = utf8(`${message.id}.${message.timestampSec}.${message.body}`);
  const signatures = await Promise.all(
    secrets.map(async (secret) => {
      const bytes = fromBase64(secret.slice(PREFIX.length));
      const key = await crypto.subtle.importKey("raw", bytes, HMAC, false, ["sign"]);
      return `v1,${toBase64(new Uint8Array(await crypto.subtle.sign("HMAC", key, text)))}`;
    }),
  );
  return signatures.join(" ");
}
