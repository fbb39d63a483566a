/**
 * What merchants are answered (api.md 2, 4), for the document and for the tests that hold real answers against it.
 * Strict here, so that a field nobody documented is found. The document leaves answers open: fields may be added.
 */
import * as z from "zod";
import { merchantOrderIdSchema, merchantRefundIdSchema, once } from "#base";
import { type ProblemCode, PROBLEMS } from "#problems";

const PAYMENT_STATES = [
  "INITIATING",
  "PENDING",
  "COMPLETED",
  "FAILED",
  "EXPIRED",
  "BLOCKED",
] as const;
const ATTEMPT_STATES = [
  "PLANNED",
  "SENT",
  "UNKNOWN",
  "OPEN",
  "ABANDONED",
  "CAPTURED",
  "DEAD",
] as const;
const REFUND_STATES = ["PENDING", "CONFIRMED", "COMPLETED", "FAILED"] as const;
const PROVIDERS = ["phonepe", "razorpay"] as const;

/** Epoch milliseconds. */
export const timeMs = (description: string) => z.int().min(0).describe(description);
const paisa = (description: string) => z.int().min(0).describe(`${description}, in paisa.`);
const orderId = () => merchantOrderIdSchema.describe("Your id of the payment.");

const security = once(() =>
  z
    .strictObject({
      requestId: z.string().describe("The request this answer was made for."),
      keyId: z.string().describe("The API key that signed it."),
      riskScore: z.number().min(0).max(100).describe("0 is harmless, 100 is certain fraud."),
      riskDecision: z.enum(["allow", "review", "block"]).describe("What the risk rules decided."),
      riskReasons: z.array(z.string()).describe("Why, as stable codes."),
      fingerprint: z.string().nullable().describe("The payer's device, as a keyed hash."),
      degraded: z.boolean().describe("True when a part of the risk assessment was out of reach."),
      configVersion: z
        .int()
        .min(0)
        .describe("The version of your configuration that the payment was made under."),
    })
    .describe("What the gateway noted about one request."),
);

const checkout = once(() =>
  z
    .strictObject({
      script: z.url().describe("PhonePe's checkout script."),
      url: z.url().describe("The pay page for `PhonePeCheckout.transact({ tokenUrl })`."),
      mode: z.literal("iframe").describe("How it opens: in a frame over your page."),
    })
    .describe("How a web page opens the provider's pay page."),
);

const paymentShape = once(() => ({
  paymentId: z.string().describe("The gateway's id of the payment."),
  merchantOrderId: orderId(),
  state: z.enum(PAYMENT_STATES).describe("`COMPLETED` is paid and never changes."),
  amount: paisa("What the payer is asked for"),
  currency: z.literal("INR").describe("Always rupees."),
  provider: z.enum(PROVIDERS).optional().describe("Who was asked to collect the money."),
  redirectUrl: z
    .url()
    .optional()
    .describe("The pay page, with the payer's token: hand it on unchanged, and do not log it."),
  checkout: checkout().optional(),
  expireAt: timeMs("When the pay page closes."),
  createdAt: timeMs("When the payment was made."),
}));

export const payment = once(() =>
  z
    .strictObject({ ...paymentShape(), security: security() })
    .describe("A payment, as initiate answers it."),
);

const attempt = once(() =>
  z
    .strictObject({
      n: z.int().min(1).describe("Counts from 1."),
      provider: z.enum(PROVIDERS).describe("Who was asked."),
      providerOrderId: z.string().describe("The order's id at the provider."),
      state: z.enum(ATTEMPT_STATES).describe("`CAPTURED` ended with money, `DEAD` without."),
      createdAt: timeMs("When the order was planned."),
      paymentDetails: z
        .array(z.record(z.string(), z.unknown()))
        .describe("The payer's tries as the provider tells them, masked. Its fields may grow."),
    })
    .describe("One order placed at a provider for a payment."),
);

const refundShape = once(() => ({
  merchantRefundId: merchantRefundIdSchema.describe("Your id of the refund."),
  merchantOrderId: orderId(),
  state: z.enum(REFUND_STATES).describe("`COMPLETED` and `FAILED` are final."),
  queued: z
    .literal(true)
    .optional()
    .describe("Waits for its turn: the provider sees one refund of a payment at a time."),
  amount: paisa("What goes back to the payer"),
  providerRefundId: z.string().nullable().describe("The refund's id at the provider, once known."),
  reason: z
    .string()
    .optional()
    .describe("Your reason, or `duplicate_capture` for a refund the gateway made itself."),
  errorCode: z.string().optional().describe("Why it failed, as the provider says."),
  createdAt: timeMs("When it was asked for."),
}));

