/** What the payments room needs of a provider, as data. A provider's client never throws: it says what it knows. */
import type { AmountPaisa, MerchantId, MerchantRefundId, ProviderOrderId } from "#base";
import type { OrderDetails, PaymentDetail, ProviderName } from "./model.ts";

/** The answer of "create order". Only `unknown` may leave an order behind that we have not seen. */
export type PayOutcome =
  | {
      readonly type: "accepted";
      readonly providerRef: string;
      readonly payUrl: string;
      readonly expiresAtMs: number;
    }
  /** The id was used before: the order exists, whoever made it (contract.md 3.4, CF-01). */
  | { readonly type: "exists" }
  /** Refused for what it says; no order exists and the same order would be refused again. */
  | { readonly type: "rejected"; readonly code: string }
  /** Refused or never sent for reasons outside the order; no order exists. */
  | { readonly type: "not_sent"; readonly reason: string }
  | { readonly type: "unknown"; readonly reason: string };

export interface OrderReport {
  readonly state: "PENDING" | "COMPLETED" | "FAILED" | "EXPIRED";
  readonly amountPaisa: number;
  /** Absent in minimal answers (contract.md 4.2). */
  readonly providerOrderId?: string | undefined;
  readonly providerRef: string;
  readonly expiresAtMs?: number | undefined;
  readonly errorCode?: string | undefined;
  readonly detailedErrorCode?: string | undefined;
  readonly paymentDetails: readonly PaymentDetail[];
}

export type StatusOutcome =
  | { readonly type: "found"; readonly report: OrderReport }
  | { readonly type: "not_found" }
  | { readonly type: "unreachable"; readonly reason: string };

export type RefundOutcome =
  | { readonly type: "accepted"; readonly providerRefundId: string }
  | { readonly type: "exists" }
  | { readonly type: "rejected"; readonly code: string }
  | { readonly type: "not_sent"; readonly reason: string }
  | { readonly type: "unknown"; readonly reason: string };

export interface RefundReport {
  readonly state: "PENDING" | "CONFIRMED" | "COMPLETED" | "FAILED";
  readonly amountPaisa: number;
  readonly merchantRefundId?: string | undefined;
  readonly providerOrderId?: string | undefined;
  readonly providerRefundId?: string | undefined;
  readonly errorCode?: string | undefined;
}

export type RefundStatusOutcome =
  | { readonly type: "found"; readonly report: RefundReport }
  | { readonly type: "not_found" }
  | { readonly type: "unreachable"; readonly reason: string };

export interface PayCommand {
  readonly providerOrderId: ProviderOrderId;
  readonly amountPaisa: AmountPaisa;
  readonly order: OrderDetails;
}

export interface RefundCommand {
  readonly merchantRefundId: MerchantRefundId;
  readonly providerOrderId: ProviderOrderId;
  readonly amountPaisa: AmountPaisa;
}

/** Names a refund. Some providers find it by its own id, others only among those of its order. */
export type RefundQuery = Pick<RefundCommand, "merchantRefundId" | "providerOrderId">;

/** One merchant's line to one provider. */
export interface Provider {
  readonly name: ProviderName;
  /** How a web page opens the provider's pay page (contract.md 1.4); null where a plain link does. */
  readonly checkoutScriptUrl: string | null;
  pay(command: PayCommand): Promise<PayOutcome>;
  orderStatus(providerOrderId: ProviderOrderId): Promise<StatusOutcome>;
  refund(command: RefundCommand): Promise<RefundOutcome>;
  refundStatus(query: RefundQuery): Promise<RefundStatusOutcome>;
}

export type ProviderFor = (merchantId: MerchantId, name: ProviderName) => Provider;

/** A webhook reduced to what may move us: a hint which order or refund to ask about (I4). */
export interface ProviderWebhook {
  readonly event: string;
  readonly state: string;
  readonly subject:
    | { readonly kind: "order"; readonly providerOrderId: string }
    | {
        readonly kind: "refund";
        readonly providerOrderId: string;
        readonly merchantRefundId: string | null;
        readonly providerRefundId: string | null;
      }
    /** Subscriptions, settlements and whatever else there may be: kept, not acted on. */
    | { readonly kind: "other" };
  /** Whether it speaks of an end; a failed attempt on the pay page is not the order's (contract.md 4.3). */
  readonly decisive: boolean;
}
