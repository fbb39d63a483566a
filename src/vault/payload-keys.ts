/**
 * The gateway's own key pairs for encrypted requests, in generations: which one clients should encrypt to, which
 * still decrypt, and when the next turn is due (JOS-8, GCM-8, GCM-9, PCI-3.7.4). Pure.
 */
import * as z from "zod";
import { DAY_MS, once } from "#base";
import { PAYLOAD_ALGS, type PayloadAlg, type PublicJwk, publicJwkSchema } from "./public-jwk.ts";

/** As long as an API secret (GCM-9). */
const ROTATE_AFTER_MS = 90 * DAY_MS;
/** Clients cache the set for an hour or so, and some pin it. */
const OVERLAP_MS = 30 * DAY_MS;
/** However often an operator rotates: the set that everybody fetches stays small. */
const GENERATIONS_MAX = 8;

const payloadKeySchema = once(() =>
  z.object({
    kid: z.string(),
    alg: z.enum(PAYLOAD_ALGS),
    publicJwk: publicJwkSchema(),
    /** The envelope of the private JWK, bound to `kid`. */
    sealed: z.string(),
  }),
);

/** One pair per algorithm, made together. */
const payloadGenerationSchema = once(() =>
  z.object({
    version: z.int().min(1),
    madeAtMs: z.int(),
    keys: z.array(payloadKeySchema()),
  }),
);

export const payloadGenerationsSchema = once(() => z.array(payloadGenerationSchema()));

export type PayloadKey = z.infer<ReturnType<typeof payloadKeySchema>>;
export type PayloadGeneration = z.infer<ReturnType<typeof payloadGenerationSchema>>;

/**
 * The generations that decrypt at `nowMs`, newest first. The newest one always does; an older one for the overlap
 * after its successor was made.
 */
export function usableGenerations(
  generations: readonly PayloadGeneration[],
  nowMs: number,
): PayloadGeneration[] {
  const newestFirst = generations.toSorted((left, right) => right.version - left.version);
  return newestFirst
    .filter((_, index) => nowMs < endsAtMs(newestFirst, index))
    .slice(0, GENERATIONS_MAX);
}

/** Whether a new generation has to be made. */
export function isRotationDue(generations: readonly PayloadGeneration[], nowMs: number): boolean {
  const [newest] = usableGenerations(generations, nowMs);
  return newest === undefined || nowMs >= newest.madeAtMs + ROTATE_AFTER_MS;
}

/** When the next rotation is due or the next old generation ends, whichever is earlier. */
export function nextTurnAtMs(newestFirst: readonly PayloadGeneration[]): number {
  const [newest] = newestFirst;
  const ends = newestFirst.map((_, index) => endsAtMs(newestFirst, index));
  return Math.min((newest?.madeAtMs ?? 0) + ROTATE_AFTER_MS, ...ends);
}

/** When a generation is to be replaced, where it is the newest, or ends. */
export function payloadDueAtMs(newestFirst: readonly PayloadGeneration[], index: number): number {
  const madeAtMs = newestFirst[index]?.madeAtMs ?? 0;
  return index === 0 ? madeAtMs + ROTATE_AFTER_MS : endsAtMs(newestFirst, index);
}

/** Versions only grow, since the newest generation is never dropped. */
export function nextVersion(generations: readonly PayloadGeneration[]): number {
  return Math.max(0, ...generations.map(({ version }) => version)) + 1;
}

/** What `/.well-known/jwks.json` shows: public members, the set to encrypt to first (JOS-8). */
export function publicKeys(newestFirst: readonly PayloadGeneration[]): PublicJwk[] {
  return newestFirst.flatMap(({ keys }) => keys.map(({ publicJwk }) => publicJwk));
}

/** The key that a token names; for one that names none the newest of its algorithm. */
export function findKey(
  newestFirst: readonly PayloadGeneration[],
  kid: string | undefined,
  alg: PayloadAlg,
): PayloadKey | undefined {
  return newestFirst
    .flatMap(({ keys }) => keys)
    .find((key) => key.alg === alg && (kid === undefined || key.kid === kid));
}

function endsAtMs(newestFirst: readonly PayloadGeneration[], index: number): number {
  const successor = newestFirst[index - 1];
  return successor === undefined ? Number.POSITIVE_INFINITY : successor.madeAtMs + OVERLAP_MS;
}
