/** The bodies of our own API (api.md 4): strict, so that an unknown field is an error and not a surprise. */
import * as z from "zod";
import {
  AMOUNT_PAISA_MAX,
  AMOUNT_PAISA_MIN,
  amountPaisaSchema,
  merchantOrderIdSchema,
  merchantRefundIdSchema,
  once,
} from "#base";

const TEXT_MAX = 256;
const MESSAGE_MAX = 500;
const URL_MAX = 2_048;
const EMAIL_MAX = 254;
const EXPIRE_AFTER_SEC = { min: 300, max: 3_600, default: 900 } as const;

const text = z.string().max(TEXT_MAX);

/** udf1 to udf10 take any text, udf11 to udf15 a narrow alphabet without the space (contract.md 3.1, CF-17, CF-18). */
const narrowUdf = z
  .string()
  .max(50)
  .regex(/^[A-Za-z0-9_\-@.+]*$/);
const metaInfoSchema = once(() =>
  z.strictObject({
    udf1: text.optional(),
    udf2: text.optional(),
    udf3: text.optional(),
    udf4: text.optional(),
    udf5: text.optional(),
    udf6: text.optional(),
    udf7: text.optional(),
    udf8: text.optional(),
    udf9: text.optional(),
    udf10: text.optional(),
    udf11: narrowUdf.optional(),
    udf12: narrowUdf.optional(),
    udf13: narrowUdf.optional(),
    udf14: narrowUdf.optional(),
    udf15: narrowUdf.optional(),
  }),
);

const list = <Item extends z.ZodType>(item: Item) => z.array(item).min(1).max(64);
const word = z.string().regex(/^[A-Za-z0-9_]{1,64}$/);
const modeV1Schema = once(() =>
  z.strictObject({
    type: z.enum(["UPI_INTENT", "UPI_QR", "UPI_COLLECT", "NET_BANKING", "CARD"]),
    cardTypes: list(z.enum(["CREDIT_CARD", "DEBIT_CARD"])).optional(),
  }),
);
const modeV2Schema = once(() =>
  z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("UPI"),
      flows: list(z.enum(["INTENT", "COLLECT", "QR"])).optional(),
      apps: list(z.string().regex(/^[a-z]{1,32}$/)).optional(),
      instruments: list(z.enum(["BANK_ACCOUNT", "RUPAY_CC", "CREDIT_LINE"])).optional(),
    }),
    z.strictObject({
      type: z.literal("CARD"),
      types: list(z.enum(["CREDIT_CARD", "DEBIT_CARD"])).optional(),
      networks: list(word).optional(),
      variants: list(word).optional(),
      geoScopes: list(z.enum(["DOMESTIC", "INTERNATIONAL"])).optional(),
    }),
    z.strictObject({
      type: z.enum(["NET_BANKING", "CORPORATE_NET_BANKING"]),
      banks: list(word).optional(),
    }),
    z.strictObject({ type: z.literal("EMI"), types: list(z.enum(["CREDIT_CARD"])).optional() }),
    z.strictObject({ type: z.literal("WALLET"), wallets: list(word).optional() }),
  ]),
);
const exactlyOneList = {
  error: "exactly one of enabledPaymentModes and disabledPaymentModes",
};
const hasOneList = (config: {
  readonly enabledPaymentModes?: unknown;
  readonly disabledPaymentModes?: unknown;
}) => (config.enabledPaymentModes === undefined) !== (config.disabledPaymentModes === undefined);
/** As PhonePe's, V1 or V2, never mixed, never both lists (contract.md 3.2). */
const paymentModeConfigSchema = once(() =>
  z.union([
    z
      .strictObject({
        version: z.literal("V1").optional(),
        enabledPaymentModes: list(modeV1Schema()).optional(),
        disabledPaymentModes: list(modeV1Schema()).optional(),
      })
      .refine(hasOneList, exactlyOneList),
    z
      .strictObject({
        version: z.literal("V2"),
        enabledPaymentModes: list(modeV2Schema()).optional(),
        disabledPaymentModes: list(modeV2Schema()).optional(),
      })
      .refine(hasOneList, exactlyOneList),
  ]),
);

/** `development` alone lets a merchant send payers to http and to this machine (api.md 8). */
export type UrlPolicy = "development" | "production";

/** The URL goes on as it was written, so what a parser would mend (blanks, controls, backslashes) is refused. */
const PLAIN_URL = /^https?:\/\/[^\s\\\p{Cc}]+$/iu;

export function isAllowedRedirect(url: string, policy: UrlPolicy): boolean {
  if (!PLAIN_URL.test(url) || !URL.canParse(url)) return false;
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== "" || password !== "") return false;
  const host = hostname.replace(/\.$/, ""); // the final dot of a full name changes nothing
  const local = host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
  if (local) return policy === "development" && (protocol === "https:" || protocol === "http:");
  return protocol === "https:";
}

export const initiateSchemaFor = (policy: UrlPolicy) =>
  z.strictObject({
    merchantOrderId: merchantOrderIdSchema.optional(),
    amount: z.int().min(AMOUNT_PAISA_MIN).max(AMOUNT_PAISA_MAX).pipe(amountPaisaSchema),
    currency: z.literal("INR").default("INR"),
    redirectUrl: z
      .string()
      .max(URL_MAX)
      .refine((url) => isAllowedRedirect(url, policy), {
        error: "an https URL (http for localhost, in development)",
      }),
    expireAfter: z
      .int()
      .min(EXPIRE_AFTER_SEC.min)
      .max(EXPIRE_AFTER_SEC.max)
      .default(EXPIRE_AFTER_SEC.default),
    message: z.string().max(MESSAGE_MAX).optional(),
    metaInfo: metaInfoSchema().optional(),
    customer: z
      .strictObject({
        id: text.optional(),
        phone: z
          .string()
          .regex(/^\+?[0-9]{10,15}$/)
          .optional(),
        email: z
          .string()
          .max(EMAIL_MAX)
          .regex(/^[^@\s]+@[^@\s]+$/)
          .optional(),
      })
      .optional(),
    device: z
      .strictObject({
        ip: z.union([z.ipv4(), z.ipv6()]).optional(),
        userAgent: text.optional(),
        id: text.optional(),
        fingerprint: text.optional(),
      })
      .optional(),
    paymentModeConfig: paymentModeConfigSchema().optional(),
    preferredProvider: z.enum(["phonepe", "razorpay"]).optional(),
  });
export type InitiateBody = z.infer<ReturnType<typeof initiateSchemaFor>>;

export const refundSchema = once(() =>
  z.strictObject({
    merchantRefundId: merchantRefundIdSchema,
    merchantOrderId: merchantOrderIdSchema,
    // The lower bound is 100, or all that is left: only the payment can tell (api.md 4).
    amount: z.int().min(1).max(AMOUNT_PAISA_MAX).pipe(amountPaisaSchema),
    reason: text.optional(),
  }),
);
export type RefundBody = z.infer<ReturnType<typeof refundSchema>>;
