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

/** Admits or refuses: one hop, or two for an idempotent call of a sharded key, or for a class that is counted whole. */
export async function admit(ports: AdmissionPorts, arrival: Arrival): Promise<AdmitAnswer> {
  const { apiKey, nonce, createdSec, rateClass, idempotency } = arrival;
  const names = gateNames(apiKey);
  const limits = limitsOf(apiKey, rateClass);
  const shares = sharesOf(limits, names.length);
  const gate = (shard: number) => ports.gateOf(names[shard] ?? apiKey.merchant.id);
  const home = shardOf(nonce, names.length);
  const counting = shares ? home : 0;
  const claims = idempotency ? shardOf(idempotency.keyHash, names.length) : counting;
  const answer = await admitAndClaim(ports, {
    request: {
      keyId: apiKey.id,
      nonce,
      createdSec,
      rate: { class: rateClass, limits: shares ?? limits },
      idempotency,
    },
    counting: gate(counting),
    claims: claims === counting ? undefined : gate(claims),
    // Asked last: a request over its limit has not used up its nonce.
    nonces: home === counting ? undefined : gate(home),
  });
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

/** A request and the gates that decide on it; `undefined` for a gate that the counting one stands for. */
interface Plan {
  readonly request: AdmitRequest;
  readonly counting: Gate;
  readonly claims: Gate | undefined;
  readonly nonces: Gate | undefined;
}

/** A claim whose request was refused elsewhere, or of which nobody knows, is taken back: it leaves no trace (IDM-3). */
async function admitAndClaim(ports: AdmissionPorts, plan: Plan): Promise<AdmitAnswer> {
  const { request, counting, claims } = plan;
  const { idempotency } = request;
  if (!idempotency || !claims) {
    const answer = await counting.admit(request);
    return noteNonce(ports, plan, answer);
  }
  const [counted, claimed] = await Promise.allSettled([
    counting.admit({ ...request, idempotency: null }),
    claims.claim(idempotency),
  ]);
  if (claimed.status === "rejected") throw claimed.reason;
  const isOther = claimed.value === "other";
  if (!isOther && !(counted.status === "fulfilled" && counted.value.admitted)) {
    ports.afterAnswer(claims.release(idempotency));
  }
  if (counted.status === "rejected") throw counted.reason;
  if (!counted.value.admitted) return counted.value;
  if (!isOther) return noteNonce(ports, plan, counted.value);
  return { admitted: false, reason: "idempotency_key_reused", rates: counted.value.rates };
}

/** A class that is counted whole meets its nonce in the first gate; here also those of the other classes (SIG-11). */
async function noteNonce(
  ports: AdmissionPorts,
  { request, counting, claims, nonces }: Plan,
  answer: AdmitAnswer,
): Promise<AdmitAnswer> {
  if (!answer.admitted || !nonces) return answer;
  const noted = await nonces.admit({ ...request, rate: null, idempotency: null });
  if (noted.admitted) return answer;
  if (request.idempotency) {
    ports.afterAnswer((claims ?? counting).release(request.idempotency));
  }
  return noted;
}

/** FNV-1a: cheap and even. Who picks nonces to crowd one shard fills it with nobody's requests but his own. */
function shardOf(text: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % shards;
}
