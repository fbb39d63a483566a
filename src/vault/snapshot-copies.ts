/** The sealed snapshot of a vault: made once per revision, kept in KV, given to who asks. */
import { errorMessage, MINUTE_MS } from "#base";
import { copiedKeys } from "./api-key-copies.ts";
import { configForSnapshot } from "./config-history.ts";
import { credentialsForSnapshot } from "./credential-store.ts";
import type { MerchantSnapshot } from "./merchant-snapshot.ts";
import type { VaultRoom } from "./vault-room.ts";

/** The context that it is sealed in. */
export const SNAPSHOT_RECORD = ["snapshot"] as const;
/** Where its number stands. */
const REVISION = "revision";
/** A copy that KV has lost is written again so often at most: one place may miss it while others have it. */
const COPY_AGAIN_MS = MINUTE_MS;

export interface SnapshotCopies {
  readonly revision: () => number;
  /** Part of the transaction of a change. */
  readonly countUp: () => void;
  readonly sealed: () => Promise<{ readonly revision: number; readonly text: string }>;
  /** Whether KV lacks what has changed. After an eviction the alarm writes it. */
  readonly isDue: () => boolean;
  readonly setDue: () => void;
  /** Somewhere KV has none; true when it is time to write it again. */
  readonly isMissed: () => boolean;
  /** Writes the copy, if it is due. */
  readonly publish: (put: (sealed: string) => Promise<void>) => Promise<void>;
}

export function snapshotCopies(kv: SyncKvStorage, roomOf: () => VaultRoom): SnapshotCopies {
  let known: { readonly revision: number; readonly text: string } | undefined;
  let isDue = false;
  let isWriting = false;
  let writtenAtMs = -Infinity;
  const revision = () => Number(kv.get(REVISION) ?? 0);

  const sealed = async () => {
    const now = revision();
    if (known?.revision === now) return known;
    known = { revision: now, text: await sealSnapshot(roomOf(), now) };
    return known;
  };

  return {
    revision,
    countUp: () => kv.put(REVISION, revision() + 1),
    sealed,
    isDue: () => isDue,
    setDue: () => {
      isDue = true;
    },
    isMissed: () => roomOf().deps.nowMs() - writtenAtMs >= COPY_AGAIN_MS,
    /** One writer at a time, which takes along what changes meanwhile: an older copy never comes last. */
    async publish(put) {
      if (isWriting) return;
      isWriting = true;
      const { merchantId, deps } = roomOf();
      try {
        while (isDue) {
          isDue = false;
          await put((await sealed()).text);
          writtenAtMs = deps.nowMs();
        }
      } catch (error) {
        // KV is a cache: without the copy isolates ask the vault.
        isDue = true;
        deps.log("warn", "copy of the snapshot not written", {
          merchantId,
          error: errorMessage(error),
        });
      } finally {
        isWriting = false;
      }
    },
  };
}

/** All rows are read before the first wait: they are those of one revision. */
async function sealSnapshot(room: VaultRoom, revision: number): Promise<string> {
  const [keys, config, credentials] = await Promise.all([
    copiedKeys(room),
    configForSnapshot(room),
    credentialsForSnapshot(room),
  ]);
  const snapshot: MerchantSnapshot = { revision, keys, config, credentials };
  const context = { merchantId: room.merchantId, record: SNAPSHOT_RECORD };
  return room.deps.seal(context, JSON.stringify(snapshot));
}
