/** The gateway's public keys: pinned by you, or read from `/.well-known/jwks.json` and kept for an hour. */
import type { JWK } from "jose";
import { type GatewayKey, readGatewayKey } from "./payload-jwe.ts";
import { isRecord } from "./read-answer.ts";
import { fetchPublic, type Transport } from "./send.ts";

/** A JWK set (RFC 7517 section 5). */
export interface JwkSet {
  readonly keys: readonly JWK[];
}

/** Where a call gets its key from. */
export interface GatewayKeys {
  current(): Promise<GatewayKey>;
  /** After the gateway did not know a key: another one, or undefined where there is none. */
  otherThan(key: GatewayKey): Promise<GatewayKey | undefined>;
}

const KEPT_MS = 60 * 60 * 1000;

/** Keys that you pinned. @throws {TypeError} when none of them is of a kind that the gateway uses */
export function pinnedKeys(jwks: JwkSet): GatewayKeys {
  const key = firstKey(jwks);
  if (key === undefined) throw new TypeError("encryption.jwks holds no key to encrypt to.");
  return { current: async () => key, otherThan: async () => undefined };
}

/** Keys that the gateway publishes at `url`. Kept is the value, never a request under way. */
export function fetchedKeys(url: string, transport: Transport): GatewayKeys {
  let kept: { readonly key: GatewayKey; readonly untilMs: number } | undefined;
  const fetchKey = async () => {
    const key = firstKey(await fetchPublic(url, transport, isUsableSet));
    if (key === undefined) throw new Error("unreachable: the set was checked");
    kept = { key, untilMs: transport.nowMs() + KEPT_MS };
    return key;
  };
  return {
    current: async () => {
      if (kept !== undefined && transport.nowMs() < kept.untilMs) return kept.key;
      return fetchKey();
    },
    otherThan: async (key) => {
      const fetched = await fetchKey();
      return fetched.kid === key.kid ? undefined : fetched;
    },
  };
}

/** The gateway lists first what it wants to be used. */
function firstKey({ keys }: JwkSet): GatewayKey | undefined {
  return keys.map(readGatewayKey).find((key) => key !== undefined);
}

function isUsableSet(value: unknown): value is JwkSet {
  if (!isRecord(value)) return false;
  const { keys } = value;
  return isJwkList(keys) && firstKey({ keys }) !== undefined;
}

function isJwkList(value: unknown): value is readonly JWK[] {
  return Array.isArray(value) && value.every(isRecord);
}
