/** What the operations need of risk. */
import type { ChangedBy, MerchantId, MerchantOrderId } from "#base";
import type { RiskResult } from "#payments";
import type { SignerMerchant } from "./deps.ts";
import type { InitiateBody } from "./schemas.ts";

/** Who pays what, as far as risk looks at it. */
export interface Payer {
  readonly merchantOrderId: MerchantOrderId;
  /** The hash of the merchant's id of the payer. */
  readonly customer: string | null;
  readonly body: InitiateBody;
  /** Looked at for its connection only. */
  readonly request: Request;
}

/** How a merchant's payments are scored. */
export interface RiskReport {
  readonly mode: string;
  readonly model: { readonly name: string; readonly sha256: string | null };
  readonly shadowModel: string | null;
  /** By what the active model and the shadow model advised. */
  readonly comparison: readonly {
    readonly active: string;
    readonly shadow: string;
    readonly payments: number;
  }[];
  /** Empty while too few payments were seen. */
  readonly drift: readonly {
    readonly feature: string;
    readonly psi: number;
    readonly alert: boolean;
  }[];
}

export interface PaymentLabel {
  readonly verdict: "fraud" | "disputed" | "legit";
  /** Whether the customer is not to be blocked by a score for a while. */
  readonly release: boolean;
  readonly reason: string;
  readonly by: ChangedBy;
}

export interface RiskPorts {
  readonly riskReport: (merchant: SignerMerchant) => Promise<RiskReport>;
  /** Takes an operator's word on a payment; null when there is no such payment. Safe to repeat. */
  readonly labelPayment: (
    merchantId: MerchantId,
    merchantOrderId: MerchantOrderId,
    label: PaymentLabel,
  ) => Promise<{ readonly releasedUntilMs: number | null } | null>;
  /** Counts the payment for its payer's profiles, once, and scores it. Never rejects. */
  readonly assessRisk: (merchant: SignerMerchant, payer: Payer) => Promise<RiskResult>;
}
