/** Gates in memory for many thousand admissions: the real rate window, and a clock, nonces and claims of their own. */
import type { AdmissionPorts, AdmitAnswer, Arrival } from "#door";
import { type ApiKey, parseDirectory, type RateClass } from "#vault";
import { admitAt, type RateWindow } from "../../src/door/rate-window.ts";

type Gate = ReturnType<AdmissionPorts["gateOf"]>;

export interface FakeGates {
  readonly ports: AdmissionPorts;
  /** What was asked of which gate, in order. */
  readonly calls: { readonly gate: string; readonly method: string }[];
  /** Claims that stand, by gate and key. */
  readonly claims: Map<string, string>;
  nowMs: number;
}

export function makeFakeGates(): FakeGates {
  const windows = new Map<string, RateWindow>();
  const nonces = new Set<string>();
  const gates: FakeGates = {
    calls: [],
    claims: new Map(),
    nowMs: 1_800_000_000_000,
    ports: { gateOf, afterAnswer: (work) => void work },
  };
  function gateOf(gate: string): Gate {
    const claim: Gate["claim"] = async ({ keyHash, fingerprint }) => {
      gates.calls.push({ gate, method: "claim" });
      const known = gates.claims.get(`${gate} ${keyHash}`);
      if (known !== undefined) return known === fingerprint ? "same" : "other";
      gates.claims.set(`${gate} ${keyHash}`, fingerprint);
      return "first";
    };
    return {
      claim,
      async admit({ keyId, nonce, rate }): Promise<AdmitAnswer> {
        gates.calls.push({ gate, method: "admit" });
        const name = `${gate} ${keyId} ${nonce}`;
        if (nonces.has(name)) return { admitted: false, reason: "nonce_replayed", rates: [] };
        const windowName = `${gate} ${keyId} ${rate?.class}`;
        const window = windows.get(windowName) ?? { timesMs: [] };
        windows.set(windowName, window);
        const answer = rate && admitAt(window, rate.limits, gates.nowMs);
        const rates = answer?.statuses ?? [];
        if (answer && !answer.admitted) return { admitted: false, reason: "rate_limited", rates };
        nonces.add(name);
        return { admitted: true, rates };
      },
      async release({ keyHash }) {
        gates.calls.push({ gate, method: "release" });
        gates.claims.delete(`${gate} ${keyHash}`);
      },
    };
  }
  return gates;
}

/** A key of a tier, with what its merchant's configuration says of limits. */
export function keyOf(tier: string, limits: object = {}, merchantId = "m"): ApiKey {
  const apiKey = { id: "ak_1", secret: "s", scopes: [], tier };
  const merchants = [{ id: merchantId, apiKeys: [apiKey], limits }];
  const key = parseDirectory(JSON.stringify({ merchants })).apiKeys.get("ak_1");
  if (!key) throw new Error("the key is not there");
  return key;
}

export const arrivalOf = (apiKey: ApiKey, rateClass: RateClass, nonce: string): Arrival => ({
  apiKey,
  rateClass,
  nonce,
  createdSec: Math.floor(Date.now() / 1_000),
  idempotency: null,
});

/** Nonces like those of clients, the same ones for the same seed (mulberry32). */
export function noncesOf(seed: number): () => string {
  let state = seed;
  const word = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0).toString(16).padStart(8, "0");
  };
  return () => word() + word() + word() + word();
}
