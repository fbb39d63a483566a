/** What one isolate knows of merchants: plain values, shared by all its objects and requests. No clock, no hops. */
import { MINUTE_MS, SECOND_MS } from "#base";
import type { MerchantSnapshot } from "./merchant-snapshot.ts";

/** A change is known everywhere so late at most; all times below add up to it. */
const CHANGE_KNOWN_WITHIN_MS = MINUTE_MS;
/** While one request reads, the others go on with what is known; after a failure it is tried again so late. */
export const READ_AGAIN_MS = 5 * SECOND_MS;
/** A copy in KV may be so old where it is read: so long is a place's own cache of it (`cacheTtl`). */
export const COPY_AGE_SEC = 30;
const LIFE_MS = {
  vault: CHANGE_KNOWN_WITHIN_MS - READ_AGAIN_MS,
  copy: CHANGE_KNOWN_WITHIN_MS - READ_AGAIN_MS - COPY_AGE_SEC * SECOND_MS,
} as const;
/** The vault is asked beside a request long before what it said has to be read again: then nobody waits. */
const CONFIRM_AFTER_MS = 30 * SECOND_MS;
/** Questions to the vault about what is not known: so many at once, and one more a second. */
const QUESTIONS_MAX = 20;

export interface Held {
  snapshot: MerchantSnapshot | undefined;
  /** When KV or the vault last answered. */
  readAtMs: number;
  readAgainAtMs: number;
  confirmAtMs: number;
  /** Until then nobody answers, and nothing is known: `BOOTSTRAP` counts. */
  awayUntilMs: number;
  questions: number;
  askedAtMs: number;
}

/** By merchant. */
export type MerchantMemory = Map<string, Held>;

export function heldOf(memory: MerchantMemory, merchantId: string, nowMs: number): Held {
  const held = memory.get(merchantId) ?? {
    snapshot: undefined,
    readAtMs: -Infinity,
    readAgainAtMs: -Infinity,
    confirmAtMs: -Infinity,
    awayUntilMs: -Infinity,
    questions: QUESTIONS_MAX,
    askedAtMs: nowMs,
  };
  memory.set(merchantId, held);
  return held;
}

/** Takes what was read, or notes that what is known still holds. A copy is confirmed by the vault beside the next use. */
export function remember(
  held: Held,
  snapshot: MerchantSnapshot,
  read: { readonly from: "copy" | "vault"; readonly nowMs: number },
): void {
  const { from, nowMs } = read;
  held.snapshot = snapshot;
  held.readAtMs = nowMs;
  held.readAgainAtMs = nowMs + LIFE_MS[from];
  held.confirmAtMs = from === "vault" ? nowMs + CONFIRM_AFTER_MS : nowMs;
  held.awayUntilMs = -Infinity;
}

/** Whether what is unknown to this memory may be called unknown. */
export function isFresh({ readAtMs }: Held, nowMs: number): boolean {
  return nowMs - readAtMs < LIFE_MS.vault;
}

/** A bucket of questions that fills by one a second. */
export function mayAsk(held: Held, nowMs: number): boolean {
  const earned = Math.floor((nowMs - held.askedAtMs) / SECOND_MS);
  if (earned > 0) {
    held.questions = Math.min(QUESTIONS_MAX, held.questions + earned);
    held.askedAtMs += earned * SECOND_MS;
  }
  if (held.questions === 0) return false;
  held.questions -= 1;
  return true;
}
