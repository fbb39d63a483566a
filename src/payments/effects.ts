import { assert, type MerchantId, unreachable } from "#base";
import { attemptOf, type Effect, refundOf } from "./draft.ts";
import type { PaymentEvent } from "./machine.ts";
import type { Payment } from "./model.ts";
import type { ProviderFor } from "./ports.ts";

export interface EffectDeps {
  readonly providerFor: ProviderFor;
  /** Takes an id for an owner, for ever; answers who owns it. */
  readonly claim: (name: string, owner: string) => Promise<string>;
}

/** Names of ids that a merchant may use once, for `EffectDeps.claim`. */
export function claimName(merchantId: MerchantId, kind: "order" | "refund", id: string): string {
  return `${merchantId}/${kind}/${id}`;
}

/** Carries an effect out and brings its outcome back as the machine's next event. */
export async function performEffect(
  effect: Effect,
  payment: Payment,
  deps: EffectDeps,
): Promise<PaymentEvent> {
  switch (effect.type) {
    case "place_order":
      return placeOrder(effect.n, payment, deps);
    case "ask_status": {
      const { provider, providerOrderId } = attemptOf(payment, effect.n);
      const outcome = await deps
        .providerFor(payment.merchantId, provider)
        .orderStatus(providerOrderId);
      return { type: "status_answered", n: effect.n, outcome };
    }
    case "place_refund": {
      const { merchantRefundId, amountPaisa, attemptN } = refundOf(
        payment,
        effect.merchantRefundId,
      );
      const { provider, providerOrderId } = attemptOf(payment, attemptN);
      const line = deps.providerFor(payment.merchantId, provider);
      const outcome = await line.refund({ merchantRefundId, providerOrderId, amountPaisa });
      return { type: "refund_answered", merchantRefundId, outcome };
    }
    case "ask_refund": {
      const { merchantRefundId, attemptN } = refundOf(payment, effect.merchantRefundId);
      const { provider, providerOrderId } = attemptOf(payment, attemptN);
      const line = deps.providerFor(payment.merchantId, provider);
      const outcome = await line.refundStatus({ merchantRefundId, providerOrderId });
      return { type: "refund_status_answered", merchantRefundId, outcome };
    }
    default:
      return unreachable(effect);
  }
}

async function placeOrder(n: number, payment: Payment, deps: EffectDeps): Promise<PaymentEvent> {
  const { merchantId, merchantOrderId, amountPaisa, order } = payment;
  const { provider, providerOrderId } = attemptOf(payment, n);
  if (providerOrderId !== String(merchantOrderId)) {
    // Webhooks will name this id: leave word whose it is before the provider hears of it.
    const owner = await deps.claim(
      claimName(merchantId, "order", providerOrderId),
      merchantOrderId,
    );
    assert(owner === merchantOrderId, "a derived order id belongs to one payment");
  }
  const line = deps.providerFor(merchantId, provider);
  const outcome = await line.pay({ providerOrderId, amountPaisa, order });
  return { type: "pay_answered", n, outcome };
}

/** Whether the outcome says that a provider's reading API could not be reached. */
export function isUnreachable(event: PaymentEvent): boolean {
  return (
    (event.type === "status_answered" || event.type === "refund_status_answered") &&
    event.outcome.type === "unreachable"
  );
}
