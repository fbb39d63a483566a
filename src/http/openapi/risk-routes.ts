/** How the routes of risk are described. */
import * as z from "zod";
import { merchantOrderIdSchema, once } from "#base";
import { timeMs } from "./answer-schemas.ts";
import { BODY_PROBLEMS, type RouteDoc, SIGNED_PROBLEMS } from "./route-doc.ts";

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

const advice = () => z.enum(["allow", "review", "block"]);

export const riskReport = once(() =>
  z
    .strictObject({
      mode: z.enum(["off", "shadow", "enforce"]).describe("As it is configured."),
      model: z
        .strictObject({
          name: z.enum(["reference", "none"]).describe("The model that counts."),
          sha256: z.string().nullable().describe("Of its file; null: there is none."),
        })
        .describe("What scores payments."),
      shadowModel: z
        .enum(["reference", "none"])
        .nullable()
        .describe("Scores beside it and acts on nothing; null: none is configured."),
      comparison: z
        .array(
          z.strictObject({
            active: advice().describe("What the active model advised."),
            shadow: advice().describe("What the shadow model advised."),
            payments: z.int().min(1).describe("How many payments."),
          }),
        )
        .describe("Payments by what both models advised."),
      drift: z
        .array(
          z.strictObject({
            feature: z.string().describe("A feature of the model."),
            psi: z.number().describe("Population stability index against the training data."),
            alert: z.boolean().describe("Above 0.25: it looks like other payments."),
          }),
        )
        .describe("Empty before 1,000 payments."),
    })
    .describe("How payments are scored."),
);

export const RISK_ROUTES: Readonly<Record<string, RouteDoc>> = {
  "GET /api/admin/risk": {
    operationId: "getRisk",
    tag: "Operations",
    summary: "See how payments are scored",
    description:
      "Which model counts, whether your payments still look like those that it learned, and what a shadow model would have " +
      "decided. Promote or roll back a model with a version of the configuration.",
    caller: { type: "signed", scope: "security:read", rateClass: "security" },
    answers: {
      200: {
        type: "json",
        description: "How they are scored.",
        schema: "RiskReport",
        example: {
          mode: "shadow",
          model: {
            name: "none",
            sha256: null,
          },
          shadowModel: "reference",
          comparison: [
            { active: "allow", shadow: "allow", payments: 9_871 },
            { active: "allow", shadow: "review", payments: 32 },
          ],
          drift: [{ feature: "amount", psi: 0.31, alert: true }],
        },
      },
    },
    problems: SIGNED_PROBLEMS,
  },
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
