import * as z from "zod";
import { allowListSchema, type Cidr, type MerchantId, merchantIdSchema, once } from "#base";
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

const quota = z.int().min(1).max(RATE_QUOTA_MAX);
const windowSec = z.int().min(1).max(RATE_WINDOW_SEC_MAX);
const quotaSettingSchema = once(() =>
  z.object({ quota, windowSec, burst: z.object({ quota, windowSec }).optional() }),
);
/** At most `quota` calls in any `windowSec`, and of these at most `burst.quota` in any `burst.windowSec`. */
export type QuotaSetting = z.infer<ReturnType<typeof quotaSettingSchema>>;

const apiKeySchema = once(() =>
  z.object({
    id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
    secret: z.string().min(1),
    scopes: z.array(z.enum(SCOPES)),
    tier: z
      .enum(TIERS, { error: (issue) => `unknown tier ${JSON.stringify(issue.input)}` })
      .default("standard"),
    revoked: z.boolean().default(false),
    /** Where calls with this key may come from, beside what the merchant's own list says. */
    allowIps: allowListSchema().optional(),
  }),
);

const phonepeSchema = once(() =>
  z.object({
    clientId: z.string().min(1),
    clientSecret: z.string().min(1),
    clientVersion: z.int().min(1),
    webhookUsername: z.string().min(1),
    webhookPassword: z.string().min(1),
    /** HMAC mode: the secret key that PhonePe's dashboard shows at creation (contract.md 6.2). */
    webhookHmacSecret: z.string().min(1).optional(),
    /** Still accepted while PhonePe's side is being switched over (PP-11). */
    webhookPrevious: z
      .object({
        username: z.string().min(1).optional(),
        password: z.string().min(1).optional(),
        hmacSecret: z.string().min(1).optional(),
      })
      .optional(),
    /** Where webhooks may come from, instead of PhonePe's published addresses. */
    webhookIps: allowListSchema().optional(),
    /** PhonePe's own id of the merchant; needed for v1's status call only. */
    merchantId: z.string().min(1).optional(),
    /** PhonePe v1, for merchants who still have it (contract.md 6.8). */
    saltKey: z.string().min(1).optional(),
    saltIndex: z.int().min(1).optional(),
  }),
);

/** Razorpay, the backup provider. */
const razorpaySchema = once(() =>
  z.object({
    keyId: z.string().min(1),
    keySecret: z.string().min(1),
    webhookSecret: z.string().min(1),
    /** Razorpay goes on signing what it repeats with the secret that was current when it was first sent. */
    webhookSecretPrevious: z.string().min(1).optional(),
    /** Where webhooks may come from. */
    webhookIps: allowListSchema().optional(),
  }),
);

/** A provider that we have no client for and that signs its webhooks with an HMAC of the raw body in hex. */
const webhookSchema = once(() =>
  z.object({
    provider: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/)
      .refine((name) => name !== "phonepe" && name !== "razorpay", "has a section of its own"),
    header: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
    hash: z.enum(["SHA-256", "SHA-512"]),
    secret: z.string().min(1),
    /** Still accepted while the secret is being rotated. */
    secretPrevious: z.string().min(1).optional(),
    /** Where its webhooks may come from. */
    allowIps: allowListSchema().optional(),
  }),
);

const riskSchema = once(() =>
  z.object({
    mode: z.enum(["off", "shadow", "enforce"]).default("shadow"),
    blockCustomers: z.array(z.string()).default([]),
  }),
);

const ORIGINS_MAX = 64;
const PROVIDERS = ["phonepe", "razorpay"] as const;
const BANDS_MAX = 16;

