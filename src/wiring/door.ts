/** Ports of the door and the vault: gates, addresses, counters, API keys. */
import { errorMessage, networkOf, SECOND_MS } from "#base";
import {
  addressStatus,
  type AddressWatch,
  admit,
  type GateDeps,
  LOAD_LIMITS,
  makeLoad,
  makeRefusalCounter,
  noteExhausted,
  noteRefused,
  type RefusalDeps,
} from "#door";
import type { HttpDeps } from "#http";
import { Problem } from "#problems";
import { type Bindings, configOf } from "../env.ts";
import { clock, log, sleep } from "../platform.ts";
import { appendAudit } from "./audit.ts";
import { merchantsOf } from "./merchants.ts";

const REFUSALS_FLUSH_AFTER_MS = 5 * SECOND_MS;
/** One object counts for the whole deployment; it sees batches, never requests. */
const REFUSALS = "deployment";

type DoorDeps = Pick<
  HttpDeps,
  "findKey" | "admit" | "addresses" | "refusals" | "load" | "origins" | "apiKeys"
>;

/** What decides who may come in; made once per isolate. */
export function wireDoor(env: Bindings): DoorDeps {
  return {
    findKey: keyFinder(env),
    admit: (arrival, afterAnswer) =>
      admit({ gateOf: (name) => env.GATES.getByName(name), afterAnswer }, arrival),
    addresses: watchAddresses(env),
    refusals: makeRefusalCounter({
      nowMs: clock,
      flushAfterMs: REFUSALS_FLUSH_AFTER_MS,
      sleep,
      deliver: (counts) => env.REFUSALS.getByName(REFUSALS).add(counts),
      log,
      isMerchant: (merchantId) => configOf(env).directory.merchants.has(merchantId),
    }),
    load: makeLoad(LOAD_LIMITS),
    async origins() {
      const merchants = [...(await merchantsOf(env).all()).values()];
      return new Set(merchants.flatMap(({ origins }) => [...origins]));
    },
    apiKeys: {
      create: (merchantId, order, by) => env.VAULTS.getByName(merchantId).createKey(order, by),
      list: (merchantId) => env.VAULTS.getByName(merchantId).listKeys(),
      rotate: (merchantId, { id, overlapMs }, by) =>
        env.VAULTS.getByName(merchantId).rotateKey(id, overlapMs, by),
      revoke: (merchantId, id, by) => env.VAULTS.getByName(merchantId).revokeKey(id, by),
    },
  };
}

/** What a gate works with. */
export function wireGate(env: Bindings): GateDeps {
  return {
    nowMs: clock,
    endsOfFirst: (merchantId) => env.GATES.getByName(merchantId).ends(),
  };
}

/** What the counter of refusals works with. */
export function wireRefusals(env: Bindings): RefusalDeps {
  return {
    nowMs: clock,
    log,
    audit: (merchantId, events) => appendAudit(env, merchantId, events),
  };
}

function keyFinder(env: Bindings): HttpDeps["findKey"] {
  const source = merchantsOf(env);
  return (keyId) => {
    const found = source.apiKey(keyId);
    return found instanceof Promise ? found.catch(closed) : found;
  };
}

/** Neither KV nor the vault answers: nobody can say whose key it is. */
function closed(error: unknown): never {
  log("error", "API keys cannot be read", { error: errorMessage(error) });
  throw new Problem("admission_unavailable", { headers: { "retry-after": "2" } });
}

function watchAddresses(env: Bindings): HttpDeps["addresses"] {
  const watch: AddressWatch = new Map();
  const report = async (network: string) => {
    const { success } = await env.REFUSED_ADDRESSES.limit({ key: network });
    if (!success) noteExhausted(watch, network, clock());
  };
  return {
    refused(address, afterAnswer) {
      const network = networkOf(address ?? "");
      if (network === undefined) return undefined;
      const noted = noteRefused(watch, network, clock());
      if (noted.report) afterAnswer(report(network));
      return noted;
    },
    status: (address) => addressStatus(watch, networkOf(address ?? "") ?? "", clock()),
  };
}

/** What the deployment refused since a moment, by problem code. */
export async function refusalsSince(
  env: Bindings,
  fromMs: number,
): Promise<Readonly<Record<string, number>>> {
  return env.REFUSALS.getByName(REFUSALS).since(fromMs);
}
