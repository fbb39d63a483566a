import * as z from "zod";
import { merchantOrderIdSchema, once } from "#base";
import type { auditQuerySchema } from "../audit.ts";
import { EXAMPLES } from "./examples.ts";
import { BODY_PROBLEMS, type ParameterDoc, type RouteDoc, SIGNED_PROBLEMS } from "./route-doc.ts";

const apiKeyId = once(() => z.string().regex(/^[A-Za-z0-9_-]{1,64}$/));
const wholeNumber = once(() => z.string().regex(/^\d{1,15}$/));
const someText = once(() => z.string().max(200));
const onlyFalse = once(() => z.literal("false"));
const onlyParked = once(() => z.literal("parked"));

const API_KEY_ID_IN_PATH: ParameterDoc = {
  name: "id",
  in: "path",
  description: "The API key's id.",
  schema: apiKeyId,
  required: true,
  example: "ak_test_01",
};

/** As `auditQuerySchema` takes them. */
const AUDIT_PARAMETERS: readonly ParameterDoc[] = [
  optional("from", wholeNumber, ["Logged at or after this moment, epoch ms.", "1795600000000"]),
  optional("to", wholeNumber, ["Logged at or before this moment, epoch ms.", "1795686400000"]),
  optional("action", someText, ["Only this action.", "api_key.revoked"]),
  optional("object", someText, ["Only what was done to the object of this id.", "order-1001"]),
  optional("limit", wholeNumber, ["Entries a page: 1 to 100, 50 if you do not say.", "50"]),
  optional("cursor", wholeNumber, ["Where to go on: `cursor` of the page before.", "4711"]),
];

function optional(
  name: keyof z.infer<ReturnType<typeof auditQuerySchema>>,
  schema: ParameterDoc["schema"],
  [description, example]: readonly [string, string],
): ParameterDoc {
  return { name, in: "query", description, schema, required: false, example };
}

const ADMIN = { type: "signed", scope: "admin", rateClass: "security" } as const;

