import type { Log, MerchantId } from "#base";
import type { BackupDeps } from "./backup.ts";
import type { DeliverDeps } from "./deliver.ts";
import type { EffectDeps } from "./effects.ts";
import type { EnrolDeps } from "./enrol.ts";
import type { HouseDeps } from "./housekeeping.ts";
import type { PublishDeps } from "./publish.ts";

/** What a payment's object works with. */
export interface PaymentDeps
  extends EffectDeps, DeliverDeps, PublishDeps, EnrolDeps, HouseDeps, BackupDeps {
  /** Told when a payment ends, and whether a webhook had spoken of it: silent webhooks are a fault (PP-05). */
  readonly noteEnd: (merchantId: MerchantId, heard: boolean) => Promise<void>;
  readonly log: Log;
  /** How long a caller waits for a sure answer before it is told to come back (api.md 4: 8 s). */
  readonly answerBudgetMs: number;
  /** How long a second call with the same key waits for the first (api.md 3: 10 s). */
  readonly sameKeyBudgetMs: number;
}
