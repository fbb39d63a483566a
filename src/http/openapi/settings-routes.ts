import * as z from "zod";
import { merchantIdSchema, once } from "#base";
import { BODY_PROBLEMS, type ParameterDoc, type RouteDoc, SIGNED_PROBLEMS } from "./route-doc.ts";
import { SETTINGS_EXAMPLES } from "./settings-examples.ts";

const version = once(() => z.string().regex(/^\d{1,9}$/));
const credentialName = once(() =>
  z.string().regex(/^(phonepe|razorpay|notifications|webhook:[a-z][a-z0-9-]{0,31})$/),
);

const MERCHANT_ID: ParameterDoc = {
  name: "merchantId",
  in: "path",
  description: "Your merchant's id.",
  schema: () => merchantIdSchema,
  required: true,
  example: "demo",
};

const ADMIN = { type: "signed", scope: "admin", rateClass: "security" } as const;
const WITHIN = "It counts everywhere within 60 seconds.";

/** A merchant's configuration and credentials. */
export const SETTINGS_ROUTES: Readonly<Record<string, RouteDoc>> = {
  "GET /api/admin/config/:merchantId": {
    operationId: "getConfig",
    tag: "Configuration",
    summary: "Read the configuration",
    description: "What counts for your merchant, defaults included, or an older version of it.",
    caller: ADMIN,
    parameters: [
      MERCHANT_ID,
      {
        name: "version",
        in: "query",
        description: "An older version. Absent: the newest.",
        schema: version,
        required: false,
        example: "3",
      },
    ],
    answers: {
      200: {
        type: "json",
        description: "The configuration.",
        schema: "Configuration",
        example: SETTINGS_EXAMPLES.configuration,
      },
    },
    problems: [
      ...SIGNED_PROBLEMS,
      "merchant_not_found",
      "config_version_not_found",
      "validation_failed",
    ],
  },
  "PUT /api/admin/config/:merchantId": {
    operationId: "putConfig",
    tag: "Configuration",
    summary: "Change the configuration",
    description:
      "Makes a new version of the whole configuration, if `expectedVersion` is the newest one: of two who change it at " +
      `once one is refused. ${WITHIN}`,
    caller: ADMIN,
    parameters: [MERCHANT_ID],
    request: { schema: "PutConfigRequest", required: true, examples: SETTINGS_EXAMPLES.putConfig },
    answers: {
      200: {
        type: "json",
        description: "The new version.",
        schema: "Configuration",
        example: SETTINGS_EXAMPLES.configuration,
      },
    },
    problems: [...BODY_PROBLEMS, "merchant_not_found", "version_conflict"],
  },
  "GET /api/admin/config/:merchantId/history": {
    operationId: "listConfigVersions",
    tag: "Configuration",
    summary: "List versions of the configuration",
    description: "Who changed what, when and why. The last 1,000 versions are kept.",
    caller: ADMIN,
    parameters: [
      MERCHANT_ID,
      {
        name: "before",
        in: "query",
        description: "Only versions below this one: `next` of the page before.",
        schema: version,
        required: false,
        example: "51",
      },
    ],
    answers: {
      200: {
        type: "json",
        description: "The versions.",
        schema: "ConfigHistory",
        example: SETTINGS_EXAMPLES.configHistory,
      },
    },
    problems: [...SIGNED_PROBLEMS, "merchant_not_found", "validation_failed"],
  },
  "POST /api/admin/config/:merchantId/rollback": {
    operationId: "rollBackConfig",
    tag: "Configuration",
    summary: "Go back to an older version",
    description: `Makes a new version with the content of an older one. ${WITHIN}`,
    caller: ADMIN,
    parameters: [MERCHANT_ID],
    request: {
      schema: "RollBackConfigRequest",
      required: true,
      examples: SETTINGS_EXAMPLES.rollBackConfig,
    },
    answers: {
      200: {
        type: "json",
        description: "The new version.",
        schema: "Configuration",
        example: SETTINGS_EXAMPLES.configuration,
      },
    },
    problems: [...BODY_PROBLEMS, "merchant_not_found", "version_conflict"],
  },
  "GET /api/admin/credentials/:merchantId": {
    operationId: "listCredentials",
    tag: "Configuration",
    summary: "List credentials",
    description:
      "Names, versions and who set them when. No value is ever shown, nor a part of one.",
    caller: ADMIN,
    parameters: [MERCHANT_ID],
    answers: {
      200: {
        type: "json",
        description: "The credentials.",
        schema: "CredentialList",
        example: SETTINGS_EXAMPLES.credentials,
      },
    },
    problems: [...SIGNED_PROBLEMS, "merchant_not_found"],
  },
  "PUT /api/admin/credentials/:merchantId/:name": {
    operationId: "putCredential",
    tag: "Configuration",
    summary: "Set a credential",
    description:
      "Puts a new version in the place of the current one, whole. What others sign with the old one is accepted for " +
      `\`overlapHours\`, 24 unless you say otherwise. ${WITHIN}`,
    caller: ADMIN,
    parameters: [
      MERCHANT_ID,
      {
        name: "name",
        in: "path",
        description: "Which credential.",
        schema: credentialName,
        required: true,
        example: "phonepe",
      },
    ],
    request: {
      schema: "PutCredentialRequest",
      required: true,
      examples: SETTINGS_EXAMPLES.putCredential,
    },
    answers: {
      200: {
        type: "json",
        description: "It is set.",
        schema: "Credential",
        example: SETTINGS_EXAMPLES.credential,
      },
    },
    problems: [...BODY_PROBLEMS, "merchant_not_found", "credential_not_found", "state_conflict"],
  },
};
