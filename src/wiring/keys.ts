/** Ports of the gateway's own keys: the registry, and everything that holds envelopes. */
import { type MerchantId, unreachable } from "#base";
import type { HttpDeps } from "#http";
import { type Generations, merchantKeys, type MerchantKeys, type RewrapReport } from "#vault";
import type { KeyRegistryDeps, KeyStore } from "#vault-objects";
import { type Bindings, type Config, configOf } from "../env.ts";
import { clock, log } from "../platform.ts";
import { appendAudit } from "./audit.ts";
import { BACKUP_JOB } from "./backup.ts";
import { GENERATIONS_COPY, KEY_REGISTRY_NAME } from "./generations.ts";
import { OBJECT_NAME as PAYLOAD_KEYS } from "./payload-keys.ts";

/** What operators may do with keys. */
export function keyPorts(env: Bindings, { keyring }: Config): HttpDeps["keys"] {
  const registry = () => env.KEY_REGISTRY.getByName(KEY_REGISTRY_NAME);
  return {
    async rotate(names, by) {
      const { versions, generations } = await registry().rotate(names, by);
      keyring.generations.learn(generations); // This isolate seals with them at once.
      return versions;
    },
    async inventory(merchantId) {
      const [{ keys, ...rest }, own] = await Promise.all([
        registry().inventory(),
        keysOf(env, merchantId),
      ]);
      return { ...rest, keys: [...keys, ...merchantKeys(own)] };
    },
  };
}

async function keysOf(env: Bindings, merchantId: MerchantId): Promise<MerchantKeys> {
  const [record, { keys }] = await Promise.all([
    env.VAULTS.getByName(merchantId).recordKeys(),
    env.AUDITS.getByName(merchantId).keys(),
  ]);
  const signing = keys.map(({ kid, createdAt }) => ({ id: kid, madeAtMs: createdAt }));
  return { record, signing: signing.toReversed() };
}

/** What the registry works with. */
export function wireKeyRegistry(env: Bindings): KeyRegistryDeps {
  const config = configOf(env);
  const payloadKeys = () => env.PAYLOAD_KEYS.getByName(PAYLOAD_KEYS);
  return {
    nowMs: clock,
    log,
    keyring: config.keyring,
    stores: () => storesOf(config),
    rewrap: (store, generations) => rewrapStore(env, store, generations),
    publish: (generations) => env.TOKENS.put(GENERATIONS_COPY, JSON.stringify(generations)),
    async rotatePayloadKeys() {
      // The first ask makes the first generation: a rotation makes the next one.
      await payloadKeys().generations();
      return payloadKeys().rotate();
    },
    payloadKeys: async () => payloadKeys().generations(),
    audit: (merchantId, events) => appendAudit(env, merchantId, events),
  };
}

/** Every object that seals something. A kind that is missing here is not wrapped anew. */
function storesOf({ directory }: Config): KeyStore[] {
  const merchants = [...directory.merchants.values()];
  return [
    { kind: "payload-keys", name: PAYLOAD_KEYS },
    { kind: "backups", name: BACKUP_JOB },
    ...merchants.flatMap(({ id }) => [
      { kind: "vault", name: id } as const,
      { kind: "tokens", name: id } as const,
      { kind: "audit", name: id } as const,
    ]),
  ];
}

function rewrapStore(
  env: Bindings,
  { kind, name }: KeyStore,
  generations: Generations,
): Promise<RewrapReport> {
  switch (kind) {
    case "vault":
      return env.VAULTS.getByName(name).rewrap(generations);
    case "tokens":
      return env.PHONEPE_TOKENS.getByName(name).rewrap(generations);
    case "audit":
      // The chain is over what is sealed: it is never wrapped anew, it only says what it needs (ADR 10).
      return env.AUDITS.getByName(name).closedBy(generations);
    case "backups":
      return env.BACKUP_JOBS.getByName(name).closedBy(generations);
    case "payload-keys":
      return env.PAYLOAD_KEYS.getByName(name).rewrap(generations);
    default:
      return unreachable(kind);
  }
}
