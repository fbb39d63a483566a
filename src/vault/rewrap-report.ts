import { kekOf } from "./envelope.ts";
import type { KeyPurpose } from "./generations.ts";
import type { KekId } from "./keyring.ts";

/** What a store's envelopes are closed by after they were wrapped anew. */
export interface RewrapReport {
  /** Names of key-encryption keys, each once. */
  readonly keks: readonly string[];
  /** Envelopes that do not open. They keep the key that they name in use. */
  readonly unreadable: number;
}

export interface RewrapProgress {
  readonly done: number;
  readonly left: number;
  /** Of those left: stores whose last try failed; they are tried again. */
  readonly failed: number;
  /** When one of those left is to be tried next. */
  readonly tryAtMs: number | null;
}

/** A key-encryption key's name in reports and in the inventory. */
export function kekName(purpose: KeyPurpose, { rootId, generation }: KekId): string {
  return `${purpose}/${rootId}/${generation}`;
}

/**
 * Wraps envelopes anew, one after the other. `keep` stores the new one in place of the old, and only where that still
 * stands: a store goes on being written meanwhile. Run twice, it finds nothing to do the second time.
 */
export async function rewrapEach(
  purpose: KeyPurpose,
  sealed: readonly {
    readonly envelope: string;
    readonly rewrap: (envelope: string) => Promise<string | undefined>;
    readonly keep: (envelope: string) => void;
  }[],
): Promise<RewrapReport> {
  const keks = new Set<string>();
  let unreadable = 0;
  for (const { envelope, rewrap, keep } of sealed) {
    const rewrapped = await rewrap(envelope);
    if (rewrapped === undefined) unreadable += 1;
    else if (rewrapped !== envelope) keep(rewrapped);
    const kek = kekOf(rewrapped ?? envelope);
    if (kek) keks.add(kekName(purpose, kek));
  }
  return { keks: [...keks], unreadable };
}
