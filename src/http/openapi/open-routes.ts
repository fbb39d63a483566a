import * as z from "zod";
import { merchantIdSchema, once } from "#base";
import { PROBLEM_CODES } from "./answer-schemas.ts";
import { EXAMPLES } from "./examples.ts";
import { type ParameterDoc, type RouteDoc, SIGNED_PROBLEMS } from "./route-doc.ts";

const providerName = once(() => z.string().regex(/^[a-z][a-z0-9-]{0,31}$/));
const problemCode = once(() => z.enum(PROBLEM_CODES));

const MERCHANT_ID_IN_PATH: ParameterDoc = {
  name: "merchantId",
  in: "path",
  description: "Whose webhook it is. Without it the merchant is the one whose credentials match.",
  schema: () => merchantIdSchema,
  required: true,
  example: "demo",
};

const PROVIDER_IN_PATH: ParameterDoc = {
  name: "provider",
  in: "path",
  description: "The provider's name, as configured.",
  schema: providerName,
  required: true,
  example: "razorpay",
};

const phonepeWebhook = {
  tag: "Webhooks",
  caller: { type: "phonepe" },
  description:
    "For PhonePe, v2 and (by its `X-VERIFY` header) v1. Answered 200 only once the event is durable. What it says " +
    "is a hint: the gateway asks the status API, and that answer decides.",
  request: { schema: "ProviderWebhook", required: true, examples: EXAMPLES.phonepeWebhook },
  answers: {
    200: {
      type: "json",
      description: "The event is kept.",
      schema: "WebhookAccepted",
      example: EXAMPLES.webhookAccepted,
    },
  },
  problems: [
    "body_too_large",
    "webhook_signature_invalid",
    "rate_limited",
    "ip_not_allowed",
    "malformed_json",
    "validation_failed",
    "internal_error",
  ],
} as const satisfies Omit<RouteDoc, "operationId" | "summary">;

/** Routes without a merchant's signature: providers' webhooks, and what anybody may read (api.md 1, 5). */
export const OPEN_ROUTES: Readonly<Record<string, RouteDoc>> = {
  "POST /api/payments/webhook": {
    ...phonepeWebhook,
    operationId: "receiveWebhook",
    summary: "Take a webhook of PhonePe",
  },
  "POST /api/payments/webhook/phonepe": {
    ...phonepeWebhook,
    operationId: "receivePhonePeWebhook",
    summary: "Take a webhook of PhonePe, by its name",
  },
  "POST /api/payments/webhook/phonepe/:merchantId": {
    ...phonepeWebhook,
    operationId: "receivePhonePeWebhookOfMerchant",
    summary: "Take a webhook of PhonePe for one merchant",
    parameters: [MERCHANT_ID_IN_PATH],
  },
  "POST /api/payments/webhook/:merchantId": {
    ...phonepeWebhook,
    caller: { type: "provider" },
    operationId: "receiveWebhookOfMerchant",
    summary: "Take a webhook for one merchant, or of one provider",
    description:
      "The name is a provider's, if a provider is called so, and otherwise a merchant's whose PhonePe account sends. " +
      phonepeWebhook.description,
    parameters: [
      {
        ...MERCHANT_ID_IN_PATH,
        description: "A configured provider's name, or else a merchant's id.",
      },
    ],
  },
  "POST /api/payments/webhook/:provider/:merchantId": {
    ...phonepeWebhook,
    caller: { type: "provider" },
    operationId: "receiveProviderWebhookOfMerchant",
    summary: "Take a webhook of one provider for one merchant",
    description:
      "For providers beside PhonePe: an HMAC of the raw body in hex, in the header that the configuration names. " +
      "What it says is a hint: the gateway asks the provider, and that answer decides.",
    request: { schema: "ProviderWebhook", required: true, examples: EXAMPLES.providerWebhook },
    parameters: [PROVIDER_IN_PATH, MERCHANT_ID_IN_PATH],
    problems: [...phonepeWebhook.problems, "route_not_found"],
  },
  "GET /api/payments/health": {
    operationId: "getHealth",
    tag: "Public",
    summary: "Ask whether the gateway works",
    description:
      "For monitors and load balancers. `degraded`: a circuit breaker is open, or a check failed; what does not need " +
      "it goes on. Signed by a key with security:read, the answer has `checks`, made now.",
    caller: { type: "public" },
    answers: {
      200: {
        type: "json",
        description: "How it is.",
        schema: "Health",
        example: EXAMPLES.health,
      },
    },
    // A signed call is refused as others are, but never for its scopes.
    problems: SIGNED_PROBLEMS.filter((code) => code !== "scope_missing"),
  },
  "GET /openapi.json": {
    operationId: "getOpenApi",
    tag: "Public",
    summary: "Get this document",
    description: "The API in OpenAPI 3.1, made of the schemas that check requests.",
    caller: { type: "public" },
    answers: { 200: { type: "document", description: "The document." } },
    problems: ["internal_error"],
  },
  "GET /docs": {
    operationId: "getDocs",
    tag: "Public",
    summary: "Read the documentation",
    description: "The same as a page for people.",
    caller: { type: "public" },
    answers: { 200: { type: "page", description: "The page." } },
    problems: ["internal_error"],
  },
  "GET /problems/:code": {
    operationId: "getProblem",
    tag: "Public",
    summary: "Read about an error",
    description: "What a problem's `type` points to: what the code means, and what to do.",
    caller: { type: "public" },
    parameters: [
      {
        name: "code",
        in: "path",
        description: "The `code` of the problem.",
        schema: problemCode,
        required: true,
        example: "state_conflict",
      },
    ],
    answers: { 200: { type: "page", description: "The page." } },
    problems: ["route_not_found", "internal_error"],
  },
  "GET /.well-known/jwks.json": {
    operationId: "getJwks",
    tag: "Public",
    summary: "Get the encryption keys",
    description: "Public keys (RFC 7517) that requests may be encrypted to.",
    caller: { type: "public" },
    answers: {
      200: {
        type: "json",
        description: "The keys.",
        schema: "JwkSet",
        example: EXAMPLES.jwks,
      },
    },
    problems: ["internal_error", "admission_unavailable"],
  },
};
