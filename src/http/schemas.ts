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
import { noted } from "./noted.ts";

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
const UDF = "Any text. It goes to PhonePe with the order.";
const UDF_NARROW = "The same, in a narrow alphabet.";
const metaInfoSchema = once(() =>
  z.strictObject({
    udf1: noted(text.optional(), UDF),
    udf2: noted(text.optional(), UDF),
    udf3: noted(text.optional(), UDF),
    udf4: noted(text.optional(), UDF),
    udf5: noted(text.optional(), UDF),
    udf6: noted(text.optional(), UDF),
    udf7: noted(text.optional(), UDF),
    udf8: noted(text.optional(), UDF),
    udf9: noted(text.optional(), UDF),
    udf10: noted(text.optional(), UDF),
    udf11: noted(narrowUdf.optional(), UDF_NARROW),
    udf12: noted(narrowUdf.optional(), UDF_NARROW),
    udf13: noted(narrowUdf.optional(), UDF_NARROW),
    udf14: noted(narrowUdf.optional(), UDF_NARROW),
    udf15: noted(narrowUdf.optional(), UDF_NARROW),
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

const customerSchema = once(() =>
  z.strictObject({
    id: noted(text.optional(), "Your id of the payer."),
    phone: noted(
      z
        .string()
        .regex(/^\+?[0-9]{10,15}$/)
        .optional(),
      "The payer's phone number.",
    ),
    email: noted(
      z
        .string()
        .max(EMAIL_MAX)
        .regex(/^[^@\s]+@[^@\s]+$/)
        .optional(),
      "The payer's address.",
    ),
  }),
);
const deviceSchema = once(() =>
  z.strictObject({
    ip: noted(z.union([z.ipv4(), z.ipv6()]).optional(), "The payer's IPv4 or IPv6 address."),
    userAgent: noted(text.optional(), "The browser's `User-Agent`."),
    id: noted(text.optional(), "Your id of the device."),
    fingerprint: noted(text.optional(), "A fingerprint that you took."),
  }),
);

export const initiateSchemaFor = (policy: UrlPolicy) =>
  z.strictObject({
    merchantOrderId: noted(
      merchantOrderIdSchema.optional(),
      "Your id of the payment. Absent: the gateway makes one.",
    ),
    amount: noted(
      z.int().min(AMOUNT_PAISA_MIN).max(AMOUNT_PAISA_MAX).pipe(amountPaisaSchema),
      "What the payer is asked for, in paisa.",
    ),
    currency: noted(z.literal("INR").default("INR"), "Rupees, and nothing else."),
    redirectUrl: noted(
      z
        .string()
        .max(URL_MAX)
        .refine((url) => isAllowedRedirect(url, policy), {
          error: "an https URL (http for localhost, in development)",
        }),
      "Where the payer returns to: an https URL (http for localhost, in development).",
    ),
    expireAfter: noted(
      z.int().min(EXPIRE_AFTER_SEC.min).max(EXPIRE_AFTER_SEC.max).default(EXPIRE_AFTER_SEC.default),
      "How long the pay page is open, in seconds.",
    ),
    message: noted(
      z.string().max(MESSAGE_MAX).optional(),
      "A text that PhonePe shows with the payment.",
    ),
    metaInfo: noted(metaInfoSchema().optional(), "Your own notes on the order, `udf1` to `udf15`."),
    customer: noted(customerSchema().optional(), "Who pays, for the risk rules."),
    device: noted(
      deviceSchema().optional(),
      "The payer's device, as you saw it, for the risk rules.",
    ),
    paymentModeConfig: noted(
      paymentModeConfigSchema().optional(),
      "As PhonePe's, V1 or V2: exactly one of `enabledPaymentModes` and `disabledPaymentModes`.",
    ),
    preferredProvider: noted(
      z.enum(["phonepe", "razorpay"]).optional(),
      "Who is asked first. Absent: the gateway decides.",
    ),
  });
export type InitiateBody = z.infer<ReturnType<typeof initiateSchemaFor>>;

export const refundSchema = once(() =>
  z.strictObject({
    merchantRefundId: merchantRefundIdSchema.describe("Your id of the refund."),
    merchantOrderId: merchantOrderIdSchema.describe("The payment it is taken from."),
    // The lower bound is 100, or all that is left: only the payment can tell (api.md 4).
    amount: noted(
      z.int().min(1).max(AMOUNT_PAISA_MAX).pipe(amountPaisaSchema),
      "What goes back, in paisa: at least 100, or all that is left.",
    ),
    reason: noted(text.optional(), "Why, in your words."),
  }),
);
export type RefundBody = z.infer<ReturnType<typeof refundSchema>>;
