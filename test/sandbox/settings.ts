import * as z from "zod";

/** A merchant as PhonePe knows it: API credentials, webhook set-up, and the version 1 salt key. */
export const merchantSchema = z.object({
  merchantId: z.string().min(1).max(63),
  name: z.string().min(1).max(80),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  clientVersion: z.string().min(1),
  webhookUrl: z.string(), // empty: no webhook was set up
  webhookUsername: z.string(),
  webhookPassword: z.string(),
  webhookHmacSecret: z.string(),
  webhookHmacKeyId: z.string(),
  saltKey: z.string(),
  saltIndex: z.number().int().positive(),
});
export type Merchant = z.infer<typeof merchantSchema>;

/** What the admin API and SANDBOX_MERCHANT accept; only the two credentials are mandatory. */
export const merchantInputSchema = z
  .strictObject({
    merchantId: z.string().min(1).max(63).optional(),
    name: z.string().min(1).max(80).default("Demo Merchant"),
    clientId: z.string().min(1),
    clientSecret: z.string().min(1),
    clientVersion: z.coerce.string().default("1"),
    webhookUrl: z.union([z.url(), z.literal("")]).optional(),
    webhookUsername: z.string().default(""),
    webhookPassword: z.string().default(""),
    webhookHmacSecret: z.string().default(""),
    webhookHmacKeyId: z.string().default(""),
    saltKey: z.string().default(""),
    saltIndex: z.coerce.number().int().positive().default(1),
  })
  .transform((input) => ({ ...input, merchantId: input.merchantId ?? input.clientId }));
export type MerchantInput = z.output<typeof merchantInputSchema>;

const settingsSchema = z.object({
  SANDBOX_MERCHANT: z.string().default(""),
  SANDBOX_ADMIN_TOKEN: z.string().default(""),
  SANDBOX_ORIGIN: z.string().default(""),
  WEBHOOK_URL: z.string().default(""),
});

export type Settings = Readonly<{
  defaultMerchant: Merchant | undefined;
  adminToken: string;
  /** Where payers reach the sandbox, if that differs from where the gateway does. */
  publicOrigin: string;
  webhookUrl: string;
}>;

/** Reads the Worker's variables. Throws on a SANDBOX_MERCHANT that is not the JSON it should be. */
export function readSettings(env: unknown): Settings {
  const vars = settingsSchema.parse(env);
  const webhookUrl = vars.WEBHOOK_URL;
  return {
    adminToken: vars.SANDBOX_ADMIN_TOKEN,
    publicOrigin: vars.SANDBOX_ORIGIN,
    webhookUrl,
    defaultMerchant:
      vars.SANDBOX_MERCHANT === ""
        ? undefined
        : completeMerchant(
            merchantInputSchema.parse(JSON.parse(vars.SANDBOX_MERCHANT)),
            webhookUrl,
          ),
  };
}

export function completeMerchant(input: MerchantInput, webhookUrl: string): Merchant {
  return { ...input, webhookUrl: input.webhookUrl ?? webhookUrl };
}
