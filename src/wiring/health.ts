/** What a merchant's payments depend on, looked at now. */
import { type MerchantId, providerOrderIdSchema } from "#base";
import type { HttpDeps } from "#http";
import type { ProviderName } from "#payments";
import { type Bindings, configOf } from "../env.ts";
import { clock, sleep } from "../platform.ts";
import { auditHealth } from "./audit.ts";
import { askBreaker, isAnyBreakerOpen } from "./breakers.ts";
import { phonePeOf, providerFor, tokenSourceOf } from "./tokens.ts";

/** Nobody's order: a provider that says so works. */
const NO_ORDER = providerOrderIdSchema.parse("health-check");

export function healthPorts(env: Bindings): HttpDeps["health"] {
  return {
    sleep,
    isDegraded: isAnyBreakerOpen,
    checksOf: (merchantId) => [
      ...providersOf(env, merchantId).flatMap((name) => providerChecks(env, merchantId, name)),
      ...(phonePeOf(configOf(env), merchantId) ? [tokenCheck(env, merchantId)] : []),
      {
        id: "kv",
        async run() {
          await env.TOKENS.get("health-check");
          return { ok: true, detail: "answers" };
        },
      },
      {
        id: "durable_objects",
        async run() {
          await env.LEDGERS.getByName(merchantId).silence();
          return { ok: true, detail: "answers" };
        },
      },
      { id: "audit", run: () => auditHealth(env, merchantId) },
    ],
  };
}

type Check = ReturnType<HttpDeps["health"]["checksOf"]>[number];

function providersOf(env: Bindings, merchantId: MerchantId): ProviderName[] {
  const { phonepe, razorpay } = configOf(env).directory.merchants.get(merchantId) ?? {};
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

function tokenCheck(env: Bindings, merchantId: MerchantId): Check {
  return {
    id: "token:phonepe",
    async run() {
      const result = await tokenSourceOf(env, merchantId).get();
      if (!result.ok) return { ok: false, detail: result.reason };
      const { refreshAtMs, expiresAtMs } = result.token;
      const nowMs = clock();
      const freshness = nowMs < refreshAtMs ? "fresh" : "due";
      const leftSec = Math.floor((expiresAtMs - nowMs) / 1_000);
      return { ok: leftSec > 0, detail: `${freshness}, expires in ${leftSec} s` };
    },
  };
}
