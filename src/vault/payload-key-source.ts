/**
 * Where an isolate gets the gateway's payload keys from: its memory, then KV (sealed), then the one object that
 * makes them. A `kid` that nobody knows costs a hop only now and then, however many of them are invented (JOS-4).
 */
import { type Clock, type Log, MINUTE_MS, SECOND_MS } from "#base";
import type { PrivateKeyOf } from "./jwe.ts";
import type { Keyring } from "./keyring.ts";
import { importPayloadKey, openGenerations } from "./payload-key-pairs.ts";
import {
  findKey,
  isRotationDue,
  type PayloadGeneration,
  type PayloadKey,
  publicKeys,
  usableGenerations,
} from "./payload-keys.ts";
import type { PayloadAlg, PublicJwk } from "./public-jwk.ts";

export interface PayloadKeySource {
  /** The public halves of all keys that decrypt, newest first. */
  readonly jwks: () => Promise<{ readonly keys: readonly PublicJwk[] }>;
  readonly privateKey: PrivateKeyOf;
}

export interface PayloadKeySourcePorts {
  readonly nowMs: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: Log;
  readonly keyring: Keyring;
  /** The sealed copy in KV. */
  readonly readCopy: () => Promise<string | null>;
  /** The object that makes the keys. */
  readonly ask: () => Promise<PayloadGeneration[]>;
}

const MEMORY_MS = MINUTE_MS;
/** Our own names are SHA-256 in base64url: no other text is worth a question. */
const KID_FORM = /^[A-Za-z0-9_-]{43}$/;
const UNKNOWN_KID_ASKS = { burst: 3, perSec: 2 } as const;
/** How a token without a question of its own waits for another's answer: longer than the next question takes. */
const WAITS_MS = [0, 25, 50, 100, 200, 400] as const;
/** Waiting costs memory: beyond so many in an isolate nobody waits. */
const WAITING_MAX = 500;

/** Holds the imported keys: make one per isolate. */
export function makePayloadKeySource(ports: PayloadKeySourcePorts): PayloadKeySource {
  const known = makeMemory(ports);
  const search = makeSearch(ports, known);
  const imported = new Map<string, CryptoKey>();

  const keyNamed = async (kid: string | undefined, alg: PayloadAlg) => {
    const found = findKey(await known.current(), kid, alg);
    if (found || kid === undefined || !KID_FORM.test(kid)) return found;
    return search(kid, alg);
  };
  const importOnce = async (key: PayloadKey) => {
    const before = imported.get(key.kid);
    if (before) return before;
    const made = await importPayloadKey(ports.keyring, key);
    if (!made) ports.log("error", "payload key does not open", { kid: key.kid });
    dropOthers(imported, known.usable());
    if (made) imported.set(key.kid, made);
    return made;
  };

  return {
    jwks: async () => ({ keys: publicKeys(await known.current()) }),
    async privateKey(kid, alg) {
      const found = await keyNamed(kid, alg);
      return found && importOnce(found);
    },
  };
}

/**
 * Asks for a key that memory does not have. Many may ask at once, by a burst to a key that was just made or a flood of
 * invented names; every answer tells of all keys, so that who may not ask soon knows too (I12). Promises are not
 * shared: one request must not wait on another's I/O.
 */
function makeSearch({ nowMs, sleep }: PayloadKeySourcePorts, known: ReturnType<typeof makeMemory>) {
  const mayAsk = makeTokenBucket(UNKNOWN_KID_ASKS);
  let waiting = 0;
  const waited = async (kid: string, alg: PayloadAlg) => {
    for (const waitMs of WAITS_MS) {
      if (waitMs > 0) await sleep(waitMs);
      const found = findKey(known.usable(), kid, alg);
      if (found) return found;
      if (mayAsk(nowMs())) return findKey(await known.fromObject(), kid, alg);
    }
    return undefined;
  };
  return async (kid: string, alg: PayloadAlg): Promise<PayloadKey | undefined> => {
    if (waiting >= WAITING_MAX) return undefined;
    waiting += 1;
    try {
      return await waited(kid, alg);
    } finally {
      waiting -= 1;
    }
  };
}

/** What this isolate knows of the generations. */
function makeMemory({ nowMs, keyring, readCopy, ask }: PayloadKeySourcePorts) {
  let known: { readonly generations: PayloadGeneration[]; readonly readAtMs: number } | undefined;
  const usable = () => usableGenerations(known?.generations ?? [], nowMs());
  const remember = (generations: PayloadGeneration[]) => {
    // A copy may be older than what the object said a moment ago.
    const isNewer = newestVersion(generations) >= newestVersion(known?.generations ?? []);
    known = { generations: isNewer ? generations : (known?.generations ?? []), readAtMs: nowMs() };
    return usable();
  };
  const fromObject = async () => {
    try {
      return remember(await ask());
    } catch (error) {
      // The object is overloaded or being moved: keys that were good are better than none.
      if (known) return usable();
      throw error;
    }
  };
  return {
    usable,
    fromObject,
    async current() {
      if (known && nowMs() - known.readAtMs < MEMORY_MS) return usable();
      const sealed = await readCopy().catch(() => null); // A cache that fails is a cache that misses.
      const copy = sealed === null ? undefined : await openGenerations(keyring, sealed);
      return copy && !isRotationDue(copy, nowMs()) ? remember(copy) : fromObject();
    },
  };
}

function newestVersion(generations: readonly PayloadGeneration[]): number {
  return Math.max(0, ...generations.map(({ version }) => version));
}

/** Keys of generations that have ended do not stay in memory. */
function dropOthers(
  imported: Map<string, CryptoKey>,
  generations: readonly PayloadGeneration[],
): void {
  const kids = new Set(generations.flatMap(({ keys }) => keys.map(({ kid }) => kid)));
  for (const kid of imported.keys()) if (!kids.has(kid)) imported.delete(kid);
}

/** Says yes `burst` times at once and `perSec` times a second after that. */
function makeTokenBucket({ burst, perSec }: { readonly burst: number; readonly perSec: number }) {
  let tokens: number = burst;
  let filledAtMs: number | undefined;
  return (nowMs: number): boolean => {
    const passedMs = Math.max(0, nowMs - (filledAtMs ?? nowMs));
    tokens = Math.min(burst, tokens + (passedMs / SECOND_MS) * perSec);
    filledAtMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
