/** What operators, providers and the public are answered (api.md 1, 5, 6, 7). Strict, as answers to merchants are. */
import * as z from "zod";
import { once } from "#base";
import { SCOPES, TIERS } from "#door";
import { timeMs } from "./answer-schemas.ts";

const timeOrNull = (description: string) => timeMs("").nullable().describe(description);

export const webhookAccepted = once(() =>
  z
    .strictObject({
      accepted: z.literal(true).describe("The event is durable."),
      duplicate: z.boolean().describe("It was known already."),
      matched: z
        .literal(false)
        .optional()
        .describe("Only present when the event names no order of ours: it was kept."),
    })
    .describe("A webhook was taken."),
);

const unmatchedEvent = once(() =>
  z
    .strictObject({
      at: timeMs("When it came."),
      provider: z.string().describe("Who sent it."),
      event: z.string().describe("The provider's name of the event."),
      state: z.string().describe("The state it speaks of."),
      orderId: z.string().nullable().describe("The order it names."),
      refundId: z.string().nullable().describe("The refund it names."),
      confirmedState: z
        .string()
        .nullable()
        .describe("What the provider's status API says of that order."),
      matched: z.literal(false).describe("Matched events stand in their payments."),
    })
    .describe("A verified webhook that names no order of ours."),
);

export const webhookEvents = once(() =>
  z
    .strictObject({
      events: z.array(unmatchedEvent()).describe("Newest first, at most 200."),
      alerts: z
        .array(
          z.strictObject({
            code: z.literal("webhook_silence").describe("What is wrong."),
            since: timeMs("Since when."),
          }),
        )
        .describe("`webhook_silence`: payments end, and no webhook tells of them."),
    })
    .describe("Webhooks that named no order of ours."),
);

const parkedNotification = once(() =>
  z
    .strictObject({
      merchantOrderId: z.string().describe("The payment it tells of."),
      sequence: z.int().min(1).describe("Its number within the payment."),
      type: z.string().describe("What it tells."),
      reason: z.string().describe("Why it was parked."),
      parkedAt: timeMs("When."),
    })
    .describe("A notification that waits for an operator."),
);

export const parkedNotifications = once(() =>
  z
    .strictObject({
      notifications: z.array(parkedNotification()).describe("Newest first, at most 200."),
    })
    .describe("Notifications that wait for an operator."),
);

const rows = (description: string) => z.int().min(0).describe(description);

export const restoreProgress = once(() =>
  z
    .strictObject({
      restore: z
        .strictObject({
          state: z
            .enum(["checking", "restoring", "done", "refused"])
            .describe("`checking`: files are read, nothing is changed yet."),
          manifest: z.string().describe("The backup."),
          startedAt: timeMs("When it began."),
          endedAt: timeOrNull("When it ended."),
          chunks: z
            .strictObject({ done: rows("Those put back."), of: rows("All that were checked.") })
            .describe("Files of the backup."),
          payments: z
            .strictObject({
              restored: rows("Brought back."),
              known: rows("Older copies of payments that were back already."),
              conflicts: rows("Orders that hold another payment; they stay as they are."),
              failed: rows("Not brought back: the log names them. The same call tries them again."),
            })
            .describe("Payments so far."),
          fault: z
            .strictObject({
              file: z.string().describe("The file that was refused."),
              reason: z.string().describe("Why: docs/disaster.md lists the reasons."),
            })
            .nullable()
            .describe("Why it was refused."),
        })
        .nullable()
        .describe("Null: none was begun."),
    })
    .describe("How far a restore is."),
);

export const notificationReplayed = once(() =>
  z
    .strictObject({ replayed: z.literal(true).describe("It is on its way again.") })
    .describe("A parked notification is sent again, with its full life."),
);

const auditEntry = once(() =>
  z
    .strictObject({
      sequence: z.int().min(1).describe("Its place in the chain: no number is left out."),
      hash: z.string().describe("As it stands in the sealed segment."),
      loggedAt: timeMs("When it was logged."),
      event: z
        .strictObject({
          id: z.string().describe("Unique."),
          at: timeMs("When it happened."),
          actor: z
            .strictObject({
              type: z.enum(["api_key", "provider", "system"]).describe("What it is."),
              id: z.string().describe("Which one."),
            })
            .describe("Who did it."),
          action: z.string().describe("What was done."),
          object: z
            .strictObject({
              type: z.string().describe("What it is."),
              id: z.string().describe("Which one."),
            })
            .describe("To what."),
          outcome: z.enum(["success", "refused", "failure"]).describe("With what result."),
          requestId: z.string().nullable().describe("The request that led to it."),
          address: z.string().nullable().describe("From where."),
          details: z
            .record(z.string(), z.unknown())
            .describe("More of it, persons and secrets masked. Its fields depend on the action."),
        })
        .nullable()
        .describe("Null when it does not open: the keys it was sealed under are gone."),
    })
    .describe("One entry of the audit log."),
);

export const auditPage = once(() =>
  z
    .strictObject({
      entries: z.array(auditEntry()).describe("Newest first."),
      cursor: z.string().nullable().describe("Where the next page begins; null at the end."),
    })
    .describe("A page of the audit log."),
);

