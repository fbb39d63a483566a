/** Ports of the vault: records sealed at rest, the snapshot in KV, the gates that must hear of an end, the audit log. */
import { formatCidr, type MerchantId } from "#base";
import { gateNames } from "#door";
import { deliverNotification } from "#events";
import { type ApiKeyRecord, open, rewrap, seal } from "#vault";
import type { VaultDeps } from "#vault-objects";
import { type Bindings, type Config, configOf } from "../env.ts";
import { clock, log } from "../platform.ts";
import { appendAudit } from "./audit.ts";
import { notifierPorts } from "./events.ts";
import { copyName, envelopeContext, merchantsOf } from "./merchants.ts";

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
    bootstrap: (merchantId) => config.directory.merchants.get(merchantId),
    endKey: (merchantId, record, atMs) => endKey(env, { merchantId, record, atMs }),
    audit: (merchantId, events) => appendAudit(env, merchantId, events),
    async notify(merchantId, notice) {
      const outcome = await deliverNotification(notifierPorts(env), merchantId, notice);
      return outcome.type !== "retry";
    },
  };
}

/** A key's end is told to all gates that it may use (I11). */
async function endKey(
  env: Bindings,
  end: {
    readonly merchantId: MerchantId;
    readonly record: ApiKeyRecord;
    readonly atMs: number;
  },
): Promise<void> {
  const merchant = await merchantsOf(env).merchant(end.merchantId);
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
