import { utcDate, utf8 } from "#base";

const LABEL = "foolproof-v1/";
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;
/** Two days can be current at once, so this serves some five hundred keys before it starts over. */
const CACHE_ENTRIES_MAX = 1_024;

const cache = new Map<string, CryptoKey>();

/**
 * The key that verifies an API key's signatures on one UTC day: HMAC-SHA256 of the day under the API
 * secret (api.md 1, DAY-1 to DAY-4). Kept in memory by secret and day,
 * never stored.
 */
export async function dailySigningKey(
  key: { readonly id: string; readonly secret: string },
  createdSec: number,
): Promise<CryptoKey> {
  const date = utcDate(createdSec);
  const name = `${date}/${key.id}/${key.secret}`; // the secret too: a key id may be given a new one
  const known = cache.get(name);
  if (known) return known;
  const signingKey = await crypto.subtle.importKey(
    "raw",
    await dailySigningKeyBytes(key.secret, date),
    HMAC,
    false,
    ["verify"],
  );
  if (cache.size >= CACHE_ENTRIES_MAX) cache.clear();
  cache.set(name, signingKey);
  return signingKey;
}

/** The bytes of the daily key; for `dailySigningKey` and the published vectors. */
export async function dailySigningKeyBytes(secret: string, date: string): Promise<ArrayBuffer> {
  const secretKey = await crypto.subtle.importKey("raw", utf8(secret), HMAC, false, ["sign"]);
  return crypto.subtle.sign("HMAC", secretKey, utf8(`${LABEL}${date}`));
}
