/** Ports of the circuit breaker, and calls to providers behind it. */
import { waitUntil } from "cloudflare:workers";
import { type MerchantId, SECOND_MS } from "#base";
import {
  type BreakerDeps,
  type BreakerLines,
  type BreakerPorts,
  type BreakerSnapshot,
  type Guarded,
  isAnyOpen,
  makeBreaker,
  makeGuarded,
} from "#providers";
import { type Bindings, configOf } from "../env.ts";
import { clock, log, outboundOf, random, sleep } from "../platform.ts";

/** What this isolate knows of its providers; plain values, shared by all objects and requests. */
export const breakerLines: BreakerLines = new Map();

/** A call to a provider must not wait long for the question whether it may probe. */
const ASK_MS_MAX = SECOND_MS;

/** Calls to one merchant's provider, by policy and behind the breaker. */
export function guardedFor(env: Bindings, merchantId: MerchantId, provider: string): Guarded {
  return makeGuarded({
    outbound: outboundOf(configOf(env)),
    breaker: breakerFor(env, merchantId, provider),
    nowMs: clock,
    random,
    sleep,
  });
}

/** The shared state of one merchant's provider, asked for now; rejects when the object does not answer. */
export function askBreaker(
  env: Bindings,
  merchantId: MerchantId,
  provider: string,
): Promise<BreakerSnapshot> {
  return breakerFor(env, merchantId, provider).exchange();
}

/** Whether some breaker that this isolate knows of is open. */
export function isAnyBreakerOpen(): boolean {
  return isAnyOpen(breakerLines, clock());
}

/** What a breaker's object works with. */
export function wireBreaker(): BreakerDeps {
  return { nowMs: clock, log };
}

function breakerFor(env: Bindings, merchantId: MerchantId, provider: string) {
  return makeBreaker(breakerLines, `${merchantId}/${provider}`, breakerPorts(env));
}

function breakerPorts(env: Bindings): BreakerPorts {
  return {
    nowMs: clock,
    log,
    exchange: (name, report) => soon(async () => env.BREAKERS.getByName(name).exchange(report)),
    askProbe: (name, operation, probe) =>
      soon(async () => env.BREAKERS.getByName(name).askProbe(operation, probe)),
    beside: (work) => waitUntil(work),
  };
}

function soon<Value>(ask: () => Promise<Value>): Promise<Value> {
  return Promise.race([
    ask(),
    sleep(ASK_MS_MAX).then(() => {
      throw new Error("the breaker's object does not answer");
    }),
  ]);
}