/** Which provider a payment goes to first, and whether another may stand in (docs/deploy.md). */
const routingSchema = once(() =>
  z.object({
    bands: z
      .array(
        z.object({
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
  }),
);

const merchantSchema = once(() =>
  z.object({
    id: merchantIdSchema,
    apiKeys: z.array(apiKeySchema()),
    /** Where signed calls with any of the keys may come from. */
    allowIps: allowListSchema().optional(),
    /** Web pages that may call from a browser (HDR-4). */
    origins: z
      .array(z.string().refine(isExactOrigin, "not an exact web origin"))
      .max(ORIGINS_MAX)
      .default([])
      .transform((origins): ReadonlySet<string> => new Set(origins)),
    phonepe: phonepeSchema().optional(),
    razorpay: razorpaySchema().optional(),
    routing: routingSchema().optional(),
    webhooks: z.array(webhookSchema()).default([]),
    /** Where the merchant is told (api.md 6); without it nothing is sent. */
    notifyUrl: z.string().optional(),
    notifySecret: z.string().regex(NOTIFY_SECRET).optional(),
    /** Signs beside the current one while a secret is being rotated (WHK-3). */
    notifySecretPrevious: z.string().regex(NOTIFY_SECRET).optional(),
    /** Replaces the tier's limits of a class, for every key of the merchant. */
    limits: z.partialRecord(z.enum(RATE_CLASSES), quotaSettingSchema()).default({}),
    /** The merchant's public key: answers are encrypted to it where asked for (api.md 4). */
    jwk: publicJwkSchema().optional(),
    /** Bodies in the clear are refused. */
    requireEncryption: z.boolean().default(false),
    risk: riskSchema().default({ mode: "shadow", blockCustomers: [] }),
  }),
);

/** The `BOOTSTRAP` secret (api.md 8). Unknown fields are ignored. */
const bootstrapSchema = once(() => z.object({ merchants: z.array(merchantSchema()) }));

export type Merchant = z.infer<ReturnType<typeof merchantSchema>>;
export type RazorpayCredentials = z.infer<ReturnType<typeof razorpaySchema>>;
export type PhonePeCredentials = z.infer<ReturnType<typeof phonepeSchema>>;

export interface ApiKey {
  readonly id: string;
  readonly secret: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly tier: Tier;
  readonly revoked: boolean;
  readonly allowIps?: readonly Cidr[] | undefined;
  readonly merchant: Merchant;
}

/** All merchants and keys of this deployment, looked up in maps: an id from a request is never a property name. */
export interface Directory {
  readonly merchants: ReadonlyMap<MerchantId, Merchant>;
  readonly apiKeys: ReadonlyMap<string, ApiKey>;
}

/**
 * Reads the `BOOTSTRAP` secret. Throws with the path of the fault, never with a value of the secret: a
 * deployment whose configuration is broken must not answer at all.
 */
export function parseDirectory(bootstrap: string): Directory {
  const parsed = bootstrapSchema().safeParse(parseJson(bootstrap));
  if (!parsed.success) {
    const places = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${reason(issue)}`);
    throw new Error(`BOOTSTRAP is not valid: ${places.join("; ")}`);
  }
  const merchants = new Map<MerchantId, Merchant>();
  const apiKeys = new Map<string, ApiKey>();
  for (const merchant of parsed.data.merchants) {
    if (merchants.has(merchant.id))
      throw new Error(`BOOTSTRAP names merchant ${merchant.id} twice`);
    merchants.set(merchant.id, merchant);
    for (const key of merchant.apiKeys) {
      if (apiKeys.has(key.id)) throw new Error(`BOOTSTRAP names API key ${key.id} twice`);
      apiKeys.set(key.id, { ...key, scopes: new Set(key.scopes), merchant });
    }
  }
  return { merchants, apiKeys };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which is a secret: say only that it does not parse.
    throw new Error("BOOTSTRAP is not valid JSON");
  }
}

/**
 * A tier's name is no secret and the operator needs to see it (api.md 4); other values stay unsaid. Rules of our own
 * say what is wrong without quoting.
 */
function reason(issue: z.core.$ZodIssue): string {
  const sayable = issue.path.at(-1) === "tier" || issue.code === "custom";
  return sayable ? issue.message : issue.code;
}

/** As a browser sends it in `Origin`: nothing to mend, no wildcard, https (http for this machine). */
function isExactOrigin(text: string): boolean {
  if (text.includes("*") || !URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  const local =
    hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
  return origin === text && (protocol === "https:" || (protocol === "http:" && local));
}
