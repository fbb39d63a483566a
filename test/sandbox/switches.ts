import * as z from "zod";
import { ENDPOINTS } from "./endpoints.ts";

const MS_DAY = 86_400_000;

/** Every behaviour on which sources about PhonePe disagree, or that a test may want to bend (EM-01 to EM-17). */
export const switchesSchema = z.strictObject({
  // EM-01 to EM-07
  duplicateOrderError: z.enum([
    "417-transaction-id",
    "417-merchant-order-id",
    "400-bad-request",
    "400-already-exists",
  ]),
  unknownOrderError: z.enum(["400-merchant-order-id", "400-mapping", "404"]),
  unknownRefundError: z.enum(["404", "400"]),
  duplicateRefundError: z.enum(["400-duplicated", "400-bad-request"]),
  tokenLifeSec: z.number().int().min(1).max(1_000_000),
  badCredentials: z.enum(["400", "401"]),
  badBearer: z.enum(["authorization-failed", "pr004", "code-401"]),
  // EM-08
  lateSuccess: z.boolean(),
  cancelMode: z.enum(["abandon", "fail-order"]),
  pendingOutcome: z.enum(["success", "fail", "never"]),
  pendingSettleMs: z.number().int().min(0).max(MS_DAY),
  expireAfterSecMin: z.number().int().min(1).max(300),
  // EM-09
  statusBody: z.enum([
    "full",
    "minimal",
    "unknown-fields",
    "other-amount",
    "other-order-id",
    "string-amount",
  ]),
  statusNotFoundMs: z.number().int().min(0).max(MS_DAY),
  statusStaleMs: z.number().int().min(0).max(MS_DAY),
  statusStalePolls: z.number().int().min(0).max(1000),
  // EM-10
  refundMode: z.enum(["complete", "stay-pending", "stay-confirmed", "fail", "no-confirmed"]),
  refundBody: z.enum(["payment-details", "split-instruments"]),
  refundStepMs: z.number().int().min(0).max(MS_DAY),
  // EM-11, EM-12
  webhookModes: z.array(
    z.enum([
      "hmac",
      "no-type",
      "duplicate",
      "reorder",
      "delay",
      "drop",
      "wrong-auth",
      "forged-amount",
      "bad-json",
    ]),
  ),
  webhookDelayMs: z.number().int().min(0).max(MS_DAY),
  webhookRetryMs: z.array(z.number().int().min(0).max(MS_DAY)).max(20),
  refundWebhookWrapper: z.boolean(),
  // EM-13
  holdAnswers: z.array(z.enum(ENDPOINTS)),
  // EM-14 to EM-16
  validation: z.enum(["strict", "lenient"]),
  allowBlankReferrer: z.boolean(),
  template: z.enum(["page", "success", "fail", "pending", "unset"]),
  templateAfterMs: z.number().int().min(0).max(MS_DAY),
});
export type Switches = z.infer<typeof switchesSchema>;

export const switchesPatchSchema = switchesSchema.partial();
export type SwitchesPatch = z.infer<typeof switchesPatchSchema>;

/** The defaults of the rulings; nothing here changes without its row in README.md. */
export const DEFAULT_SWITCHES: Switches = {
  duplicateOrderError: "417-transaction-id",
  unknownOrderError: "400-merchant-order-id",
  unknownRefundError: "404",
  duplicateRefundError: "400-duplicated",
  tokenLifeSec: 3600,
  badCredentials: "400",
  badBearer: "authorization-failed",
  lateSuccess: false,
  cancelMode: "abandon",
  pendingOutcome: "success",
  pendingSettleMs: 60_000,
  expireAfterSecMin: 300,
  statusBody: "full",
  statusNotFoundMs: 0,
  statusStaleMs: 0,
  statusStalePolls: 0,
  holdAnswers: [],
  refundMode: "complete",
  refundBody: "payment-details",
  refundStepMs: 2000,
  webhookModes: [],
  webhookDelayMs: 5000,
  webhookRetryMs: [2000, 5000, 15_000, 60_000, 300_000],
  refundWebhookWrapper: true,
  validation: "strict",
  allowBlankReferrer: false,
  template: "page",
  templateAfterMs: 1000,
};
