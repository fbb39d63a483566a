/**
 * What a merchant sends, under the names that stand on the wire (api.md section 4). Amounts are
 * integers in paisa (₹499.00 is 49900). The gateway checks every limit; here they are for reading.
 */

/** Which ways to pay the provider offers; passed on as it is. */
export interface PaymentModeConfig {
  readonly version?: "V1" | "V2";
  /** At most one of the two lists. */
  readonly enabledPaymentModes?: readonly PaymentMode[];
  readonly disabledPaymentModes?: readonly PaymentMode[];
}

/** One way to pay, e.g. `{ type: "UPI", flows: ["INTENT"] }`. */
export interface PaymentMode {
  readonly type: string;
  readonly [dimension: string]: string | readonly string[];
}

/** Body of `POST /api/payments/initiate`. */
export interface InitiateRequest {
  /** Your order's id, 1 to 63 of `[A-Za-z0-9_-]`. Absent: made by the gateway. */
  readonly merchantOrderId?: string;
  /** Paisa, 100 to 10,00,00,00,000. */
  readonly amount: number;
  readonly currency?: "INR";
  /** Where the payer comes back, whatever the outcome: your page must then ask for the status. */
  readonly redirectUrl: string;
  /** Seconds until the payment expires, 300 to 3600. Absent: 900. */
  readonly expireAfter?: number;
  readonly message?: string;
  /** `udf1` to `udf15`: your own notes, kept by the provider. */
  readonly metaInfo?: Readonly<Record<`udf${number}`, string>>;
  readonly customer?: { readonly id?: string; readonly phone?: string; readonly email?: string };
  /** The payer's device as your server saw it. */
  readonly device?: {
    readonly ip?: string;
    readonly userAgent?: string;
    readonly id?: string;
    readonly fingerprint?: string;
  };
  readonly paymentModeConfig?: PaymentModeConfig;
  readonly preferredProvider?: string;
}

/** Body of `POST /api/payments/refund`. */
export interface RefundRequest {
  /** Your refund's id, 1 to 63 of `[A-Za-z0-9_-]`. A failed refund needs a new one. */
  readonly merchantRefundId: string;
  readonly merchantOrderId: string;
  /** Paisa: 100 or more, or all that is left; at most what is captured and not yet refunded. */
  readonly amount: number;
  readonly reason?: string;
}
