/** Where all parts of the gateway get merchants and API keys from. */
import { waitUntil } from "cloudflare:workers";
import { type MerchantId, SECOND_MS } from "#base";
import {
  COPY_AGE_SEC,
  type EnvelopeContext,
  makeMerchantSource,
  type MerchantMemory,
  type MerchantSource,
  open,
} from "#vault";
import { type RecordContext, SNAPSHOT_RECORD } from "#vault-objects";
import { type Bindings, type Config, configOf } from "../env.ts";
import { clock, log, sleep } from "../platform.ts";

/** What this isolate knows; plain values, shared by all objects and requests. */
export const merchantMemory: MerchantMemory = new Map();

/** A request must not wait long for what it can do without. */
const KV_MS_MAX = SECOND_MS;
const VAULT_MS_MAX = 2 * SECOND_MS;

const sources = new WeakMap<Bindings, MerchantSource>();

export function merchantsOf(env: Bindings): MerchantSource {
  const known = sources.get(env) ?? makeSource(env);
  sources.set(env, known);
  return known;
}

function makeSource(env: Bindings): MerchantSource {
  const config = configOf(env);
  return makeMerchantSource({
    nowMs: clock,
    sleep,
    log,
    directory: config.directory,
    memory: merchantMemory,
    beside: (work) => waitUntil(work),
    async readCopy(merchantId) {
      const sealed = await within(KV_MS_MAX, async () =>
        env.TOKENS.get(copyName(merchantId), { cacheTtl: COPY_AGE_SEC }),
      );
      return sealed === null ? undefined : openSnapshot(config, merchantId, sealed);
    },
    async askVault(merchantId, question) {
      const { sealed } = await within(VAULT_MS_MAX, async () =>
        env.VAULTS.getByName(merchantId).snapshot(question),
      );
      if (sealed === null) return null;
      const text = await openSnapshot(config, merchantId, sealed);
      if (text === undefined) throw new Error("the vault's snapshot does not open");
      return text;
    },
  });
}

function within<Value>(ms: number, ask: () => Promise<Value>): Promise<Value> {
  return Promise.race([
    ask(),
    sleep(ms).then(() => {
      throw new Error("no answer in time");
    }),
  ]);
}

/** The context of a vault's record: it opens for this merchant and this record alone (GCM-4). */
export function envelopeContext({ merchantId, record }: RecordContext): EnvelopeContext {
  return { purpose: "vault", identity: [merchantId, ...record] };
}

/** A merchant's snapshot, opened; `undefined` when it does not open. */
export function openSnapshot(
  { keyring }: Config,
  merchantId: MerchantId,
  sealed: string,
): Promise<string | undefined> {
  return open(keyring, envelopeContext({ merchantId, record: SNAPSHOT_RECORD }), sealed);
}

/** The snapshot's name in KV. */
export function copyName(merchantId: MerchantId): string {
  return `merchants/${merchantId}`;
}