const auditKey = once(() =>
  z
    .strictObject({
      kid: z.string().describe("Segments name it as `keyId`."),
      use: z.literal("sig").describe("For signatures only."),
      alg: z.literal("EdDSA").describe("Ed25519."),
      kty: z.literal("OKP").describe("Key type (RFC 8037)."),
      crv: z.literal("Ed25519").describe("The curve."),
      x: z.string().describe("The key, base64url."),
      createdAt: timeMs("When it was made."),
    })
    .describe("A public key that verifies sealed segments."),
);

export const auditKeys = once(() =>
  z
    .strictObject({
      merchantId: z.string().describe("Whose log it is."),
      keys: z.array(auditKey()).describe("Oldest first."),
      head: z
        .strictObject({
          segment: z.int().min(1).describe("The newest sealed segment."),
          headHash: z.string().describe("SHA-256 of its head."),
          lastSequence: z.int().min(1).describe("Its last entry."),
          lastHash: z.string().describe("That entry's hash."),
        })
        .nullable()
        .describe("How far the log is sealed; null before the first segment."),
    })
    .describe("What an offline verification trusts."),
);

const healthCheck = once(() =>
  z
    .strictObject({
      id: z
        .string()
        .describe(
          "`provider`, `breaker` and `token` with the provider's name, `kv`, `durable_objects`, `audit`.",
        ),
      ok: z.boolean().describe("Whether it works."),
      detail: z.string().describe("What was seen."),
      at: timeMs("When it was looked at."),
    })
    .describe("One look at something that payments depend on."),
);

export const health = once(() =>
  z
    .strictObject({
      status: z.enum(["ok", "degraded", "down"]).describe("How the gateway is."),
      version: z.string().describe("What is deployed."),
      checks: z
        .array(healthCheck())
        .optional()
        .describe("Only for a signed call with security:read: what your payments depend on."),
    })
    .describe("Whether the gateway works."),
);

const jwk = once(() =>
  z
    .strictObject({
      kid: z.string().describe("Name it in the JWE's header."),
      use: z.literal("enc").describe("For encryption only."),
      alg: z.enum(["ECDH-ES+A256KW", "RSA-OAEP-256"]).describe("The one algorithm it is for."),
      kty: z.enum(["EC", "RSA"]).describe("Key type."),
      crv: z.string().optional().describe("EC: the curve."),
      x: z.string().optional().describe("EC: x, base64url."),
      y: z.string().optional().describe("EC: y, base64url."),
      n: z.string().optional().describe("RSA: modulus, base64url."),
      e: z.string().optional().describe("RSA: exponent, base64url."),
    })
    .describe("A public key (RFC 7517)."),
);

export const jwkSet = once(() =>
  z
    .strictObject({ keys: z.array(jwk()).describe("Any of them will do.") })
    .describe("Public keys that requests are encrypted to."),
);

const apiKeyShape = once(() => ({
  id: z.string().describe("The `keyid` of its signatures."),
  name: z.string().nullable().describe("What it is for."),
  scopes: z.array(z.enum(SCOPES)).describe("What it may do."),
  tier: z.enum(TIERS).describe("Which rate limits it has."),
  allowIps: z.array(z.string()).nullable().describe("Networks it may be used from; null: any."),
  state: z
    .enum(["active", "ending", "ended", "revoked"])
    .describe("`ending` works until its overlap is over; `ended` and `revoked` are refused."),
  createdAt: timeMs("When it was made."),
  expiresAt: timeOrNull("When it ends by itself; null: never."),
  rotateAt: timeOrNull("When a successor is due; null: never."),
  predecessor: z.string().nullable().describe("The key it takes over from."),
}));

const secretShape = once(() => ({
  ...apiKeyShape(),
  secret: z.string().describe("Shown this once. It stays on your server."),
}));

export const apiKeyCreated = once(() =>
  z.strictObject(secretShape()).describe("A new API key with its secret."),
);

export const apiKeyRotated = once(() =>
  z
    .strictObject({ ...secretShape(), predecessorEndsAt: timeMs("When the old key stops.") })
    .describe("The successor of an API key with its secret."),
);

const apiKey = once(() =>
  z
    .strictObject({
      ...apiKeyShape(),
      source: z.enum(["configuration", "api"]).describe("Where it comes from."),
      createdAt: timeOrNull("When it was made; null: with the configuration."),
      endsAt: timeOrNull("When it stops or stopped working; null: no end is set."),
      successor: z.string().nullable().describe("The key that takes over from it."),
    })
    .describe("An API key, without its secret."),
);

export const apiKeyList = once(() =>
  z
    .strictObject({ apiKeys: z.array(apiKey()).describe("All keys of the merchant.") })
    .describe("API keys."),
);

export const apiKeyRevoked = once(() =>
  z
    .strictObject({
      id: z.string().describe("The key."),
      revoked: z.literal(true).describe("It is refused from now on."),
      revokedAt: timeMs("When it was revoked."),
    })
    .describe("An API key was revoked."),
);

export const SHARED_OPERATOR_SCHEMAS = {
  UnmatchedEvent: unmatchedEvent,
  ParkedNotification: parkedNotification,
  HealthCheck: healthCheck,
  AuditEntry: auditEntry,
  AuditKey: auditKey,
  JsonWebKey: jwk,
  ApiKey: apiKey,
} as const;
