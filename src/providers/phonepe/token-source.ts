/**
 * Where the client gets its OAuth token from: this isolate's memory, then KV (sealed), then the one object
 * that fetches (design: hot path). No call ever fetches a token of its own (UAT-04).
 */
import type { Clock, MerchantId } from "#base";
import type { PhonePeToken } from "./token.ts";

export type TokenResult =
  | { readonly ok: true; readonly token: PhonePeToken }
  | { readonly ok: false; readonly reason: string };

export interface TokenSource {
  get(): Promise<TokenResult>;
  /** After a 401: a token that is not the refused one, fetched at most once for all callers (UAT-07). */
  renew(refused: PhonePeToken): Promise<TokenResult>;
}

export interface TokenSourcePorts {
  readonly nowMs: Clock;
  /** The sealed copy in KV, opened; `undefined` when there is none or it does not open. */
  readCopy(merchantId: MerchantId): Promise<PhonePeToken | undefined>;
  /** The token object of the merchant. */
  ask(merchantId: MerchantId, refusedAccessToken: string | null): Promise<TokenResult>;
}

/** Plain values only: one entry per merchant, shared by all objects and requests of this isolate. */
const memory = new Map<string, PhonePeToken>();
const MEMORY_ENTRIES_MAX = 10_000;

/** `scope` tells environments and client versions of one merchant apart. */
export function makeTokenSource(
  ports: TokenSourcePorts,
  merchantId: MerchantId,
  scope: string,
): TokenSource {
  const name = `${merchantId}/${scope}`;
  const remember = (token: PhonePeToken) => {
    if (memory.size >= MEMORY_ENTRIES_MAX) memory.clear();
    memory.set(name, token);
    return { ok: true, token } as const;
  };
  const ask = async (refused: string | null): Promise<TokenResult> => {
    const result = await ports.ask(merchantId, refused);
    // Whoever fetches may know other credentials for a while: its token is good, but is not kept as one of ours.
    if (result.ok) return result.token.scope === scope ? remember(result.token) : result;
    // The source is down. A token that is still good is better than none; an expired one never is.
    const old = memory.get(name);
    const usable = old && old.accessToken !== refused && ports.nowMs() < old.expiresAtMs;
    return usable ? { ok: true, token: old } : result;
  };
  return {
    async get() {
      const known = memory.get(name);
      if (known && ports.nowMs() < known.refreshAtMs) return { ok: true, token: known };
      const copy = await ports.readCopy(merchantId);
      if (copy && ports.nowMs() < copy.refreshAtMs) return remember(copy);
      return ask(null);
    },
    renew(refused) {
      if (memory.get(name)?.accessToken === refused.accessToken) memory.delete(name);
      return ask(refused.accessToken);
    },
  };
}