const refundEntry = once(() =>
  z.strictObject(refundShape()).describe("A refund, as the status of its payment lists it."),
);

export const refund = once(() =>
  z.strictObject({ ...refundShape(), security: security() }).describe("A refund, as asked for."),
);

const timelineEntry = once(() =>
  z
    .strictObject({
      at: timeMs("When it happened."),
      event: z.string().describe("What it was."),
      from: z.string().nullable().describe("The state before; null for the first."),
      to: z.string().describe("The state after."),
      cause: z.string().describe("What brought it about."),
    })
    .describe("One change of state of the payment, an attempt or a refund."),
);

const statusShape = once(() => ({
  ...paymentShape(),
  capturedAmount: paisa("What the payer has paid"),
  refundedAmount: paisa("What has gone back"),
  errorCode: z.string().nullable().describe("Why it failed, as the provider says."),
  detailedErrorCode: z.string().nullable().describe("The finer reason, where there is one."),
  review: z
    .strictObject({
      reason: z.string().describe("What does not agree."),
      at: timeMs("When it was noticed."),
    })
    .optional()
    .describe("Present while amounts or ids differ between the order and the provider's word."),
  attempts: z.array(attempt()).describe("Orders placed at providers, oldest first."),
  refunds: z.array(refundEntry()).describe("Refunds, oldest first."),
  timeline: z.array(timelineEntry()).describe("Every change of state, oldest first."),
  erasedAt: timeMs("Since when nothing of the payer is kept here.").optional(),
  confirmedBy: z
    .literal("status_api")
    .nullable()
    .describe("`status_api` once the provider's status API has confirmed the final state."),
  updatedAt: timeMs("When anything of it last changed."),
}));

export const paymentStatus = once(() =>
  z.strictObject({ ...statusShape(), security: security() }).describe("All about one payment."),
);

export const notification = once(() =>
  z
    .strictObject({
      type: z
        .enum([
          "payment.completed",
          "payment.failed",
          "payment.expired",
          "payment.review",
          "payment.refunded_duplicate",
          "refund.completed",
          "refund.failed",
        ])
        .describe("What happened."),
      timestamp: z.iso.datetime().describe("When, the same at every try."),
      sequence: z.int().min(1).describe("Grows per payment: ignore a lower one than the last."),
      data: z
        .strictObject({
          ...statusShape(),
          truncated: z
            .literal(true)
            .optional()
            .describe("The oldest details stay out, so that the body fits into 20 kB."),
        })
        .describe("The payment as it is after the event."),
    })
    .describe("What the gateway sends to your `notifyUrl`."),
);

/** Typed by the catalogue: the codes are told apart without a cast. */
export const PROBLEM_CODES = Object.keys(PROBLEMS).filter((code): code is ProblemCode =>
  Object.hasOwn(PROBLEMS, code),
);

export const problem = once(() =>
  z
    .strictObject({
      type: z.url().describe("Address of the page that explains the code."),
      title: z.string().describe("The code in words."),
      status: z.int().min(400).max(599).describe("As the HTTP status."),
      detail: z.string().describe("What it was this time. For people: branch on `code`."),
      instance: z.string().describe("The path that was asked for."),
      code: z.enum(PROBLEM_CODES).describe("Stable: branch on it."),
      requestId: z.string().describe("For the gateway's operators. Keep it."),
      errors: z
        .array(
          z.strictObject({
            pointer: z.string().describe("JSON pointer to the field."),
            code: z.string().describe("What is wrong with it, stable."),
            detail: z.string().describe("The same in words."),
          }),
        )
        .optional()
        .describe("With `validation_failed`: one entry per fault."),
    })
    .describe("An error (RFC 9457)."),
);

/** What other schemas refer to, by their names in the document. */
export const SHARED_SCHEMAS = {
  Security: security,
  Checkout: checkout,
  Attempt: attempt,
  PaymentRefund: refundEntry,
  TimelineEntry: timelineEntry,
} as const;
