import * as z from "zod";

/** A merchant's account at Razorpay: API keys and the webhook. */
const accountSchema = z.strictObject({
  keyId: z.string().min(1),
  keySecret: z.string().min(1),
  webhookSecret: z.string().default(""),
  webhookUrl: z.string().optional(),
  name: z.string().min(1).max(80).default("Demo Merchant"),
});

const varsSchema = z.object({
  SANDBOX_RAZORPAY: z.string().default(""),
  SANDBOX_ADMIN_TOKEN: z.string().default(""),
  SANDBOX_ORIGIN: z.string().default(""),
  RAZORPAY_WEBHOOK_URL: z.string().default(""),
});

export type RazorpaySettings = Readonly<{
  /** Absent: nobody has an account, and every key is wrong. */
  account: (z.output<typeof accountSchema> & { webhookUrl: string }) | undefined;
  adminToken: string;
  publicOrigin: string;
}>;

/** Reads the Worker's variables. Throws on a SANDBOX_RAZORPAY that is not the JSON it should be. */
export function readRazorpaySettings(env: unknown): RazorpaySettings {
  const vars = varsSchema.parse(env);
  const account =
    vars.SANDBOX_RAZORPAY === ""
      ? undefined
      : accountSchema.parse(JSON.parse(vars.SANDBOX_RAZORPAY));
  return {
    adminToken: vars.SANDBOX_ADMIN_TOKEN,
    publicOrigin: vars.SANDBOX_ORIGIN,
    account: account && {
      ...account,
      webhookUrl: account.webhookUrl ?? vars.RAZORPAY_WEBHOOK_URL,
    },
  };
}
