import type { Payment } from "./model.ts";
import { bodyWithoutPersonal, withoutPersonal } from "./personal.ts";
import { eraseRows } from "./record-rows.ts";
import { removeEnrolment } from "./residence-store.ts";
import { savePayment } from "./store.ts";

/** A step's payment as it may be kept: of an erased person nothing comes back, whatever a provider still says. */
export function keptOf(payment: Payment): Payment {
  return payment.erasedAtMs === null ? payment : withoutPersonal(payment);
}

/** Takes a person out of a payment for good, out of what is still to be told and of kept answers too (GDR-4). */
export function erasePayment(
  storage: DurableObjectStorage,
  payment: Payment,
  atMs: number,
): Payment {
  const bare = withoutPersonal(payment);
  const erased = { ...bare, customer: null, erasedAtMs: payment.erasedAtMs ?? atMs };
  storage.transactionSync(() => {
    savePayment(storage, payment, erased);
    eraseRows(storage, bodyWithoutPersonal);
    removeEnrolment(storage);
  });
  return erased;
}
