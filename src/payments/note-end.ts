import { errorMessage } from "#base";
import type { Payment } from "./model.ts";
import type { PaymentDeps } from "./payment-deps.ts";
import { hasHeard } from "./store.ts";

/** Tells that a payment has ended, and whether a webhook had spoken of it. */
export async function noteEnd(
  { storage }: DurableObjectState,
  deps: PaymentDeps,
  { merchantId }: Payment,
): Promise<void> {
  try {
    await deps.noteEnd(merchantId, hasHeard(storage));
  } catch (error) {
    // A statistic, not a fact about money: the next payment's end makes up for it.
    deps.log("warn", "end not noted", { error: errorMessage(error) });
  }
}
