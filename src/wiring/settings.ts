/** Ports of a merchant's settings: its vault, and this isolate's memory, which knows a change made here at once. */
import type { MerchantId, Result } from "#base";
import type { HttpDeps } from "#http";
import type { Bindings } from "../env.ts";
import { merchantsOf } from "./merchants.ts";

export function settingsPorts(env: Bindings): HttpDeps["settings"] {
  const vault = (merchantId: MerchantId) => env.VAULTS.getByName(merchantId);
  /** Whoever changed something sees it with the next call. */
  const known = async <Value, Refusal extends string>(
    merchantId: MerchantId,
    change: Promise<Result<Value, Refusal>>,
  ): Promise<Result<Value, Refusal>> => {
    const result = await change;
    if (result.ok) await merchantsOf(env).renew(merchantId);
    return result;
  };
  return {
    config: async (merchantId, version) => vault(merchantId).config(version),
    history: async (merchantId, before) => vault(merchantId).configHistory(before),
    putConfig: async (merchantId, order) => known(merchantId, vault(merchantId).putConfig(order)),
    rollBackConfig: async (merchantId, order) =>
      known(merchantId, vault(merchantId).rollBackConfig(order)),
    credentials: async (merchantId) => vault(merchantId).listCredentials(),
    putCredential: async (merchantId, order) =>
      known(merchantId, vault(merchantId).putCredential(order)),
  };
}
