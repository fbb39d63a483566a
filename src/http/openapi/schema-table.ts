/** Every schema that the document names: the ones that run (requests) and the ones that describe (answers). */
import * as z from "zod";
import { once } from "#base";
import { createApiKeySchema, rotateApiKeySchema } from "../api-key-schemas.ts";
import { rotateKeysSchema } from "../keys.ts";
import { labelSchema } from "../label.ts";
import { beginRestoreSchema } from "../restore.ts";
import { initiateSchemaFor, refundSchema } from "../schemas.ts";
import { anyCredentialSchema, putConfigSchema, rollBackConfigSchema } from "../settings-schemas.ts";
import {
  notification,
  payment,
  paymentStatus,
  problem,
  refund,
  SHARED_SCHEMAS,
} from "./answer-schemas.ts";
import { complianceReport, SHARED_COMPLIANCE_SCHEMAS } from "./compliance.ts";
import { keyInventory, keysRotated, SHARED_KEY_SCHEMAS } from "./key-answers.ts";
import { customerErased, customerExport, SHARED_CUSTOMER_SCHEMAS } from "./customer-answers.ts";
import {
  apiKeyCreated,
  apiKeyList,
  apiKeyRevoked,
  apiKeyRotated,
  auditKeys,
  auditPage,
  health,
  jwkSet,
  notificationReplayed,
  parkedNotifications,
  restoreProgress,
  SHARED_OPERATOR_SCHEMAS,
  webhookAccepted,
  webhookEvents,
} from "./operator-answers.ts";
import { residency, SHARED_RESIDENCY_SCHEMAS } from "./residency.ts";
import { analytics, SHARED_ANALYTICS_SCHEMAS } from "./analytics-route.ts";
import { paymentLabelled, riskReport } from "./risk-routes.ts";
import { SHARED_SECURITY_SCHEMAS, securityStatus } from "./security-routes.ts";
import { selfTestBegun, selfTestRun } from "./self-test-routes.ts";
import {
  configHistory,
  configuration,
  credential,
  credentialList,
  SHARED_SETTINGS_SCHEMAS,
} from "./settings-answers.ts";

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
  PutConfigRequest: putConfigSchema,
  RollBackConfigRequest: rollBackConfigSchema,
  PutCredentialRequest: anyCredentialSchema,
  RotateKeysRequest: rotateKeysSchema,
  BeginRestoreRequest: beginRestoreSchema,
  LabelRequest: labelSchema,
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
  AuditPage: auditPage,
  AuditKeys: auditKeys,
  RestoreProgress: restoreProgress,
  Health: health,
  JwkSet: jwkSet,
  ApiKeyCreated: apiKeyCreated,
  ApiKeyRotated: apiKeyRotated,
  ApiKeyList: apiKeyList,
  ApiKeyRevoked: apiKeyRevoked,
  Configuration: configuration,
  ConfigHistory: configHistory,
  Credential: credential,
  CredentialList: credentialList,
  KeysRotated: keysRotated,
  KeyInventory: keyInventory,
  CustomerExport: customerExport,
  CustomerErased: customerErased,
  Residency: residency,
  ComplianceReport: complianceReport,
  PaymentLabelled: paymentLabelled,
  RiskReport: riskReport,
  Analytics: analytics,
  SecurityStatus: securityStatus,
  SelfTestBegun: selfTestBegun,
  SelfTestRun: selfTestRun,
  Problem: problem,
  ...SHARED_SCHEMAS,
  ...SHARED_OPERATOR_SCHEMAS,
  ...SHARED_SETTINGS_SCHEMAS,
  ...SHARED_KEY_SCHEMAS,
  ...SHARED_CUSTOMER_SCHEMAS,
  ...SHARED_RESIDENCY_SCHEMAS,
  ...SHARED_ANALYTICS_SCHEMAS,
  ...SHARED_SECURITY_SCHEMAS,
  ...SHARED_COMPLIANCE_SCHEMAS,
} as const satisfies Record<string, SchemaGetter>;

export type RequestName = keyof typeof REQUEST_SCHEMAS;
export type AnswerName = keyof typeof ANSWER_SCHEMAS;
