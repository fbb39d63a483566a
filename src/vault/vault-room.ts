/** What the parts of one merchant's vault work with. */
import type { Clock, Log, MerchantId } from "#base";
import type { AuditFact } from "#base-objects";
import type { ApiKeyRecord } from "./api-key-record.ts";
import type { ApiKeyRows } from "./api-key-rows.ts";
import type { Merchant } from "./merchants.ts";
import type { SettingsRows } from "./settings-rows.ts";

export interface RecordContext {
  readonly merchantId: MerchantId;
  /** Kind, id, version. */
  readonly record: readonly string[];
}

export interface SettingsDeps {
  readonly nowMs: Clock;
  /** Seals and opens in the context of one record of this merchant (GCM-4). */
  readonly seal: (context: RecordContext, text: string) => Promise<string>;
  readonly open: (context: RecordContext, sealed: string) => Promise<string | undefined>;
  /** The merchant as it stands in `BOOTSTRAP`. */
  readonly bootstrap: (merchantId: MerchantId) => Merchant | undefined;
  readonly log: Log;
}

export interface VaultRoom {
  readonly merchantId: MerchantId;
  readonly deps: SettingsDeps;
  readonly keys: ApiKeyRows;
  /** The keys that stand in `BOOTSTRAP`. */
  readonly configuredKeys: () => readonly ApiKeyRecord[];
  readonly rows: SettingsRows;
  /** Writes a change, the event that tells of it and the new revision, in one transaction. */
  readonly commit: (fact: AuditFact, write: () => void) => void;
}
