import type { Clock, MerchantId } from "#base";
import type { Payment } from "./model.ts";
import { leaseDueRows } from "./outbox-store.ts";
import type { DeliveryOutcome, OutboxNotification, ParkedNotification } from "./outbox.ts";
import { applySettled, notificationOf, settleTry } from "./settle-try.ts";

export interface DeliverDeps {
  readonly nowMs: Clock;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  /** Brings a notification to the merchant (api.md 6). */
  readonly deliver: (
    merchantId: MerchantId,
    notification: OutboxNotification,
  ) => Promise<DeliveryOutcome>;
  /** Lists a notification that only an operator can move on. */
  readonly park: (merchantId: MerchantId, parked: ParkedNotification) => Promise<void>;
}

export interface DeliverContext {
  readonly storage: DurableObjectStorage;
  readonly payment: Payment;
  readonly deps: DeliverDeps;
  /** Called whenever the outbox's next time may have changed. */
  readonly changed: () => void;
}

/** Sends what is due of the outbox, oldest first; each row's own outcome decides what becomes of it. */
export async function deliverDue({
  storage,
  payment,
  deps,
  changed,
}: DeliverContext): Promise<void> {
  const rows = leaseDueRows(storage, deps.nowMs());
  changed();
  const { merchantId, merchantOrderId, paymentId } = payment;
  for (const row of rows) {
    const outcome = await deps.deliver(merchantId, notificationOf(paymentId, row));
    const settled = settleTry(row, outcome, { nowMs: deps.nowMs(), random: deps.random() });
    if (settled.type === "park") {
      // Listed first: should we die in between, it is listed and tried once more.
      const { seq, type } = row;
      await deps.park(merchantId, { merchantOrderId, seq, type, reason: settled.reason });
    }
    applySettled(storage, row.seq, settled);
    changed();
  }
}
