/**
 * A payment's copy for the backup, and its way back into an empty object. What may be about a person is sealed before
 * it leaves and opened only here (GDR-4).
 */
import { type ArchiveDeps, recordWherever } from "./archive.ts";
import { claimName, type EffectDeps } from "./effects.ts";
import { factsOf, type PaymentFacts } from "./feed.ts";
import type { Step } from "./draft.ts";
import type { Payment } from "./model.ts";
import { withPersonal } from "./personal.ts";
import {
  openRecord,
  type PaymentRecord,
  restoreRecord,
  sealedRecordSchema,
  sealRecord,
} from "./record.ts";
import { type Residence, saveResidence } from "./residence-store.ts";
import { afterRestore } from "./restored.ts";
import { saveStep } from "./store.ts";

export interface BackupDeps extends ArchiveDeps, Pick<EffectDeps, "claim"> {
  /** 0 to 1. */
  readonly random: () => number;
}

/** - `restored`: it is back; `known`: it was already, so a repeat is harmless
 *  - `conflict`: the order holds another payment, which stays as it is
 *  - `ended`: what is kept of it has come to its end since
 */
export interface RestoreAnswer {
  readonly outcome: "restored" | "known" | "conflict" | "ended";
  /** What stands there now; null where nothing does. */
  readonly facts: PaymentFacts | null;
}

/** So many payments come back at once that their first looks are spread over this time. */
const SPREAD_MS = 60_000;

export interface PaymentCopy {
  readonly facts: PaymentFacts;
  readonly copy: string;
}

/** The payment as a sealed record, here or in the archive; null when there is none. It does not move. */
export async function backUpPayment(
  storage: DurableObjectStorage,
  deps: BackupDeps,
  away: Residence | undefined,
): Promise<PaymentCopy | null> {
  const record = await recordWherever({ storage, deps }, away);
  if (!record) return null;
  const sealed = await sealRecord(record, deps.personal);
  return { facts: factsOf(record.facts.payment), copy: JSON.stringify(sealed) };
}

/** Brings a copy back into the storage, if nothing is there by then. */
export async function bringBack(
  storage: DurableObjectStorage,
  deps: BackupDeps,
  { copy, present }: { readonly copy: string; readonly present: () => Present },
): Promise<Back> {
  return finishReturn(storage, await prepareReturn(copy, deps), present());
}

interface Back {
  readonly payment: Payment | undefined;
  readonly answer: RestoreAnswer;
}

interface Return {
  readonly atMs: number;
  readonly record: PaymentRecord;
  /** What makes it fit to go on. */
  readonly step: Step;
}

/** Opens a copy and takes its ids again. */
async function prepareReturn(copy: string, deps: BackupDeps): Promise<Return> {
  const record = await openRecord(sealedRecordSchema().parse(JSON.parse(copy)), deps.personal);
  const { facts, personal } = record;
  const payment = personal ? withPersonal(facts.payment, personal.fields) : facts.payment;
  const spreadMs = Math.floor(deps.random() * SPREAD_MS);
  const atMs = deps.nowMs();
  const step = afterRestore(payment, { nowMs: atMs, spreadMs });
  const { merchantOrderId } = step.payment;
  // Before the payment is written: a restore that dies in between does all of it again.
  for (const name of claimsOf(step.payment)) await deps.claim(name, merchantOrderId);
  return { atMs, record, step };
}

/** The ids beside the merchant's own that webhooks and refunds may name. */
function claimsOf({ merchantId, merchantOrderId, attempts, refunds }: Payment): string[] {
  const orders = attempts
    .filter(({ providerOrderId }) => providerOrderId !== String(merchantOrderId))
    .map(({ providerOrderId }) => claimName(merchantId, "order", providerOrderId));
  const names = refunds.map((refund) => claimName(merchantId, "refund", refund.merchantRefundId));
  return [...orders, ...names];
}

/** What an object that a copy comes back to holds of its payment. */
export interface Present {
  readonly payment: Payment | undefined;
  readonly away: Residence | undefined;
}

/** Writes what `prepareReturn` made into the storage, if no payment is there, and says what is there now. */
function finishReturn(
  storage: DurableObjectStorage,
  { atMs, record, step }: Return,
  { payment: present, away }: Present,
): Back {
  if (present) {
    const outcome = present.paymentId === step.payment.paymentId ? "known" : "conflict";
    return { payment: present, answer: { outcome, facts: factsOf(present) } };
  }
  if (away) return { payment: undefined, answer: { outcome: "ended", facts: null } };
  storage.transactionSync(() => {
    restoreRecord(storage, record);
    saveStep(storage, undefined, { step, outbox: [], by: undefined });
    // Not all at once to the archive, those that are long at rest.
    saveResidence(storage, { place: "woken", since_ms: atMs });
  });
  const { payment } = step;
  return { payment, answer: { outcome: "restored", facts: factsOf(payment) } };
}
