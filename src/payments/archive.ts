/**
 * A payment's way to the archive and back. Its rows go only once the archive has given the same record back, opened
 * and compared; what changed meanwhile stays. A payment that is asked for comes back whole, so that nobody can tell
 * that it was away (docs/retention.md). Each step may be the last one and may come twice.
 */
import { assert, type Clock, type MerchantId, type MerchantOrderId } from "#base";
import type { Payment } from "./model.ts";
import { personView } from "./person-view.ts";
import {
  openRecord,
  type PaymentRecord,
  paymentRecordSchema,
  type PersonalPorts,
  recordOf,
  restoreRecord,
  sealedRecordSchema,
  sealRecord,
} from "./record.ts";
import { type Archived, loadResidence, type Residence, saveResidence } from "./residence-store.ts";
import { removeAtMs } from "./retention.ts";
import { emptyTables } from "./store.ts";

export interface ArchivePlace {
  readonly merchantId: MerchantId;
  readonly merchantOrderId: MerchantOrderId;
}

/** Records at rest, sealed. Every method rejects when the archive cannot be reached. */
export interface Archive {
  write(place: ArchivePlace, record: string): Promise<void>;
  /** `undefined` when there is none; rejects when it does not open. */
  read(place: ArchivePlace): Promise<string | undefined>;
  remove(place: ArchivePlace): Promise<void>;
}

export interface ArchiveDeps {
  readonly nowMs: Clock;
  readonly archive: Archive;
  readonly personal: PersonalPorts;
}

export interface ArchiveContext {
  readonly storage: DurableObjectStorage;
  readonly deps: ArchiveDeps;
}

/** Takes the payment to the archive; it stays when it changed on the way or `mayLeave` says no. Whether it went. */
export async function archivePayment(
  { storage, deps }: ArchiveContext,
  mayLeave: () => boolean,
): Promise<boolean> {
  const record = recordOf(storage);
  assert(record !== undefined, "there is a payment to archive");
  const { payment } = record.facts;
  const sealed = JSON.stringify(await sealRecord(record, deps.personal));
  await deps.archive.write(payment, sealed);
  const back = await readRecord({ storage, deps }, payment);
  return storage.transactionSync(() => {
    const now = recordOf(storage);
    const unchanged = now !== undefined && sameText(now, record) && sameText(back, record);
    if (!unchanged || !mayLeave()) return false;
    emptyTables(storage);
    saveResidence(storage, residenceOf(payment, deps.nowMs()));
    return true;
  });
}

/** Key by key in the schema's order: two records with the same text are the same. */
function sameText(one: PaymentRecord, other: PaymentRecord): boolean {
  const schema = paymentRecordSchema();
  return JSON.stringify(schema.parse(one)) === JSON.stringify(schema.parse(other));
}

function residenceOf(payment: Payment, nowMs: number): Archived {
  const { merchantId, merchantOrderId, customer } = payment;
  return {
    place: "archived",
    since_ms: nowMs,
    merchant_id: merchantId,
    order_id: merchantOrderId,
    customer,
    remove_at_ms: removeAtMs(payment),
  };
}

export function placeOf(archived: Archived): ArchivePlace {
  return { merchantId: archived.merchant_id, merchantOrderId: archived.order_id };
}

/** The record in the archive, opened. */
async function readRecord({ deps }: ArchiveContext, place: ArchivePlace): Promise<PaymentRecord> {
  const text = await deps.archive.read(place);
  if (text === undefined) throw new Error("an archived record is missing");
  return openRecord(sealedRecordSchema().parse(JSON.parse(text)), deps.personal);
}

/** Brings an archived payment back into its object, once. */
export async function wakePayment(
  context: ArchiveContext,
  archived: Archived,
): Promise<Payment | undefined> {
  const { storage, deps } = context;
  const record = await readRecord(context, placeOf(archived));
  return storage.transactionSync(() => {
    if (loadResidence(storage)?.place !== "archived") return undefined;
    saveResidence(storage, { place: "woken", since_ms: deps.nowMs() });
    return restoreRecord(storage, record);
  });
}

/** The record, here or in the archive; `undefined` when there is none. The payment does not move. */
export async function recordWherever(
  context: ArchiveContext,
  away: Residence | undefined,
): Promise<PaymentRecord | undefined> {
  return away?.place === "archived"
    ? readRecord(context, placeOf(away))
    : recordOf(context.storage);
}

/** The payer's view of the record, as JSON; null when there is no payment. */
export async function readPerson(
  context: ArchiveContext,
  away: Residence | undefined,
): Promise<string | null> {
  const record = await recordWherever(context, away);
  return record ? JSON.stringify(personView(record)) : null;
}
