/** Ports of the ledger and of notifications. */
import { type MerchantId, SECOND_MS, sha256Hex } from "#base";
import type { LedgerDeps, NotifierPorts } from "#events";
import { POLICIES } from "#providers";
import { signNotification } from "#vault";
import { type Bindings, configOf } from "../env.ts";
import { clock, log, outboundOf } from "../platform.ts";
import { merchantsOf } from "./merchants.ts";

/** What a ledger works with. */
export function wireLedger(): LedgerDeps {
  return { nowMs: clock };
}

/** One isolate reports ends that webhooks told of at most once a minute per merchant: more of them say nothing new. */
const HEARD_REPORT_EVERY_MS = 60 * SECOND_MS;
const heardReportedAtMs = new Map<MerchantId, number>();

/** Tells the ledger whether a payment's end was heard of by webhook. */
export async function noteEnd(
  env: Bindings,
  merchantId: MerchantId,
  heard: boolean,
): Promise<void> {
  const nowMs = clock();
  const lastMs = heardReportedAtMs.get(merchantId) ?? 0;
  if (heard && nowMs - lastMs < HEARD_REPORT_EVERY_MS) return;
  if (heard) heardReportedAtMs.set(merchantId, nowMs);
  const { silentSinceMs } = await env.LEDGERS.getByName(merchantId).noteEnd(heard);
  if (silentSinceMs !== null) log("error", "webhook_silence", { merchantId, silentSinceMs });
}

/** What brings notifications to merchants. */
export function notifierPorts(env: Bindings): NotifierPorts {
  const config = configOf(env);
  const ledger = (merchantId: MerchantId) => env.LEDGERS.getByName(merchantId);
  return {
    nowMs: clock,
    policy: config.environment,
    async endpointOf(merchantId) {
      const merchant = await merchantsOf(env).merchant(merchantId);
      if (!merchant?.notifyUrl || !merchant.notifySecret) return undefined;
      const { notifyUrl, notifySecret, notifySecretPrevious } = merchant;
      return {
        url: notifyUrl,
        secrets: [notifySecret, ...(notifySecretPrevious ?? [])],
      };
    },
    sign: signNotification,
    async post(request) {
      const { timeoutMs } = POLICIES.notification;
      const result = await outboundOf(config)({ method: "POST", ...request, timeoutMs });
      return result.type === "answer" ? result : { type: "no_answer" };
    },
    isOff: async (merchantId, url) => ledger(merchantId).endpointGone(await sha256Hex(url)),
    turnOff: async (merchantId, url) => ledger(merchantId).turnEndpointOff(await sha256Hex(url)),
  };
}
