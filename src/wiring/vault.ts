/** Ports of the vault: API keys sealed at rest, their copy in KV, the gates that must hear of an end. */
import { formatCidr, type MerchantId } from "#base";
import { gateNames } from "#door";
import { deliverNotification } from "#events";
import { type ApiKeyRecord, type EnvelopeContext, open, rewrap, seal } from "#vault";
import { COPY_RECORD, type RecordContext, type VaultDeps } from "#vault-objects";
import { type Bindings, type Config, configOf } from "../env.ts";
import { clock, log } from "../platform.ts";
import { notifierPorts } from "./events.ts";

/** What a vault works with. */
export function wireVault(env: Bindings): VaultDeps {
  const config = configOf(env);
  return {
    nowMs: clock,
    log,
    seal: (context, text) => seal(config.keyring, envelopeContext(context), text),
    open: (context, sealed) => open(config.keyring, envelopeContext(context), sealed),
    rewrap: (context, sealed) => rewrap(config.keyring, envelopeContext(context), sealed),
    learnGenerations: config.keyring.generations.learn,
    publishCopy: (merchantId, sealed) => env.TOKENS.put(copyName(merchantId), sealed),
    configured: (merchantId) => configuredKeys(config, merchantId),
    endKey: (merchantId, record, atMs) => endKey(env, config, { merchantId, record, atMs }),
    async notify(merchantId, notice) {
      const outcome = await deliverNotification(notifierPorts(env), merchantId, notice);
      return outcome.type !== "retry";
    },
  };
}

/** A key's end is told to all gates that it may use (I11). */
async function endKey(
  env: Bindings,
  { directory }: Config,
  end: {
    readonly merchantId: MerchantId;
    readonly record: ApiKeyRecord;
    readonly atMs: number;
  },
): Promise<void> {
  const merchant = directory.merchants.get(end.merchantId);
  if (!merchant) return; // A merchant that left the configuration has no keys that work.
  const { id, tier } = end.record;
  await Promise.all(
    gateNames({ tier, merchant }).map((name) => env.GATES.getByName(name).endKey(id, end.atMs)),
  );
}

function configuredKeys({ directory }: Config, merchantId: MerchantId): ApiKeyRecord[] {
  const keys = directory.merchants.get(merchantId)?.apiKeys ?? [];
  return keys.map(({ id, scopes, tier, revoked, allowIps }) => ({
    id,
    name: null,
    source: "configuration",
    scopes,
    tier,
    allowIps: allowIps?.map(formatCidr) ?? null,
    createdAtMs: null,
    expiresAtMs: null,
    rotateAtMs: null,
    rotateEveryDays: null,
    predecessor: null,
    successor: null,
    overlapEndsAtMs: null,
    // When the configuration was changed is not known here.
    revokedAtMs: revoked ? 0 : null,
    noticesSent: 0,
  }));
}

function envelopeContext({ merchantId, record }: RecordContext): EnvelopeContext {
  return { purpose: "vault", identity: [merchantId, ...record] };
}

/** The copy of a merchant's keys, opened; `undefined` when it does not open. */
export function openCopy(
  { keyring }: Config,
  merchantId: MerchantId,
  sealed: string,
): Promise<string | undefined> {
  return open(keyring, envelopeContext({ merchantId, record: COPY_RECORD }), sealed);
}

/** The copy's name in KV. */
export function copyName(merchantId: MerchantId): string {
  return `api-keys/${merchantId}`;
}
