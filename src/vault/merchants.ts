import * as z from "zod";
import { type MerchantId, merchantIdSchema, once } from "#base";
import { NOTIFY_SECRET } from "./notification-signature.ts";

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

/** Which rate limits an API key has (api.md 4). */
export const TIERS = ["standard", "plus", "enterprise"] as const;

const apiKeySchema = once(() =>
  z.object({
    id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
    secret: z.string().min(1),
    scopes: z.array(z.enum(SCOPES)),
    tier: z
      .enum(TIERS, { error: (issue) => `unknown tier ${JSON.stringify(issue.input)}` })
      .default("standard"),
    revoked: z.boolean().default(false),
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
    /** PhonePe's own id of the merchant; needed for v1's status call only. */
    merchantId: z.string().min(1).optional(),
    /** PhonePe v1, for merchants who still have it (contract.md 6.8). */
    saltKey: z.string().min(1).optional(),
    saltIndex: z.int().min(1).optional(),
  }),
);

/** A provider beside PhonePe that signs its webhooks with an HMAC of the raw body in hex. */
const webhookSchema = once(() =>
  z.object({
    provider: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/)
      .refine((name) => name !== "phonepe"),
    header: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
    hash: z.enum(["SHA-256", "SHA-512"]),
    secret: z.string().min(1),
    /** Still accepted while the secret is being rotated. */
    secretPrevious: z.string().min(1).optional(),
  }),
);

const riskSchema = once(() =>
  z.object({
    mode: z.enum(["off", "shadow", "enforce"]).default("shadow"),
    blockCustomers: z.array(z.string()).default([]),
  }),
);

const merchantSchema = once(() =>
  z.object({
    id: merchantIdSchema,
    apiKeys: z.array(apiKeySchema()),
    phonepe: phonepeSchema().optional(),
    webhooks: z.array(webhookSchema()).default([]),
    /** Where the merchant is told (api.md 6); without it nothing is sent. */
    notifyUrl: z.string().optional(),
    notifySecret: z.string().regex(NOTIFY_SECRET).optional(),
    /** Signs beside the current one while a secret is being rotated (WHK-3). */
    notifySecretPrevious: z.string().regex(NOTIFY_SECRET).optional(),
    risk: riskSchema().default({ mode: "shadow", blockCustomers: [] }),
  }),
);

/** The `BOOTSTRAP` secret (api.md 8). Unknown fields are ignored. */
const bootstrapSchema = once(() => z.object({ merchants: z.array(merchantSchema()) }));

export type Merchant = z.infer<ReturnType<typeof merchantSchema>>;
export type PhonePeCredentials = z.infer<ReturnType<typeof phonepeSchema>>;

export interface ApiKey {
  readonly id: string;
  readonly secret: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly revoked: boolean;
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

/** A tier's name is no secret and the operator needs to see it (api.md 4); other values stay unsaid. */
function reason(issue: z.core.$ZodIssue): string {
  return issue.path.at(-1) === "tier" ? issue.message : issue.code;
}
