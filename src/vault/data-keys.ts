/**
 * The data keys that an isolate holds: those it seals with, each for one purpose, tenant and key-encryption key, and
 * those it has unwrapped to open. All are non-extractable. An isolate seals with keys of its own making only, so its
 * own count is the whole count of messages under a key (GCM-2).
 */
import { type Clock, DAY_MS } from "#base";
import type { KeyPurpose } from "./generations.ts";
import { type Lru, makeLru } from "./lru.ts";

/** GCM-2: whichever comes first. */
export const DATA_KEY_MESSAGES_MAX = 2 ** 28;
const DATA_KEY_LIFE_MS = DAY_MS;

/** Enough for the merchants that one isolate serves; more only cost a wrapping each time. */
const SEALING_KEYS_MAX = 1_000;
const OPENING_KEYS_MAX = 1_000;

export interface DataKey {
  readonly id: string;
  readonly key: CryptoKey;
  readonly purpose: KeyPurpose;
  readonly tenant: string;
  /** What an envelope says of its key: version, root, generation, id, wrapped key. */
  readonly head: string;
}

export interface DataKeyLimits {
  readonly nowMs: Clock;
  readonly messagesMax: number;
}

export interface DataKeys {
  /** The key for one more message; `undefined` when a new one has to be made. */
  readonly take: (name: string) => DataKey | undefined;
  /** Keeps a key that was just made; its maker seals the first message with it. */
  readonly start: (name: string, key: DataKey) => void;
  /** Unwrapped keys, by the head of their envelopes. */
  readonly opening: Lru<DataKey>;
}

interface Warm {
  readonly dataKey: DataKey;
  readonly madeAtMs: number;
  messages: number;
}

export function makeDataKeys({ nowMs, messagesMax }: DataKeyLimits): DataKeys {
  const sealing = makeLru<Warm>(SEALING_KEYS_MAX);
  return {
    take(name) {
      const warm = sealing.get(name);
      if (!warm) return undefined;
      const ageMs = nowMs() - warm.madeAtMs;
      // A clock that went back says nothing of a key's age.
      const isFresh = ageMs >= 0 && ageMs < DATA_KEY_LIFE_MS;
      if (!isFresh || warm.messages >= messagesMax) {
        sealing.drop(name);
        return undefined;
      }
      warm.messages += 1;
      return warm.dataKey;
    },
    start: (name, dataKey) => sealing.set(name, { dataKey, madeAtMs: nowMs(), messages: 1 }),
    opening: makeLru(OPENING_KEYS_MAX),
  };
}
