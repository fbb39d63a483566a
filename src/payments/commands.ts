/** What may be asked of a payment's object, and what it answers. Rooms outside turn the outcomes into statuses. */
import type { AmountPaisa, MerchantId, MerchantOrderId, MerchantRefundId } from "#base";
import type { OrderDetails, ProviderName, RiskResult } from "./model.ts";
import type { RequestIdentity } from "./presenter.ts";

export interface InitiateCommand {
  readonly merchantId: MerchantId;
  readonly merchantOrderId: MerchantOrderId;
  readonly amountPaisa: AmountPaisa;
  readonly order: OrderDetails;
  /** SHA-256 of all that the merchant asked for. */
  readonly contentHash: string;
  readonly risk: RiskResult;
  /** SHA-256 of the merchant's id of the payer, when one was sent. */
  readonly customer: string | null;
  /** Providers that may be given the order, the first choice first. */
  readonly route: readonly [ProviderName, ...ProviderName[]];
  readonly identity: RequestIdentity;
  /** SHA-256 of the idempotency key, when one was sent. */
  readonly keyHash: string | null;
}

export type InitiateOutcome =
  /** The provider has the order; the payer can pay. */
  | "created"
  /** Nobody knows for sure yet; the object goes on by itself. */
  | "initiating"
  /** The payment was there before this call. */
  | "existing"
  | "blocked"
  /** The provider refused it for good; the payment is `FAILED`. */
  | "rejected"
  /** Nothing payable exists; repeating is a new try under the same id. */
  | "unavailable"
  /** The id belongs to a payment with other content. */
  | "conflict"
  /** The first call with this key is still running. */
  | "in_progress";

export interface InitiateAnswer {
  readonly outcome: InitiateOutcome;
  /** The JSON to send for `created`, `initiating`, `existing`; the first call's request id for the refusals that are kept. */
  readonly body: string;
  /** The answer is the first one of the same idempotency key. */
  readonly replayed: boolean;
}

export interface StatusCommand {
  readonly refresh: boolean;
  readonly identity: RequestIdentity;
}

export type StatusAnswer =
  | { readonly outcome: "found"; readonly body: string }
  | { readonly outcome: "not_found" }
  | { readonly outcome: "provider_timeout" };

export interface AskRefundCommand {
  readonly merchantId: MerchantId;
  readonly merchantOrderId: MerchantOrderId;
  readonly merchantRefundId: MerchantRefundId;
  readonly amountPaisa: AmountPaisa;
  readonly reason: string | null;
  readonly identity: RequestIdentity;
  readonly keyHash: string | null;
}

export type RefundAnswer =
  | {
      readonly outcome: "created" | "existing";
      readonly body: string;
      readonly replayed: boolean;
    }
  | {
      readonly outcome:
        | "payment_not_found"
        | "not_captured"
        | "id_taken"
        | "amount_below_minimum"
        | "in_progress";
    }
  | { readonly outcome: "exceeds_captured"; readonly refundablePaisa: number };

export type RefundStatusAnswer =
  | { readonly outcome: "found"; readonly body: string }
  | { readonly outcome: "not_found" };

/** A verified webhook, reduced to what may move us: which order or refund to ask about (I4). */
export interface WebhookHint {
  /** (event, id, state): what makes a webhook the same one again (contract.md 6.7). */
  readonly eventKey: string;
  readonly providerOrderId: string;
  /** Set when it is about a refund; some failed ones come without the merchant's id (contract.md 6.6). */
  readonly refund: {
    readonly merchantRefundId: string | null;
    readonly providerRefundId: string | null;
  } | null;
  /** Whether it speaks of an end; a failed attempt on the pay page does not. */
  readonly decisive: boolean;
}

export interface WebhookAnswer {
  readonly matched: boolean;
  readonly duplicate: boolean;
}
