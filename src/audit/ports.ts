import type { Clock, Log, MerchantId } from "#base";
import type { Keyring } from "#vault";

/** Where sealed segments are kept for good. */
export interface SegmentBucket {
  /** Writes once: `false` when there is an object of this name already. */
  readonly put: (name: string, text: string) => Promise<boolean>;
  readonly get: (name: string) => Promise<Uint8Array | undefined>;
  readonly remove: (names: readonly string[]) => Promise<void>;
}

export interface AuditDeps {
  readonly nowMs: Clock;
  readonly log: Log;
  readonly keyring: Keyring;
  readonly bucket: SegmentBucket;
}

/** What the parts of a log's object work with. */
export interface LogPlace extends Pick<AuditDeps, "keyring" | "bucket"> {
  readonly merchantId: MerchantId;
  readonly storage: DurableObjectStorage;
}
