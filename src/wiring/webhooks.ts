/** Ports of providers' webhooks: whose they are, where they may come from, how they read. */
import type { Cidr, MerchantId } from "#base";
import type { HttpDeps } from "#http";
import {
  fetchV1Status,
  readOtherWebhook,
  readPhonePeV1Webhook,
  readPhonePeWebhook,
  readRazorpayWebhook,
} from "#providers";
import {
  type Merchants,
  otherWebhookSender,
  PHONEPE_WEBHOOK_CIDRS,
  type WebhookSender,
  webhookProvidersOf,
  webhookSender,
} from "#vault";
import { type Bindings, type Config, configOf } from "../env.ts";
import { log } from "../platform.ts";
import { guardedFor } from "./breakers.ts";
import { merchantsOf } from "./merchants.ts";

const PHONEPE = "phonepe";

/** How the body of each scheme is read. */
const WEBHOOK_READERS = {
  phonepe_sha: readPhonePeWebhook,
  phonepe_hmac: readPhonePeWebhook,
  phonepe_v1: readPhonePeV1Webhook,
  razorpay: readRazorpayWebhook,
  hmac: readOtherWebhook,
} as const;

export function webhookPorts(env: Bindings, config: Config): HttpDeps["webhooks"] {
  return {
    async authenticate(proof, { provider = PHONEPE, merchantId }) {
      const candidates = { merchants: await candidatesFor(env, merchantId) };
      const sender =
        provider === PHONEPE
          ? await webhookSender(candidates, proof, merchantId)
          : await otherWebhookSender(candidates, proof, { provider, merchantId });
      if (!sender) return undefined;
      const { merchant, scheme } = sender;
      return {
        merchantId: merchant.id,
        scheme,
        provider,
        allowIps: allowedSources(config, sender),
      };
    },
    async knows(provider) {
      if (provider === PHONEPE || config.webhookProviders.has(provider)) return true;
      return webhookProvidersOf({ merchants: await merchantsOf(env).all() }).has(provider);
    },
    confirmUnmatched: (origin, webhook) => confirmUnmatched(env, origin, webhook),
    read: ({ scheme }, body) => WEBHOOK_READERS[scheme](body),
  };
}

/** Only a webhook that names no merchant is held against the credentials of all. */
async function candidatesFor(
  env: Bindings,
  merchantId: MerchantId | undefined,
): Promise<Merchants> {
  if (merchantId === undefined) return merchantsOf(env).all();
  const merchant = await merchantsOf(env).merchant(merchantId);
  return new Map(merchant ? [[merchant.id, merchant]] : []);
}

/**
 * Where a webhook may come from: the merchant's list for it, or in production PhonePe's published addresses
 * (contract.md 6.1). Elsewhere the sandbox sends from anywhere.
 */
function allowedSources(
  { environment }: Config,
  { merchant, allowIps, scheme }: WebhookSender,
): readonly Cidr[] | undefined {
  if (scheme === "hmac" || scheme === "razorpay") return allowIps;
  const published = environment === "production" ? PHONEPE_WEBHOOK_CIDRS : undefined;
  return merchant.phonepe?.webhookIps ?? published;
}

/** Only v1 callbacks name payments of other systems for sure: v2 orders that are not ours are not asked about. */
async function confirmUnmatched(
  env: Bindings,
  { merchantId, scheme }: { readonly merchantId: MerchantId; readonly scheme: string },
  webhook: { readonly eventKey: string; readonly orderId: string },
): Promise<void> {
  const config = configOf(env);
  const {
    merchantId: phonePeMerchantId,
    saltKey,
    saltIndex = 1,
  } = (await merchantsOf(env).merchant(merchantId))?.phonepe ?? {};
  if (scheme !== "phonepe_v1" || !phonePeMerchantId || !saltKey) return;
  const { v1Url } = config;
  const guarded = guardedFor(env, merchantId, PHONEPE);
  const options = { guarded, v1Url, phonePeMerchantId, saltKey, saltIndex };
  const status = await fetchV1Status(options, webhook.orderId);
  if (status.type === "unreachable") {
    log("warn", "v1 status not read", { merchantId, reason: status.reason });
    return;
  }
  await env.LEDGERS.getByName(merchantId).confirmUnmatched(webhook.eventKey, status.code);
}
