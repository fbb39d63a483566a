/** What operators are answered about a customer. */
import * as z from "zod";
import { once } from "#base";
import { timeMs } from "./answer-schemas.ts";

const time = (description: string) => timeMs(description);
const text = (description: string) => z.string().describe(description);

const personalOfPayment = once(() =>
  z
    .strictObject({
      message: z.string().nullable().describe("`message` of initiate."),
      metaInfo: z.record(z.string(), z.string()).nullable().describe("`metaInfo` of initiate."),
      contentHash: text("A hash over the whole request: what makes a repeated one the same."),
      fingerprint: z.string().nullable().describe("The payer's device, as a keyed hash."),
      network: z.string().nullable().describe("The payer's address, as a keyed hash."),
      paymentDetails: z
        .array(
          z.strictObject({
            provider: text("Who was paid."),
            details: z.array(z.record(z.string(), z.unknown())).describe("Instruments, masked."),
          }),
        )
        .describe("One entry per attempt."),
      refundReasons: z
        .array(
          z.strictObject({
            merchantRefundId: text("The refund."),
            reason: z.string().nullable().describe("Your words."),
          }),
        )
        .describe("One entry per refund."),
      notifications: z
        .array(
          z.strictObject({ type: text("What it tells."), data: z.unknown().describe("Its data.") }),
        )
        .describe("What your server has not taken yet."),
      keptAnswers: z
        .array(
          z.strictObject({
            at: time("When it was given."),
            outcome: text("What was answered."),
            body: text("The answer."),
          }),
        )
        .describe("First answers to your idempotency keys, for a week."),
    })
    .describe("What may be about the person."),
);

const customerPayment = once(() =>
  z
    .strictObject({
      merchantOrderId: text("Your id of the payment."),
      paymentId: text("The gateway's id."),
      state: text("How it stands."),
      amount: z.int().describe("In paisa."),
      createdAt: time("When it was made."),
      erasedAt: timeMs("").nullable().describe("Since when nothing of the payer is kept here."),
      customer: z
        .string()
        .nullable()
        .describe(
          "The hash of your id of the payer, by which the payment is found; null: erased, or none named.",
        ),
      redirectUrl: text("Where the payer was sent back to."),
      riskScore: z.number().describe("What the risk rules made of it."),
      riskReasons: z.array(z.string()).describe("Why."),
      personal: personalOfPayment().nullable().describe("Null once it is erased."),
    })
    .describe("What one payment holds of a customer."),
);

export const customerExport = once(() =>
  z
    .strictObject({
      customerId: text("Your id of the customer."),
      erasedAt: timeMs("").nullable().describe("When the customer was last erased; null: never."),
      payments: z.array(customerPayment()).describe("At most 50 a page."),
      next: z
        .string()
        .nullable()
        .describe("`after` of the next page; null: this was the last one."),
      places: z
        .array(
          z.strictObject({
            field: text("Which field."),
            place: text("Where it lies, how long."),
            from: text("Where it comes from."),
          }),
        )
        .describe("Where each field lies."),
    })
    .describe("All that is kept of one of your customers."),
);

export const customerErased = once(() =>
  z
    .strictObject({
      customerId: text("Your id of the customer."),
      erasedAt: time("Since when nothing of the person can be read."),
      payments: z.int().min(0).describe("Payments of the person that were erased."),
      pending: z
        .int()
        .min(0)
        .describe(
          "Of these, those that have not confirmed yet; they are told again by themselves.",
        ),
      kept: z
        .array(
          z.strictObject({
            what: text("What is kept."),
            why: text("Which law asks for it."),
            where: text("Where it lies, how long."),
          }),
        )
        .describe("What outlives an erasure; nothing of it names the person."),
    })
    .describe("A customer was erased."),
);

export const SHARED_CUSTOMER_SCHEMAS = {
  CustomerPayment: customerPayment,
  CustomerPersonal: personalOfPayment,
} as const;
