/**
 * What is set of a merchant, in the form in which it is written: JSON of `BOOTSTRAP`, of the API and of the vault. The
 * same rules hold in all three; `BOOTSTRAP` ignores fields that it does not know, the API refuses them.
 */
import * as z from "zod";
import { allowListSchema, merchantIdSchema, once, MODEL_NAMES, RULE_IDS } from "#base";
import { NOTIFY_SECRET } from "./notification-signature.ts";
import { publicJwkSchema } from "./public-jwk.ts";

/** What an API key may do (api.md 1). */
export const SCOPES = [
  "payments:write",
  "payments:read",
  "refunds:write",
  "security:read",
  "security:write",
  "admin",
] as const;
export type Scope = (typeof SCOPES)[number];

export const TIERS = ["standard", "plus", "enterprise"] as const;
export type Tier = (typeof TIERS)[number];

/** Endpoints that share a rate window (api.md 4). */
export const RATE_CLASSES = ["initiate", "refund", "read", "security"] as const;
export type RateClass = (typeof RATE_CLASSES)[number];

/** A window longer than this is not restored after an eviction, so it cannot be set. */
export const RATE_WINDOW_SEC_MAX = 300;
const RATE_QUOTA_MAX = 10_000;
const ORIGINS_MAX = 64;
const PROVIDERS = ["phonepe", "razorpay"] as const;
const BANDS_MAX = 16;
/** Values that are still accepted beside the current one. */
const PREVIOUS_MAX = 8;

/** A provider of the merchant's own that sends webhooks; those we have clients for have sections of their own. */
export const WEBHOOK_PROVIDER = /^[a-z][a-z0-9-]{0,31}$/;

/** Makes an object's schema: one that ignores unknown fields or one that refuses them. */
type ObjectOf = <Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
) => z.ZodObject<z.core.util.Writeable<Shape>>;

const text = z.string().min(1);
const quota = z.int().min(1).max(RATE_QUOTA_MAX);
const windowSec = z.int().min(1).max(RATE_WINDOW_SEC_MAX);
const notifySecret = z.string().regex(NOTIFY_SECRET);

/** One value or several, as several: what is replaced twice in a day is accepted in three versions. */
function oneOrMore<Item extends z.ZodType>(item: Item) {
  const many = z.array(item).max(PREVIOUS_MAX);
  return z.preprocess((given) => (Array.isArray(given) ? given : [given]), many).optional();
}

const apiKeyForm = once(() =>
  z.object({
    id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
    secret: text,
    scopes: z.array(z.enum(SCOPES)),
    tier: z
      .enum(TIERS, { error: (issue) => `unknown tier ${JSON.stringify(issue.input)}` })
      .default("standard"),
    revoked: z.boolean().default(false),
    /** Where calls with this key may come from, beside what the merchant's own list says. */
    allowIps: allowListSchema().optional(),
  }),
);

/** Who a payment goes to first, and whether another may stand in (docs/deploy.md). */
const routingForm = (object: ObjectOf) =>
  object({
    bands: z
      .array(
        object({
          fromPaisa: z.int().min(0),
          toPaisa: z.int().min(0),
          provider: z.enum(PROVIDERS),
        }),
      )
      .max(BANDS_MAX)
      .default([]),
    weights: z.partialRecord(z.enum(PROVIDERS), z.int().min(0).max(10_000)).default({}),
    primary: z.enum(PROVIDERS).default("phonepe"),
    failover: z.boolean().default(true),
  });

const quotaForm = (object: ObjectOf) =>
  object({ quota, windowSec, burst: object({ quota, windowSec }).optional() });

const RISK_LIST_MAX = 10_000;
const RULES_MAX = 50;
const modelName = z.enum(MODEL_NAMES);

const riskList = () => z.array(z.string()).max(RISK_LIST_MAX);

/** docs/risk.md; what is absent has its default there. */
const riskForm = (object: ObjectOf) => {
  return object({
    mode: z.enum(["off", "shadow", "enforce"]).default("shadow"),
    blockCustomers: riskList().default([]),
    allowCustomers: riskList().optional(),
    blockDevices: riskList().optional(),
    rules: z
      .array(
        object({
          id: z.enum(RULE_IDS),
          threshold: z.number().min(0),
          weight: z.number().min(-100).max(100),
          enabled: z.boolean(),
        }),
      )
      .max(RULES_MAX)
      .optional(),
    costs: object({
      reviewPaisa: z.number().min(0),
      reviewMissesShare: z.number().min(0).max(1),
      blockPaisa: z.number().min(0),
      blockAmountShare: z.number().min(0).max(1),
    }).optional(),
    model: modelName.optional(),
    shadowModel: modelName.optional(),
    modelMayBlock: z.boolean().optional(),
  });
};

