/** What is backed up and brought back, as ports. */
import type { MerchantId, ObjectDump } from "#base";
import type { PaymentCopy, PaymentFacts, RestoreAnswer } from "#payments";
import type { ObjectName } from "./files.ts";

/** Where a reader of a merchant's ledger stands. */
export interface Place {
  readonly recordedAtMs: number;
  readonly merchantOrderId: string;
}

interface DumpedObject {
  readonly dump: ObjectDump;
  readonly bookmark: string | null;
}

/** What is backed up. */
export interface Source {
  merchants(): readonly MerchantId[];
  /** Payments that changed after a place, oldest change first. */
  changed(merchantId: MerchantId, after: Place, limit: number): Promise<readonly Place[]>;
  /** Null: it is not in its object. */
  payment(merchantId: MerchantId, merchantOrderId: string): Promise<PaymentCopy | null>;
  dump(name: ObjectName): Promise<DumpedObject>;
}

/** Where it is brought back to. Every method does the same twice as once. */
export interface Target {
  payment(merchantId: MerchantId, merchantOrderId: string, copy: string): Promise<RestoreAnswer>;
  /** Writes the index of a merchant's payments. */
  record(merchantId: MerchantId, facts: readonly PaymentFacts[]): Promise<void>;
  restoreDump(name: ObjectName, dump: ObjectDump): Promise<void>;
}
