/**
 * Which generation of each key-encryption key new envelopes are closed with. An isolate learns it from its memory
 * (60 s), KV, the registry; who does not learn it goes on with what is known, or with 1. That only delays a rotation:
 * opening asks nobody, since every envelope names its own generation (I12).
 */
import * as z from "zod";
import { type Clock, MINUTE_MS, once, readJson, SECOND_MS } from "#base";

/** What a key-encryption key is for; a label per purpose gives unrelated keys (GCM-7). */
export const KEY_PURPOSES = ["tokens", "vault", "payload-keys", "audit", "backup"] as const;
/** What merchants' record keys close (record-keys.ts): these are no keys of the gateway's root, nobody raises them. */
type RecordPurpose = "archive" | "personal";
export type GatewayPurpose = (typeof KEY_PURPOSES)[number];
export type KeyPurpose = GatewayPurpose | RecordPurpose;

/** Counts from 1. One rotation a second would need thirty years to come here. */
const GENERATION_MAX = 999_999_999;
const GENERATION_FORM = /^[1-9][0-9]{0,8}$/;

/** Purposes that are missing are at 1: an older registry does not know the newer ones. */
const generationsSchema = once(() =>
  z.partialRecord(z.enum(KEY_PURPOSES), z.int().min(1).max(GENERATION_MAX)),
);
export type Generations = z.infer<ReturnType<typeof generationsSchema>>;

/** A generation as envelopes write it, the one spelling only. */
export function parseGeneration(text: string): number | undefined {
  return GENERATION_FORM.test(text) ? Number(text) : undefined;
}

export interface GenerationSource {
  /** What to seal with: at once where memory is fresh. Never rejects. */
  readonly of: (purpose: KeyPurpose) => number | Promise<number>;
  /** Takes the registry's word where it comes by itself. */
  readonly learn: (generations: Generations) => void;
}

/** For who only checks keys or opens. */
export const FIRST_GENERATIONS: GenerationSource = { of: () => 1, learn: () => undefined };

export interface GenerationPorts {
  readonly nowMs: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  /** The copy in KV: numbers, nothing secret. Whoever changed it would make us use other keys of the same root. */
  readonly readCopy: () => Promise<string | null>;
  /** The registry's own word. */
  readonly ask: () => Promise<Generations>;
}

const MEMORY_MS = MINUTE_MS;
/** While one request reads, the others go on with what is known; after a failure it is tried again so late. */
const READ_AGAIN_MS = 5 * SECOND_MS;
/** Nobody waits longer for news of a rotation. */
const WAIT_MAX_MS = 250;

/** Make one per isolate: it is the memory. */
export function makeGenerationSource(ports: GenerationPorts): GenerationSource {
  const { nowMs, sleep } = ports;
  const known = new Map<KeyPurpose, number>();
  let readAgainAtMs = -Infinity;
  const knownOf = (purpose: KeyPurpose) => known.get(purpose) ?? 1;
  const learn = (read: Generations) => {
    readAgainAtMs = nowMs() + MEMORY_MS;
    // A copy may be older than what is known: generations only grow.
    for (const purpose of KEY_PURPOSES) {
      known.set(purpose, Math.max(knownOf(purpose), read[purpose] ?? 1));
    }
  };
  const refresh = async () => {
    readAgainAtMs = nowMs() + READ_AGAIN_MS;
    const read = await readGenerations(ports);
    if (read) learn(read);
  };
  return {
    learn,
    of(purpose) {
      if (nowMs() < readAgainAtMs) return knownOf(purpose);
      return Promise.race([refresh(), sleep(WAIT_MAX_MS)]).then(() => knownOf(purpose));
    },
  };
}

async function readGenerations({
  readCopy,
  ask,
}: GenerationPorts): Promise<Generations | undefined> {
  const copy = await readCopy().catch(() => null); // A cache that fails is a cache that misses.
  // One that was cut off, or of another version, is none.
  const parsed = copy === null ? undefined : generationsSchema().safeParse(readJson(copy));
  if (parsed?.success) return parsed.data;
  // The registry is overloaded or being moved: what is known goes on.
  return ask().catch(() => undefined);
}
