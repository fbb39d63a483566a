/**
 * A payment's copy for the backup, and its way back into an empty object. What may be about a person is sealed before
 * it leaves and opened only here (GDR-4).
 */
import type { Clock } from "#base";
import { claimName, type EffectDeps } from "./effects.ts";
import { factsOf, type PaymentFacts } from "./feed.ts";
import type { Step } from "./draft.ts";
import type { Payment } from "./model.ts";
import { withPersonal } from "./personal.ts";
import {
  openRecord,
  type PaymentRecord,
  type PersonalPorts,
  recordOf,
  restoreRecord,
  sealedRecordSchema,
  sealRecord,
} from "./record.ts";
import { afterRestore } from "./restored.ts";
import { saveStep } from "./store.ts";

export interface BackupDeps extends Pick<EffectDeps, "claim"> {
  readonly nowMs: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly personal: PersonalPorts;
}

/** - `restored`: it is back; `known`: it was already, so a repeat is harmless
 *  - `conflict`: the order holds another payment, which stays as it is
 */
export interface RestoreAnswer {
  readonly outcome: "restored" | "known" | "conflict";
  readonly facts: PaymentFacts;
}

/** So many payments come back at once that their first looks are spread over this time. */
const SPREAD_MS = 60_000;

export interface PaymentCopy {
  readonly facts: PaymentFacts;
  readonly copy: string;
}

/** The payment in this storage as a sealed record; null when there is none. */
export async function backUpPayment(
  storage: DurableObjectStorage,
  deps: BackupDeps,
): Promise<PaymentCopy | null> {
  const record = recordOf(storage);
  if (!record) return null;
  const sealed = await sealRecord(record, deps.personal);
  return { facts: factsOf(record.facts.payment), copy: JSON.stringify(sealed) };
}

interface Return {
  readonly record: PaymentRecord;
  /** What makes it fit to go on. */
  readonly step: Step;
}

/** Opens a copy and takes its ids again; whoever restores it writes it then, in one step. */
export async function prepareReturn(copy: string, deps: BackupDeps): Promise<Return> {
  const record = await openRecord(sealedRecordSchema().parse(JSON.parse(copy)), deps.personal);
  const { facts, personal } = record;
  const payment = personal ? withPersonal(facts.payment, personal.fields) : facts.payment;
  const spreadMs = Math.floor(deps.random() * SPREAD_MS);
  const step = afterRestore(payment, { nowMs: deps.nowMs(), spreadMs });
  const { merchantOrderId } = step.payment;
  // Before the payment is written: a restore that dies in between does all of it again.
  for (const name of claimsOf(step.payment)) await deps.claim(name, merchantOrderId);
  return { record, step };
}

/** The ids beside the merchant's own that webhooks and refunds may name. */
function claimsOf({ merchantId, merchantOrderId, attempts, refunds }: Payment): string[] {
  const orders = attempts
    .filter(({ providerOrderId }) => providerOrderId !== String(merchantOrderId))
    .map(({ providerOrderId }) => claimName(merchantId, "order", providerOrderId));
  const names = refunds.map((refund) => claimName(merchantId, "refund", refund.merchantRefundId));
  return [...orders, ...names];
}

/** Writes what `prepareReturn` made into the storage, if no payment is `present` there, and says what is there now. */
export function finishReturn(
  storage: DurableObjectStorage,
  { record, step }: Return,
  present: Payment | undefined,
): { readonly payment: Payment; readonly answer: RestoreAnswer } {
  if (present) {
    const outcome = present.paymentId === step.payment.paymentId ? "known" : "conflict";
    return { payment: present, answer: { outcome, facts: factsOf(present) } };
  }
  storage.transactionSync(() => {
    restoreRecord(storage, record);
    saveStep(storage, undefined, { step, outbox: [], by: undefined });
  });
  const { payment } = step;
  return { payment, answer: { outcome: "restored", facts: factsOf(payment) } };
}
