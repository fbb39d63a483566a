/** How the routes of risk are described. */
import * as z from "zod";
import { merchantOrderIdSchema, once } from "#base";
import { timeMs } from "./answer-schemas.ts";
import { BODY_PROBLEMS, type RouteDoc } from "./route-doc.ts";

export const paymentLabelled = once(() =>
  z
    .strictObject({
      merchantOrderId: z.string().describe("The payment."),
      verdict: z.enum(["fraud", "disputed", "legit"]).describe("What it turned out to be."),
      releasedUntil: timeMs("")
        .nullable()
        .describe("Until when no score blocks its customer; null: nobody was released."),
    })
    .describe("A payment was labelled."),
);

export const RISK_ROUTES: Readonly<Record<string, RouteDoc>> = {
  "POST /api/admin/payments/:id/label": {
    operationId: "labelPayment",
    tag: "Operations",
    summary: "Say what a payment turned out to be",
    description:
      "Your word on a payment: risk learns it, fraud with a delay of seven days. A customer whose good payment was blocked " +
      "can be released. The last verdict counts; repeating one changes nothing.",
    caller: { type: "signed", scope: "security:write", rateClass: "security" },
    parameters: [
      {
        name: "id",
        in: "path",
        description: "The payment's `merchantOrderId`.",
        schema: () => merchantOrderIdSchema,
        required: true,
        example: "order-1001",
      },
    ],
    request: {
      schema: "LabelRequest",
      required: true,
      examples: {
        fraud: { verdict: "fraud", release: false, reason: "the bank reported it" },
        released: { verdict: "legit", release: true, reason: "a regular customer who moved" },
      },
    },
    answers: {
      200: {
        type: "json",
        description: "It is learned.",
        schema: "PaymentLabelled",
        example: {
          merchantOrderId: "order-1001",
          verdict: "legit",
          releasedUntil: 1_798_192_000_000,
        },
      },
    },
    problems: [...BODY_PROBLEMS, "payment_not_found"],
  },
};
