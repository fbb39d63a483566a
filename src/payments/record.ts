/**
 * All that an object holds of one payment, as one record: what the archive keeps and a backup copies. `facts` are
 * ids, states, money and times; whatever may be about a person stands in `personal` and leaves the object only
 * sealed (GDR-4). What was taken out and put back is the same payment to the last row.
 */
import * as z from "zod";
import { assert, once } from "#base";
import { type Payment, paymentSchema } from "./model.ts";
import {
  personalFieldsOf,
  personalFieldsSchema,
  withoutPersonal,
  withPersonal,
} from "./personal.ts";
import {
  factRowsSchema,
  personalRowsSchema,
  readFactRows,
  readPersonalRows,
  writeRows,
} from "./record-rows.ts";
import { createSchema, loadPayment, loadTimeline, saveEntries, savePayment } from "./store.ts";

const timelineEntrySchema = once(() =>
  z.object({
    seq: z.int(),
    atMs: z.int(),
    event: z.string(),
    from: z.string().nullable(),
    to: z.string(),
    cause: z.string(),
  }),
);

const factsSchema = once(() =>
  z.object({
    payment: paymentSchema(),
    timeline: z.array(timelineEntrySchema()),
    rows: factRowsSchema(),
  }),
);
const personalSchema = once(() =>
  z.object({ fields: personalFieldsSchema(), rows: personalRowsSchema() }),
);

type Facts = Omit<z.infer<ReturnType<typeof factsSchema>>, "payment"> & {
  readonly payment: Payment;
};

export interface PaymentRecord {
  readonly facts: Facts;
  /** Null once it is erased. */
  readonly personal: z.infer<ReturnType<typeof personalSchema>> | null;
}

/** Whose key closes the personal part: the payer's, where the merchant named one, or else the merchant's. */
export interface PersonalSubject {
  readonly merchantId: string;
  readonly merchantOrderId: string;
  readonly customer: string | null;
}

export interface PersonalPorts {
  seal(subject: PersonalSubject, text: string): Promise<string>;
  /** When the customer was erased: since then nothing opens. Rejects when it should open and does not. */
  open(
    subject: PersonalSubject,
    envelope: string,
  ): Promise<{ readonly text: string } | { readonly erasedAtMs: number }>;
}

/** The record as it leaves the object: the personal part as an envelope. */
export const sealedRecordSchema = once(() =>
  z.object({ v: z.literal(1), facts: factsSchema(), personal: z.string().nullable() }),
);
export interface SealedRecord {
  readonly v: 1;
  readonly facts: Facts;
  readonly personal: string | null;
}

/** The record of the payment in this storage; `undefined` when it holds none. */
export function recordOf(storage: DurableObjectStorage): PaymentRecord | undefined {
  const payment = loadPayment(storage);
  if (!payment) return undefined;
  const timeline = loadTimeline(storage);
  const personal =
    payment.erasedAtMs === null
      ? { fields: personalFieldsOf(payment), rows: readPersonalRows(storage) }
      : null;
  const facts = {
    payment: withoutPersonal(payment),
    timeline,
    rows: readFactRows(storage),
  };
  return { facts, personal };
}

/** Puts a record into an empty storage; call it inside a transaction. */
export function restoreRecord(storage: DurableObjectStorage, record: PaymentRecord): Payment {
  createSchema(storage);
  assert(loadPayment(storage) === undefined, "a record never overwrites a payment");
  const { facts, personal } = record;
  const payment = personal ? withPersonal(facts.payment, personal.fields) : facts.payment;
  savePayment(storage, undefined, payment);
  saveEntries(storage, facts.timeline);
  writeRows(storage, facts.rows, personal?.rows ?? { answers: [], outbox: [] });
  const stored = loadPayment(storage);
  assert(stored !== undefined, "the payment is back");
  return stored;
}

export function subjectOf({ merchantId, merchantOrderId, customer }: Payment): PersonalSubject {
  return { merchantId, merchantOrderId, customer };
}

/** Closes the personal part. */
export async function sealRecord(
  { facts, personal }: PaymentRecord,
  ports: PersonalPorts,
): Promise<SealedRecord> {
  const subject = subjectOf(facts.payment);
  const envelope = personal === null ? null : await ports.seal(subject, JSON.stringify(personal));
  return { v: 1, facts, personal: envelope };
}

/** Opens the personal part, or says in the payment since when it is erased. */
export async function openRecord(
  { facts, personal }: SealedRecord,
  ports: PersonalPorts,
): Promise<PaymentRecord> {
  if (personal === null) return { facts, personal: null };
  const opened = await ports.open(subjectOf(facts.payment), personal);
  if ("text" in opened) {
    return { facts, personal: personalSchema().parse(JSON.parse(opened.text)) };
  }
  const { erasedAtMs } = opened;
  return { facts: { ...facts, payment: { ...facts.payment, erasedAtMs } }, personal: null };
}
