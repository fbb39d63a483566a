import { type Clock, errorMessage, type Log, type MerchantId, type MerchantOrderId } from "#base";
import type { Payment } from "./model.ts";
import { leaseEnrolment, removeEnrolment } from "./residence-store.ts";

export interface Enrolment {
  readonly merchantId: MerchantId;
  readonly merchantOrderId: MerchantOrderId;
  readonly customer: string;
  readonly createdAtMs: number;
}

export interface EnrolDeps {
  readonly nowMs: Clock;
  readonly log: Log;
  /** Puts the payment on its payer's list; says when the payer was erased, if that was after the payment began. */
  readonly enrol: (enrolment: Enrolment) => Promise<{ readonly erasedAtMs: number | null }>;
}

export interface EnrolContext {
  readonly storage: DurableObjectStorage;
  readonly payment: Payment;
  readonly deps: EnrolDeps;
  /** Called whenever the enrolment's next time may have changed. */
  readonly changed: () => void;
  readonly erase: (atMs: number) => void;
}

/** Tells the payer's object of the payment. Until it has heard, an erasure cannot find the payment: it never gives up. */
export async function enrolDue({
  storage,
  payment,
  deps,
  changed,
  erase,
}: EnrolContext): Promise<void> {
  const { customer, merchantId, merchantOrderId, createdAtMs } = payment;
  if (customer === null || !leaseEnrolment(storage, deps.nowMs())) return;
  changed();
  try {
    const { erasedAtMs } = await deps.enrol({ merchantId, merchantOrderId, customer, createdAtMs });
    if (erasedAtMs !== null) erase(erasedAtMs);
    removeEnrolment(storage);
  } catch (error) {
    deps.log("warn", "payment not enrolled", { merchantId, error: errorMessage(error) });
  }
  changed();
}
