import { type AuditEvent, type Clock, errorMessage, type Log, type MerchantId } from "#base";
import { factsOf, type PaymentFacts } from "./feed.ts";
import { leaseFeed, postponeFeed, removeFed } from "./feed-store.ts";
import type { Payment } from "./model.ts";
import { type PayerKeys, payerKeysOf } from "./payer-keys.ts";

export interface PublishDeps {
  readonly nowMs: Clock;
  readonly log: Log;
  /** Gives events to the audit log and facts to the ledger; each of them takes the same thing twice without harm. */
  readonly publish: (merchantId: MerchantId, publication: Publication) => Promise<void>;
}

export interface Publication {
  readonly facts: PaymentFacts;
  readonly events: readonly AuditEvent[];
  readonly payer: PayerKeys;
}

export interface PublishContext {
  readonly storage: DurableObjectStorage;
  readonly payment: Payment;
  readonly deps: PublishDeps;
  /** Called whenever the feed's next time may have changed. */
  readonly changed: () => void;
}

/** Sends the events that are due. A log that does not take them holds up no money: they stay and come back. */
export async function publishDue({
  storage,
  payment,
  deps,
  changed,
}: PublishContext): Promise<void> {
  const batch = leaseFeed(storage, deps.nowMs());
  if (!batch) return;
  changed();
  const { merchantId } = payment;
  try {
    await deps.publish(merchantId, {
      facts: factsOf(payment),
      events: batch.events,
      payer: payerKeysOf(payment),
    });
    removeFed(storage, batch.lastSeq);
  } catch (error) {
    const fields = { merchantId, tries: batch.tries, error: errorMessage(error) };
    deps.log("warn", "events of a payment not published", fields);
    postponeFeed(storage, batch, deps.nowMs());
  }
  changed();
}
