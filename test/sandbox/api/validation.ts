import * as z from "zod";

/** What pay and refund accept (contract 3.1, 3.2, 5.1; EM-14), and the little that the lenient mode still needs. */

const merchantId = z.string().regex(/^[A-Za-z0-9_-]{1,63}$/);
const amount = z.number().int().min(100).max(Number.MAX_SAFE_INTEGER);
const freeUdf = z.string().max(256).optional();
const plainUdf = z
  .string()
  .max(50)
  .regex(/^[A-Za-z0-9_\-@.+ ]*$/)
  .optional();

/** Renamed keys are a production error at PhonePe (PP-08), hence strict. */
const metaInfo = z.strictObject({
  udf1: freeUdf,
  udf2: freeUdf,
  udf3: freeUdf,
  udf4: freeUdf,
  udf5: freeUdf,
  udf6: freeUdf,
  udf7: freeUdf,
  udf8: freeUdf,
  udf9: freeUdf,
  udf10: freeUdf,
  udf11: plainUdf,
  udf12: plainUdf,
  udf13: plainUdf,
  udf14: plainUdf,
  udf15: plainUdf,
});

const webUrl = z.url({ protocol: /^https?$/ });
const modes = z.array(z.looseObject({ type: z.string() })).min(1);
const paymentModeConfig = z
  .object({
    version: z.enum(["V1", "V2"]).optional(),
    enabledPaymentModes: modes.optional(),
    disabledPaymentModes: modes.optional(),
  })
  .refine(
    (config) =>
      config.enabledPaymentModes === undefined || config.disabledPaymentModes === undefined,
  );
export type PaymentModeConfig = z.infer<typeof paymentModeConfig>;

const flow = z.object({
  type: z.literal("PG_CHECKOUT"),
  message: z.string().optional(),
  merchantUrls: z.object({ redirectUrl: webUrl }),
  paymentModeConfig: paymentModeConfig.optional(),
});

/** The lower bound of `expireAfter` is a switch, so that tests need not wait five minutes for an order to run out. */
export function strictPay(expireAfterSecMin: number) {
  return z.object({
    merchantOrderId: merchantId,
    amount,
    expireAfter: z.number().int().min(expireAfterSecMin).max(3600).default(600),
    metaInfo: metaInfo.optional(),
    disablePaymentRetry: z.boolean().default(false),
    prefillUserLoginDetails: z
      .object({ phoneNumber: z.string().regex(/^([+]91)?\d{10}$/) })
      .partial()
      .optional(),
    paymentFlow: flow,
  });
}

/** As pay, but a mobile app needs no redirect URL (contract 3.5). */
export function strictSdkOrder(expireAfterSecMin: number) {
  return strictPay(expireAfterSecMin).extend({
    paymentFlow: flow.extend({
      merchantUrls: z.object({ redirectUrl: webUrl }).partial().default({}),
    }),
  });
}

export const lenientPay = z.object({
  merchantOrderId: z.string().min(1).max(200),
  amount: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  expireAfter: z.number().int().min(1).max(5_184_000).catch(600),
  metaInfo: z.record(z.string(), z.unknown()).optional().catch(undefined),
  disablePaymentRetry: z.boolean().catch(false),
  paymentFlow: z
    .object({
      message: z.string().optional().catch(undefined),
      merchantUrls: z.object({ redirectUrl: z.string().optional() }).catch({}),
      paymentModeConfig: paymentModeConfig.optional().catch(undefined),
    })
    .catch({ merchantUrls: {} }),
});
export type PayRequest = z.output<typeof lenientPay>;

export const strictRefund = z.object({
  merchantRefundId: merchantId,
  originalMerchantOrderId: z.string().min(1).max(63),
  amount,
});

export const lenientRefund = z.object({
  merchantRefundId: z.string().min(1).max(200),
  originalMerchantOrderId: z.string().min(1).max(200),
  amount: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
});

const FAMILIES = [
  ["UPI", ["UPI", "UPI_INTENT", "UPI_QR", "UPI_COLLECT"]],
  ["CARD", ["CARD"]],
  ["NET_BANKING", ["NET_BANKING", "CORPORATE_NET_BANKING"]],
] as const;

/** Which ways of paying the page may offer. Disabling one flow of UPI, or some cards, leaves the rest of the family. */
export function offeredModes(config: PaymentModeConfig | undefined): string[] {
  const enabled = config?.enabledPaymentModes?.map((mode) => mode.type);
  const disabled = new Set(config?.disabledPaymentModes?.map((mode) => mode.type));
  return FAMILIES.filter(([family, types]) => {
    if (enabled !== undefined) return types.some((type) => enabled.includes(type));
    if (family === "UPI") return !disabled.has("UPI");
    if (family === "CARD") return !disablesWholeCard(config);
    return !disabled.has(family);
  }).map(([family]) => family);
}

/** Version 1: disabling CARD without `cardTypes` has no effect (contract 3.2). */
function disablesWholeCard(config: PaymentModeConfig | undefined): boolean {
  const entry = config?.disabledPaymentModes?.find((mode) => mode.type === "CARD");
  if (entry === undefined) return false;
  if (config?.version === "V2") return Object.keys(entry).length === 1;
  const types: unknown = entry["cardTypes"];
  return Array.isArray(types) && types.includes("CREDIT_CARD") && types.includes("DEBIT_CARD");
}
