/** What a merchant's payments depend on, looked at now. */
import { type MerchantId, providerOrderIdSchema } from "#base";
import type { HttpDeps } from "#http";
import type { ProviderName } from "#payments";
import type { Bindings } from "../env.ts";
import { clock, sleep } from "../platform.ts";
import { auditHealth } from "./audit.ts";
import { backupHealth } from "./backup.ts";
import { askBreaker, isAnyBreakerOpen } from "./breakers.ts";
import { merchantsOf } from "./merchants.ts";
import { providerFor, tokenSourceOf } from "./tokens.ts";

/** Nobody's order: a provider that says so works. */
const NO_ORDER = providerOrderIdSchema.parse("health-check");

export function healthPorts(env: Bindings): HttpDeps["health"] {
  return {
    sleep,
    isDegraded: isAnyBreakerOpen,
    async checksOf(merchantId) {
      const names = await providersOf(env, merchantId);
      return [
        ...names.flatMap((name) => providerChecks(env, merchantId, name)),
        ...(names.includes("phonepe")
          ? [{ id: "token:phonepe", run: () => tokenHealth(env, merchantId) }]
          : []),
        ...platformChecks(env, merchantId),
      ];
    },
  };
}

type Check = Awaited<ReturnType<HttpDeps["health"]["checksOf"]>>[number];

function platformChecks(env: Bindings, merchantId: MerchantId): Check[] {
  return [
    { id: "kv", run: () => kvHealth(env) },
    { id: "durable_objects", run: () => objectsHealth(env, merchantId) },
    { id: "audit", run: () => auditHealth(env, merchantId) },
    { id: "backup", run: () => backupHealth(env) },
  ];
}

export async function kvHealth(env: Bindings) {
  await env.TOKENS.get("health-check");
  return { ok: true, detail: "answers" };
}

export async function objectsHealth(env: Bindings, merchantId: MerchantId) {
  await env.LEDGERS.getByName(merchantId).silence();
  return { ok: true, detail: "answers" };
}

export async function providersOf(env: Bindings, merchantId: MerchantId): Promise<ProviderName[]> {
  const { phonepe, razorpay } = (await merchantsOf(env).merchant(merchantId)) ?? {};
  return [...(phonepe ? ["phonepe" as const] : []), ...(razorpay ? ["razorpay" as const] : [])];
}

function providerChecks(env: Bindings, merchantId: MerchantId, name: ProviderName): Check[] {
  return [
    {
      id: `provider:${name}`,
      async run() {
        const outcome = await providerFor(env)(merchantId, name).orderStatus(NO_ORDER);
        if (outcome.type !== "unreachable") return { ok: true, detail: "answers" };
        return { ok: false, detail: outcome.reason };
      },
    },
    {
      id: `breaker:${name}`,
      async run() {
        const open = Object.entries(await askBreaker(env, merchantId, name));
        if (open.length === 0) return { ok: true, detail: "closed" };
        const detail = open.map(([operation, { state }]) => `${operation} ${state}`).join(", ");
        return { ok: false, detail };
      },
    },
  ];
}

/** Whether there is a token that is good, and whether its refresh is late (`stale`). */
export async function tokenHealth(env: Bindings, merchantId: MerchantId) {
  const result = await (await tokenSourceOf(env, merchantId)).get();
  if (!result.ok) return { ok: false, state: "failed", detail: result.reason } as const;
  const { refreshAtMs, expiresAtMs } = result.token;
  const nowMs = clock();
  const freshness = nowMs < refreshAtMs ? "fresh" : "due";
  const leftSec = Math.floor((expiresAtMs - nowMs) / 1_000);
  const detail = `${freshness}, expires in ${leftSec} s`;
  if (leftSec <= 0) return { ok: false, state: "failed", detail } as const;
  return { ok: true, state: freshness === "fresh" ? "active" : "stale", detail } as const;
}
