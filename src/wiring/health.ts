/** What a merchant's payments depend on, looked at now. */
import { type MerchantId, providerOrderIdSchema } from "#base";
import type { HttpDeps } from "#http";
import { type Bindings, configOf } from "../env.ts";
import { clock, sleep } from "../platform.ts";
import { askBreaker, isAnyBreakerOpen } from "./breakers.ts";
import { phonePeOf, providerFor, tokenSourceOf } from "./tokens.ts";

/** Nobody's order: a provider that says so works. */
const NO_ORDER = providerOrderIdSchema.parse("health-check");

export function healthPorts(env: Bindings): HttpDeps["health"] {
  return {
    sleep,
    isDegraded: isAnyBreakerOpen,
    checksOf: (merchantId) => [
      ...(phonePeOf(configOf(env), merchantId) ? phonePeChecks(env, merchantId) : []),
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
    ],
  };
}

function phonePeChecks(
  env: Bindings,
  merchantId: MerchantId,
): ReturnType<HttpDeps["health"]["checksOf"]> {
  return [
    {
      id: "provider:phonepe",
      async run() {
        const outcome = await providerFor(env)(merchantId, "phonepe").orderStatus(NO_ORDER);
        if (outcome.type !== "unreachable") return { ok: true, detail: "answers" };
        return { ok: false, detail: outcome.reason };
      },
    },
    {
      id: "breaker:phonepe",
      async run() {
        const open = Object.entries(await askBreaker(env, merchantId, "phonepe"));
        if (open.length === 0) return { ok: true, detail: "closed" };
        return {
          ok: false,
          detail: open.map(([name, { state }]) => `${name} ${state}`).join(", "),
        };
      },
    },
    {
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
    },
  ];
}
