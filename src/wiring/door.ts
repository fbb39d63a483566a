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
import { makeApiKeySource } from "#vault";
import type { Bindings, Config } from "../env.ts";
import { clock, log, sleep } from "../platform.ts";
import { appendAudit } from "./audit.ts";
import { copyName, openCopy } from "./vault.ts";

const REFUSALS_FLUSH_AFTER_MS = 5 * SECOND_MS;
/** One object counts for the whole deployment; it sees batches, never requests. */
const REFUSALS = "deployment";

type DoorDeps = Pick<
  HttpDeps,
  "findKey" | "admit" | "addresses" | "refusals" | "load" | "origins" | "apiKeys"
>;

/** What decides who may come in; made once per isolate. */
export function wireDoor(env: Bindings, config: Config): DoorDeps {
  return {
    findKey: keyFinder(env, config),
    admit: (arrival, afterAnswer) =>
      admit({ gateOf: (name) => env.GATES.getByName(name), afterAnswer }, arrival),
    addresses: watchAddresses(env),
    refusals: makeRefusalCounter({
      nowMs: clock,
      flushAfterMs: REFUSALS_FLUSH_AFTER_MS,
      sleep,
      deliver: (counts) => env.REFUSALS.getByName(REFUSALS).add(counts),
      log,
      isMerchant: (merchantId) => config.directory.merchants.has(merchantId),
    }),
    load: makeLoad(LOAD_LIMITS),
    origins: new Set(
      [...config.directory.merchants.values()].flatMap(({ origins }) => [...origins]),
    ),
    apiKeys: {
      create: (merchantId, order) => env.VAULTS.getByName(merchantId).createKey(order),
      list: (merchantId) => env.VAULTS.getByName(merchantId).listKeys(),
      rotate: (merchantId, id, overlapMs) =>
        env.VAULTS.getByName(merchantId).rotateKey(id, overlapMs),
      revoke: (merchantId, id) => env.VAULTS.getByName(merchantId).revokeKey(id),
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

function keyFinder(env: Bindings, config: Config): HttpDeps["findKey"] {
  const source = makeApiKeySource({
    nowMs: clock,
    sleep,
    directory: config.directory,
    async readCopy(merchantId) {
      const sealed = await env.TOKENS.get(copyName(merchantId));
      return sealed === null ? undefined : openCopy(config, merchantId, sealed);
    },
    async askVault(merchantId) {
      const text = await openCopy(
        config,
        merchantId,
        await env.VAULTS.getByName(merchantId).sealedKeys(),
      );
      if (text === undefined) throw new Error("the vault's copy does not open");
      return text;
    },
  });
  return (keyId) => {
    const found = source(keyId);
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