/** Operators' routes: what went astray, and API keys (api.md 1, 5, 6). */
export const OPERATOR_ROUTES: Readonly<Record<string, RouteDoc>> = {
  "GET /api/payments/webhook-events": {
    operationId: "listWebhookEvents",
    tag: "Operations",
    summary: "List unmatched webhooks",
    description:
      "Verified webhooks that named no order of ours, and whether webhooks have gone silent altogether.",
    caller: { type: "signed", scope: "security:read", rateClass: "security" },
    parameters: [
      {
        name: "matched",
        in: "query",
        description: "Only `false`: matched events stand in their payments.",
        schema: onlyFalse,
        required: true,
        example: "false",
      },
    ],
    answers: {
      200: {
        type: "json",
        description: "The events.",
        schema: "WebhookEvents",
        example: EXAMPLES.webhookEvents,
      },
    },
    problems: [...SIGNED_PROBLEMS, "validation_failed"],
  },
  "GET /api/payments/notifications": {
    operationId: "listParkedNotifications",
    tag: "Operations",
    summary: "List parked notifications",
    description:
      "Notifications that your server did not take for 72 hours and that wait for an operator.",
    caller: { type: "signed", scope: "security:read", rateClass: "security" },
    parameters: [
      {
        name: "state",
        in: "query",
        description: "Only `parked`: the others are on their way.",
        schema: onlyParked,
        required: true,
        example: "parked",
      },
    ],
    answers: {
      200: {
        type: "json",
        description: "The notifications.",
        schema: "ParkedNotifications",
        example: EXAMPLES.parked,
      },
    },
    problems: [...SIGNED_PROBLEMS, "validation_failed"],
  },
  "POST /api/payments/notifications/:id/:sequence/replay": {
    operationId: "replayNotification",
    tag: "Operations",
    summary: "Send a parked notification again",
    description: "It is sent with its full life of 72 hours, and its address is turned on again.",
    caller: { type: "signed", scope: "security:write", rateClass: "security" },
    parameters: [
      {
        name: "id",
        in: "path",
        description: "The `merchantOrderId` of the payment it tells of.",
        schema: () => merchantOrderIdSchema,
        required: true,
        example: "order-1001",
      },
      {
        name: "sequence",
        in: "path",
        description: "Its number within the payment.",
        schema: wholeNumber,
        required: true,
        example: "3",
      },
    ],
    answers: {
      202: {
        type: "json",
        description: "It is on its way.",
        schema: "NotificationReplayed",
        example: EXAMPLES.replayed,
      },
    },
    problems: [...SIGNED_PROBLEMS, "payment_not_found", "state_conflict"],
  },
  "GET /api/payments/audit": {
    operationId: "searchAuditLog",
    tag: "Operations",
    summary: "Read the audit log",
    description:
      "Your merchant's log of the last 12 months, newest first. A page looks at a bounded part of it: go on with " +
      "`cursor` until it is null, even when a page is empty. Reading is logged too, once per key and hour.",
    caller: { type: "signed", scope: "security:read", rateClass: "security" },
    parameters: AUDIT_PARAMETERS,
    answers: {
      200: {
        type: "json",
        description: "A page of entries.",
        schema: "AuditPage",
        example: EXAMPLES.auditPage,
      },
    },
    problems: [...SIGNED_PROBLEMS, "validation_failed"],
  },
  "GET /api/payments/audit/keys": {
    operationId: "getAuditKeys",
    tag: "Operations",
    summary: "Get what verifies the audit log",
    description:
      "The public keys that sealed segments are signed with, and the newest of them. Keep the answer: with it and the " +
      "segments `npm run audit:verify` proves the log offline.",
    caller: { type: "signed", scope: "security:read", rateClass: "security" },
    answers: {
      200: {
        type: "json",
        description: "Keys and head.",
        schema: "AuditKeys",
        example: EXAMPLES.auditKeys,
      },
    },
    problems: SIGNED_PROBLEMS,
  },
  "POST /api/admin/restore": {
    operationId: "beginRestore",
    tag: "Operations",
    summary: "Restore a backup",
    description:
      "Into an empty deployment that was started with a `RESTORE_TOKEN`; elsewhere there is no such route. Every file is " +
      "checked before anything is changed. The same call again tells how far it is.",
    caller: ADMIN,
    request: { schema: "BeginRestoreRequest", required: true, examples: EXAMPLES.beginRestore },
    answers: {
      202: {
        type: "json",
        description: "It is under way.",
        schema: "RestoreProgress",
        example: EXAMPLES.restoreProgress,
      },
    },
    problems: [...BODY_PROBLEMS, "route_not_found", "state_conflict"],
  },
  "GET /api/admin/restore": {
    operationId: "getRestoreProgress",
    tag: "Operations",
    summary: "See how far a restore is",
    description: "In a deployment that was started with a `RESTORE_TOKEN`.",
    caller: ADMIN,
    answers: {
      200: {
        type: "json",
        description: "How far it is.",
        schema: "RestoreProgress",
        example: EXAMPLES.restoreProgress,
      },
    },
    problems: [...SIGNED_PROBLEMS, "route_not_found"],
  },
  "POST /api/payments/api-keys": {
    operationId: "createApiKey",
    tag: "API keys",
    summary: "Make an API key",
    description:
      "Makes a key of your own merchant. Its secret is shown this once. The body may be left out.",
    caller: ADMIN,
    request: { schema: "CreateApiKeyRequest", required: false, examples: EXAMPLES.createApiKey },
    answers: {
      201: {
        type: "json",
        description: "The key with its secret.",
        schema: "ApiKeyCreated",
        example: EXAMPLES.newApiKey,
      },
    },
    problems: [...BODY_PROBLEMS, "state_conflict"],
  },
  "GET /api/payments/api-keys": {
    operationId: "listApiKeys",
    tag: "API keys",
    summary: "List API keys",
    description: "All keys of your merchant, without their secrets.",
    caller: ADMIN,
    answers: {
      200: {
        type: "json",
        description: "The keys.",
        schema: "ApiKeyList",
        example: EXAMPLES.apiKeys,
      },
    },
    problems: SIGNED_PROBLEMS,
  },
  "POST /api/payments/api-keys/:id/rotate": {
    operationId: "rotateApiKey",
    tag: "API keys",
    summary: "Rotate an API key",
    description:
      "Makes its successor with the same scopes, tier and networks. Both work until `predecessorEndsAt`: 24 hours " +
      "unless you say otherwise. The body may be left out.",
    caller: ADMIN,
    parameters: [API_KEY_ID_IN_PATH],
    request: { schema: "RotateApiKeyRequest", required: false, examples: EXAMPLES.rotateApiKey },
    answers: {
      201: {
        type: "json",
        description: "The successor with its secret.",
        schema: "ApiKeyRotated",
        example: EXAMPLES.rotatedApiKey,
      },
    },
    problems: [...BODY_PROBLEMS, "api_key_not_found", "state_conflict"],
  },
  "POST /api/payments/api-keys/:id/revoke": {
    operationId: "revokeApiKey",
    tag: "API keys",
    summary: "Revoke an API key",
    description: "The key is refused from now on. There is no way back: make a new one.",
    caller: ADMIN,
    parameters: [API_KEY_ID_IN_PATH],
    answers: {
      200: {
        type: "json",
        description: "The key is revoked.",
        schema: "ApiKeyRevoked",
        example: EXAMPLES.revokedApiKey,
      },
    },
    problems: [...SIGNED_PROBLEMS, "api_key_not_found"],
  },
};
