/**
 * Which gate decides on a request. A merchant has one; a key that may send more than 500 requests a second is spread
 * over several by the hash of its nonces, so that a nonce still meets itself (SIG-11). Each shard grants its share of
 * a limit, so the sum never exceeds it: at most `shards * floor(quota / shards)`. The price: hashing is not even, so
 * a shard can be full a little before the others.
 */
import { type ApiKey, RATE_CLASSES, type RateClass } from "#vault";
import type { AdmitAnswer, AdmitRequest, KeyClaim } from "./gate-object.ts";
import { type Limited, limitsOf } from "./rate-classes.ts";
import type { RateLimit } from "./rate-window.ts";

const SHARD_PER_SEC_MAX = 500;
/** A smaller share would refuse by bad luck of hashing: such a class is counted whole, in the first shard. */
const SHARE_MIN = 100;

/** The part of a gate that admission uses; a stub has it. */
interface Gate {
  admit(request: AdmitRequest): Promise<AdmitAnswer>;
  claim(claim: KeyClaim): Promise<"first" | "same" | "other">;
  release(claim: KeyClaim): Promise<void>;
}

export interface AdmissionPorts {
  readonly gateOf: (name: string) => Gate;
  /** Lets work go on when the answer is out. */
  readonly afterAnswer: (work: Promise<void>) => void;
}

export interface Arrival {
  readonly apiKey: ApiKey;
  readonly nonce: string;
  readonly createdSec: number;
  readonly rateClass: RateClass;
  /** Only for a request that passed validation: what was refused leaves no trace (IDM-3). */
  readonly idempotency: KeyClaim | null;
}

/** Admits or refuses: one hop, or two side by side for an idempotent call of a sharded key. */
export async function admit(ports: AdmissionPorts, arrival: Arrival): Promise<AdmitAnswer> {
  const { apiKey, nonce, createdSec, rateClass, idempotency } = arrival;
  const names = gateNames(apiKey);
  const limits = limitsOf(apiKey, rateClass);
  const shares = sharesOf(limits, names.length);
  const home = shardOf(nonce, names.length);
  const rate = { class: rateClass, limits: shares ?? limits };
  const request = { keyId: apiKey.id, nonce, createdSec, rate, idempotency };
  const gate = (shard: number) => ports.gateOf(names[shard] ?? apiKey.merchant.id);
  if (!shares && home !== 0) {
    const known = await gate(home).admit({ ...request, rate: null, idempotency: null });
    if (!known.admitted) return known;
  }
  const counting = gate(shares ? home : 0);
  const claimHome = idempotency && shardOf(idempotency.keyHash, names.length);
  const answer =
    claimHome === null || claimHome === (shares ? home : 0)
      ? await counting.admit(request)
      : await admitAndClaim(ports, counting, { request, claims: gate(claimHome) });
  return {
    ...answer,
    rates: answer.rates.map((rate, at) => ({ ...rate, limit: limits[at] ?? rate.limit })),
  };
}

/** The gates of a merchant that a key uses. All keys of one tier share them, so a rotated key meets the old claims. */
export function gateNames(apiKey: Limited): readonly string[] {
  const perSec = RATE_CLASSES.flatMap((rateClass) => limitsOf(apiKey, rateClass).slice(0, 1))
    .map(({ quota, windowMs }) => (quota * 1_000) / windowMs)
    .reduce((sum, rate) => sum + rate, 0);
  const shards = Math.ceil(perSec / SHARD_PER_SEC_MAX);
  const { id } = apiKey.merchant;
  return Array.from({ length: Math.max(1, shards) }, (_, shard) =>
    shard === 0 ? id : `${id}/${shard}`,
  );
}

/** What one shard may grant of each limit, or `undefined` when the class is counted whole. */
function sharesOf(limits: readonly RateLimit[], shards: number): readonly RateLimit[] | undefined {
  if (shards === 1) return limits;
  const shares = limits.map((limit) => ({ ...limit, quota: Math.floor(limit.quota / shards) }));
  return shares.every(({ quota }) => quota >= SHARE_MIN) ? shares : undefined;
}

/** Both at once. A claim whose request was refused is taken back: it must leave no trace (IDM-3). */
async function admitAndClaim(
  ports: AdmissionPorts,
  counting: Gate,
  { request, claims }: { readonly request: AdmitRequest; readonly claims: Gate },
): Promise<AdmitAnswer> {
  const { idempotency } = request;
  if (idempotency === null) return counting.admit(request);
  const [answer, claimed] = await Promise.all([
    counting.admit({ ...request, idempotency: null }),
    claims.claim(idempotency),
  ]);
  if (!answer.admitted) {
    if (claimed === "first") ports.afterAnswer(claims.release(idempotency));
    return answer;
  }
  if (claimed !== "other") return answer;
  return { admitted: false, reason: "idempotency_key_reused", rates: answer.rates };
}

/** FNV-1a: cheap and even. Who picks nonces to crowd one shard fills it with nobody's requests but his own. */
function shardOf(text: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % shards;
}
