import * as z from "zod";
import { merchantOrderIdSchema, merchantRefundIdSchema, once } from "#base";
import { EXAMPLES } from "./examples.ts";
import {
  IDEMPOTENT_PROBLEMS,
  type ParameterDoc,
  type RouteDoc,
  SIGNED_PROBLEMS,
} from "./route-doc.ts";

const trueOrFalse = once(() => z.enum(["true", "false"]).default("false"));
const orderIdExample = "order-1001";

const ORDER_ID_IN_PATH: ParameterDoc = {
  name: "id",
  in: "path",
  description: "The `merchantOrderId` of the payment.",
  schema: () => merchantOrderIdSchema,
  required: true,
  example: orderIdExample,
};

/** Merchants' routes (api.md 4). */
export const MERCHANT_ROUTES: Readonly<Record<string, RouteDoc>> = {
  "POST /api/payments/initiate": {
    operationId: "initiatePayment",
    tag: "Payments",
    summary: "Start a payment",
    description:
      "Places the order at a provider and gives the address of its pay page. Repeating the call is safe: the same " +
      "`merchantOrderId` and content give the same payment, never a second order.",
    caller: { type: "signed", scope: "payments:write", rateClass: "initiate" },
    idempotent: true,
    request: { schema: "InitiateRequest", required: true, examples: EXAMPLES.initiate },
    answers: {
      200: {
        type: "json",
        description: "The payment existed already, with the same content: its present state.",
        schema: "Payment",
        example: EXAMPLES.payment,
      },
      201: {
        type: "json",
        description: "The payment is open: send the payer to `redirectUrl`.",
        schema: "Payment",
        example: EXAMPLES.payment,
      },
      202: {
        type: "json",
        description:
          "No provider has answered for sure yet. The gateway goes on by itself: ask for the status, or wait for " +
          "the notification.",
        schema: "Payment",
        example: EXAMPLES.initiating,
      },
    },
    problems: [
      ...IDEMPOTENT_PROBLEMS,
      "payment_blocked",
      "provider_rejected",
      "provider_unavailable",
    ],
  },
  "GET /api/payments/status/:id": {
    operationId: "getPaymentStatus",
    tag: "Payments",
    summary: "Read a payment",
    description:
      "All the gateway knows of a payment. With `refresh=true` it asks the provider first: ask so when the payer " +
      "returns, before you deliver.",
    caller: { type: "signed", scope: "payments:read", rateClass: "read" },
    parameters: [
      ORDER_ID_IN_PATH,
      {
        name: "refresh",
        in: "query",
        description: "Whether the provider is asked now.",
        schema: trueOrFalse,
        required: false,
        example: "true",
      },
    ],
    answers: {
      200: {
        type: "json",
        description: "The payment.",
        schema: "PaymentStatus",
        example: EXAMPLES.status,
      },
    },
    problems: [...SIGNED_PROBLEMS, "payment_not_found", "validation_failed", "provider_timeout"],
  },
  "POST /api/payments/refund": {
    operationId: "refundPayment",
    tag: "Refunds",
    summary: "Refund a payment",
    description:
      "Gives back a part or all of what the payer paid. Several refunds of one payment may be asked for; the " +
      "provider sees one at a time, and later ones wait with `queued: true`.",
    caller: { type: "signed", scope: "refunds:write", rateClass: "refund" },
    idempotent: true,
    request: { schema: "RefundRequest", required: true, examples: EXAMPLES.refund },
    answers: {
      200: {
        type: "json",
        description: "The refund existed already, with the same content: its present state.",
        schema: "Refund",
        example: EXAMPLES.refundAnswer,
      },
      201: {
        type: "json",
        description: "The refund is on its way.",
        schema: "Refund",
        example: EXAMPLES.refundAnswer,
      },
    },
    problems: [...IDEMPOTENT_PROBLEMS, "payment_not_found", "refund_exceeds_captured"],
  },
  "GET /api/payments/refund/:id": {
    operationId: "getRefundStatus",
    tag: "Refunds",
    summary: "Read a refund",
    description: "The present state of one refund.",
    caller: { type: "signed", scope: "payments:read", rateClass: "read" },
    parameters: [
      {
        name: "id",
        in: "path",
        description: "The `merchantRefundId`.",
        schema: () => merchantRefundIdSchema,
        required: true,
        example: "refund-1001-1",
      },
      {
        name: "merchantOrderId",
        in: "query",
        description: "The payment it belongs to.",
        schema: () => merchantOrderIdSchema,
        required: true,
        example: orderIdExample,
      },
    ],
    answers: {
      200: {
        type: "json",
        description: "The refund.",
        schema: "Refund",
        example: EXAMPLES.refundAnswer,
      },
    },
    problems: [...SIGNED_PROBLEMS, "refund_not_found", "validation_failed"],
  },
};
