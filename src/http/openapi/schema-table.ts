/** Every schema that the document names: the ones that run (requests) and the ones that describe (answers). */
import * as z from "zod";
import { once } from "#base";
import { createApiKeySchema, rotateApiKeySchema } from "../api-key-schemas.ts";
import { beginRestoreSchema } from "../restore.ts";
import { initiateSchemaFor, refundSchema } from "../schemas.ts";
import {
  notification,
  payment,
  paymentStatus,
  problem,
  refund,
  SHARED_SCHEMAS,
} from "./answer-schemas.ts";
import {
  apiKeyCreated,
  apiKeyList,
  apiKeyRevoked,
  apiKeyRotated,
  health,
  jwkSet,
  notificationReplayed,
  parkedNotifications,
  restoreProgress,
  SHARED_OPERATOR_SCHEMAS,
  webhookAccepted,
  webhookEvents,
} from "./operator-answers.ts";

type SchemaGetter = () => z.ZodType;

/** A provider writes its webhooks as it likes; what the gateway needs of one is read later. */
const providerWebhook = once(() =>
  z
    .looseObject({
      event: z.string().optional().describe("PhonePe v2: the event's name."),
      payload: z
        .record(z.string(), z.unknown())
        .optional()
        .describe("PhonePe v2: order or refund."),
      response: z.string().optional().describe("PhonePe v1: the event in base64."),
    })
    .describe("An event as its provider writes it. Unknown fields and events are taken."),
);

export const REQUEST_SCHEMAS = {
  InitiateRequest: once(() => initiateSchemaFor("production")),
  RefundRequest: refundSchema,
  CreateApiKeyRequest: createApiKeySchema,
  RotateApiKeyRequest: rotateApiKeySchema,
  BeginRestoreRequest: beginRestoreSchema,
  ProviderWebhook: providerWebhook,
} as const satisfies Record<string, SchemaGetter>;

export const ANSWER_SCHEMAS = {
  Payment: payment,
  PaymentStatus: paymentStatus,
  Refund: refund,
  Notification: notification,
  WebhookAccepted: webhookAccepted,
  WebhookEvents: webhookEvents,
  ParkedNotifications: parkedNotifications,
  NotificationReplayed: notificationReplayed,
  RestoreProgress: restoreProgress,
  Health: health,
  JwkSet: jwkSet,
  ApiKeyCreated: apiKeyCreated,
  ApiKeyRotated: apiKeyRotated,
  ApiKeyList: apiKeyList,
  ApiKeyRevoked: apiKeyRevoked,
  Problem: problem,
  ...SHARED_SCHEMAS,
  ...SHARED_OPERATOR_SCHEMAS,
} as const satisfies Record<string, SchemaGetter>;

export type RequestName = keyof typeof REQUEST_SCHEMAS;
export type AnswerName = keyof typeof ANSWER_SCHEMAS;