/** What is no secret of a merchant. */
const configShape = (object: ObjectOf) => ({
  /** Where the merchant is told (api.md 6); without it nothing is sent. */
  notifyUrl: z.string().optional(),
  /** Web pages that may call from a browser (HDR-4). */
  origins: z
    .array(z.string().refine(isExactOrigin, "not an exact web origin"))
    .max(ORIGINS_MAX)
    .default([]),
  /** Where signed calls with any of the keys may come from. */
  allowIps: allowListSchema().optional(),
  routing: routingForm(object).optional(),
  /** Replaces the tier's limits of a class, for every key of the merchant. */
  limits: z.partialRecord(z.enum(RATE_CLASSES), quotaForm(object)).default({}),
  /** The merchant's public key: answers are encrypted to it where asked for (api.md 4). */
  jwk: publicJwkSchema().optional(),
  /** Bodies in the clear are refused. */
  requireEncryption: z.boolean().default(false),
  risk: riskForm(object).default({ mode: "shadow", blockCustomers: [] }),
});

const phonepeShape = () => ({
  clientId: text,
  clientSecret: text,
  clientVersion: z.int().min(1),
  webhookUsername: text,
  webhookPassword: text,
  /** HMAC mode: the secret key that PhonePe's dashboard shows at creation (contract.md 6.2). */
  webhookHmacSecret: text.optional(),
  /** Where webhooks may come from, instead of PhonePe's published addresses. */
  webhookIps: allowListSchema().optional(),
  /** PhonePe's own id of the merchant; needed for v1's status call only. */
  merchantId: text.optional(),
  /** PhonePe v1, for merchants who still have it (contract.md 6.8). */
  saltKey: text.optional(),
  saltIndex: z.int().min(1).optional(),
});

/** Razorpay, the backup provider. */
const razorpayShape = () => ({
  keyId: text,
  keySecret: text,
  webhookSecret: text,
  /** Where webhooks may come from. */
  webhookIps: allowListSchema().optional(),
});

/** A provider that we have no client for and that signs its webhooks with an HMAC of the raw body in hex. */
const webhookShape = () => ({
  header: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  hash: z.enum(["SHA-256", "SHA-512"]),
  secret: text,
  /** Where its webhooks may come from. */
  allowIps: allowListSchema().optional(),
});

/** What PhonePe may still prove itself by while its side is being switched over (PP-11). */
const phonepePrevious = once(() =>
  z.object({
    username: text.optional(),
    password: text.optional(),
    hmacSecret: text.optional(),
    saltKey: text.optional(),
    saltIndex: z.int().min(1).optional(),
  }),
);
export type PhonePePrevious = z.infer<ReturnType<typeof phonepePrevious>>;

const loose: ObjectOf = (shape) => z.object(shape);
const strict: ObjectOf = (shape) => z.strictObject(shape);

/** A merchant of `BOOTSTRAP` (api.md 8). Unknown fields are ignored. */
export const merchantForm = once(() =>
  z.object({
    id: merchantIdSchema,
    apiKeys: z.array(apiKeyForm()),
    ...configShape(loose),
    ...credentialsShape(),
  }),
);
export type MerchantForm = z.infer<ReturnType<typeof merchantForm>>;

function credentialsShape() {
  return {
    phonepe: z
      .object({ ...phonepeShape(), webhookPrevious: oneOrMore(phonepePrevious()) })
      .optional(),
    /** Razorpay goes on signing what it repeats with the secret that was current when it was first sent. */
    razorpay: z.object({ ...razorpayShape(), webhookSecretPrevious: oneOrMore(text) }).optional(),
    webhooks: z
      .array(
        z.object({
          provider: z
            .string()
            .regex(WEBHOOK_PROVIDER)
            .refine(
              (name) => name !== "phonepe" && name !== "razorpay",
              "has a section of its own",
            ),
          ...webhookShape(),
          secretPrevious: oneOrMore(text),
        }),
      )
      .default([]),
    notifySecret: notifySecret.optional(),
    /** Signs beside the current one while a secret is being rotated (WHK-3). */
    notifySecretPrevious: oneOrMore(notifySecret),
  };
}

/** All credentials of a merchant, with those that are still accepted beside them. */
export const credentialsForm = once(() => z.object(credentialsShape()));
export type CredentialsForm = z.infer<ReturnType<typeof credentialsForm>>;

/** A configuration as it was stored: fields of a newer version are ignored, missing ones have their defaults. */
export const storedConfigForm = once(() => z.object(configShape(loose)));
/** A configuration as it is given to the API: unknown fields are refused. */
export const configForm = once(() => strict(configShape(strict)));
export type ConfigForm = z.infer<ReturnType<typeof storedConfigForm>>;

/** A credential as it is given to the API, by kind. What is still accepted of the one before is the vault's business. */
export const CREDENTIAL_FORMS = {
  phonepe: once(() => z.strictObject(phonepeShape())),
  razorpay: once(() => z.strictObject(razorpayShape())),
  webhook: once(() => z.strictObject(webhookShape())),
  notifications: once(() => z.strictObject({ secret: notifySecret })),
} as const;
export type CredentialKind = keyof typeof CREDENTIAL_FORMS;

/** As a browser sends it in `Origin`: nothing to mend, no wildcard, https (http for this machine). */
function isExactOrigin(origin: string): boolean {
  if (origin.includes("*") || !URL.canParse(origin)) return false;
  const { origin: exact, protocol, hostname } = new URL(origin);
  const local =
    hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
  return exact === origin && (protocol === "https:" || (protocol === "http:" && local));
}
