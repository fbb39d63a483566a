/**
 * A payment that comes back from a backup, pure. The danger is the hour between the backup and the loss: an order may
 * have been placed, its pay URL given away, another made in its place, and nothing here knows of it. So a payment
 * that was on its way to a provider is never placed again. Every order that may exist is asked about, those under
 * later ids too, which can be told in advance; what the status API says is all that counts (I2, I4).
 */
import { ATTEMPTS_MAX, newAttempt, providerOrderIdFor } from "./attempt-steps.ts";
import {
  addAttempt,
  type Draft,
  editAttempt,
  editPayment,
  editRefund,
  finishDraft,
  startDraft,
  type Step,
} from "./draft.ts";
import type { AttemptState, Payment, RefundState } from "./model.ts";

/** Of these the lost gateway may have told the payer since. */
const MAY_HAVE_GONE_ON: ReadonlySet<AttemptState> = new Set(["PLANNED", "SENT", "UNKNOWN"]);
/** These may have been posted since, or posted again. */
const MAY_HAVE_BEEN_POSTED: ReadonlySet<RefundState> = new Set(["QUEUED", "SENT", "UNKNOWN"]);

export interface RestoreTimes {
  readonly nowMs: number;
  /** How much later than now the first look is at the earliest: many payments come back at once. */
  readonly spreadMs: number;
}

/** The step that makes a copy of a payment fit to go on. It has no effects: the alarm asks. */
export function afterRestore(payment: Payment, { nowMs, spreadMs }: RestoreTimes): Step {
  const draft = startDraft(payment, nowMs, "restore");
  // Only from INITIATING can a payment have been given to somebody since.
  if (payment.state === "INITIATING") doubtOrders(draft);
  for (const { merchantRefundId, state } of payment.refunds) {
    if (MAY_HAVE_BEEN_POSTED.has(state)) doubtRefund(draft, merchantRefundId);
  }
  draft.payment = noLookBefore(draft.payment, nowMs + spreadMs);
  return finishDraft(draft);
}

/** `doubtSinceMs: null`: others may have the pay URL, so the order is watched and never replaced (CF-01). */
function doubtOrders(draft: Draft): void {
  const { nowMs } = draft;
  editPayment(draft, { restoredAtMs: nowMs });
  for (const { n, state } of draft.payment.attempts) {
    if (!MAY_HAVE_GONE_ON.has(state)) continue;
    const doubt = { state: "UNKNOWN", doubtSinceMs: null, misses: 0, nextAtMs: nowMs } as const;
    editAttempt(draft, n, doubt);
  }
  const { payment } = draft;
  // The first choice last: the newest attempt is the one that is shown.
  const providers = payment.route.toReversed();
  for (let n = payment.attempts.length + 1; n <= ATTEMPTS_MAX; n += 1) {
    for (const provider of providers) {
      const providerOrderId = providerOrderIdFor(payment, n, provider);
      const known = { provider, providerOrderId, state: "UNKNOWN", nextAtMs: nowMs } as const;
      addAttempt(draft, newAttempt(draft, known));
    }
  }
}

/** Its id may be at the provider already: asked first, posted again only if it provably is not there (I3). */
function doubtRefund(draft: Draft, merchantRefundId: string): void {
  const { nowMs } = draft;
  const doubt = { state: "UNKNOWN", doubtSinceMs: nowMs, misses: 0, nextAtMs: nowMs } as const;
  editRefund(draft, merchantRefundId, doubt);
}

/** What has ended stays as it is, to the last field. */
function noLookBefore(payment: Payment, firstMs: number): Payment {
  const later = <Item extends { readonly nextAtMs: number | null }>(item: Item): Item =>
    item.nextAtMs !== null && item.nextAtMs < firstMs ? { ...item, nextAtMs: firstMs } : item;
  return { ...payment, attempts: payment.attempts.map(later), refunds: payment.refunds.map(later) };
}
