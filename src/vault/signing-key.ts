import { utcDate, utf8 } from "#base";

const LABEL = "foolproof-v1/";
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;
/** Two days and both uses can be current at once: this serves some five hundred API keys before it starts over. */
const CACHE_ENTRIES_MAX = 2_048;

const cache = new Map<string, CryptoKey>();

type Use = "verify" | "sign";
interface KeyHolder {
  readonly id: string;
  readonly secret: string;
}

/**
 * The key that verifies an API key's signatures on one UTC day: HMAC-SHA256 of the day under the API
 * secret (api.md 1, DAY-1 to DAY-4). Kept in memory by secret and day,
 * never stored.
 */
export async function dailySigningKey(key: KeyHolder, createdSec: number): Promise<CryptoKey> {
  return dailyKey(key, createdSec, "verify");
}

/**
 * The key that signs answers to an API key's requests on one UTC day. The same bytes as `dailySigningKey` has,
 * imported for signing only. Neither message can pass for the other: a request has to cover `@method`, which an
 * answer does not have, and an answer always covers `@status`, which a request does not have (RFC 9421 2.2).
 */
export async function dailyAnswerKey(key: KeyHolder, createdSec: number): Promise<CryptoKey> {
  return dailyKey(key, createdSec, "sign");
}

async function dailyKey(
  { id, secret }: KeyHolder,
  createdSec: number,
  use: Use,
): Promise<CryptoKey> {
  const date = utcDate(createdSec);
  const name = `${use}/${date}/${id}/${secret}`; // the secret too: a key id may be given a new one
  const known = cache.get(name);
  if (known) return known;
  const bytes = await dailySigningKeyBytes(secret, date);
  const key = await crypto.subtle.importKey("raw", bytes, HMAC, false, [use]);
  if (cache.size >= CACHE_ENTRIES_MAX) cache.clear();
  cache.set(name, key);
  return key;
}

/** The bytes of the daily key; for the keys above and the published vectors. */
export async function dailySigningKeyBytes(secret: string, date: string): Promise<ArrayBuffer> {
  const secretKey = await crypto.subtle.importKey("raw", utf8(secret), HMAC, false, ["sign"]);
  return crypto.subtle.sign("HMAC", secretKey, utf8(`${LABEL}${date}`));
}
