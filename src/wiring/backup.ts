/** Ports of backup and restore: the bucket, the backup's own key, and every object that is copied and brought back. */
import { version } from "../../package.json";
import { equalInConstantTime, type MerchantId, ok, unreachable } from "#base";
import type { HttpDeps } from "#http";
import type { BackupDeps, Bucket, Restoration, Sealing, Source, Target } from "#ops-objects";
import { paymentObjectName } from "#payments";
import { listAll } from "#residency";
import { kekName, open, seal } from "#vault";
import { type Bindings, type Config, configOf } from "../env.ts";
import { clock, log } from "../platform.ts";
import { bucketOf } from "./buckets.ts";
import { KEY_REGISTRY_NAME } from "./generations.ts";
import { OBJECT_NAME as PAYLOAD_KEYS } from "./payload-keys.ts";

/** One job per deployment. */
export const BACKUP_JOB = "gateway";

/** What the backup's object works with. */
export function wireBackup(env: Bindings): BackupDeps {
  const config = configOf(env);
  return {
    nowMs: clock,
    log,
    gatewayVersion: version,
    bucket: backupBucket(env),
    sealing: sealingOf(config),
    source: sourceOf(env, config),
    target: targetOf(env),
    learnGenerations: config.keyring.generations.learn,
  };
}

/** Begins the hourly run. A deployment that waits to be restored makes no backup: it would be the newest, and empty. */
export async function beginBackup(env: Bindings): Promise<void> {
  if (configOf(env).restoreToken !== undefined) return;
  const begun = await env.BACKUP_JOBS.getByName(BACKUP_JOB).begin();
  if (begun === "foreign_bucket") {
    log("error", "no backup: the bucket holds those of another deployment", {});
  }
}

/** Whether backups are made in time. */
export async function backupHealth(
  env: Bindings,
): Promise<{ readonly ok: boolean; readonly detail: string }> {
  return env.BACKUP_JOBS.getByName(BACKUP_JOB).health();
}

/** What the operations of a restore work with. */
export function restorePorts(env: Bindings, { restoreToken }: Config): HttpDeps["restore"] {
  const job = () => env.BACKUP_JOBS.getByName(BACKUP_JOB);
  return {
    isOpen: restoreToken !== undefined,
    allows: async (token) => restoreToken !== undefined && equalInConstantTime(token, restoreToken),
    async begin(manifest) {
      const begun = await job().restore(manifest);
      return begun.ok ? ok(progressOf(begun.value)) : begun;
    },
    async progress() {
      const restoration = await job().restoration();
      return restoration === null ? null : progressOf(restoration);
    },
  };
}

type Progress = NonNullable<Awaited<ReturnType<HttpDeps["restore"]["progress"]>>>;

function progressOf({
  phase,
  manifest,
  startedAtMs,
  endedAtMs,
  chunks,
  payments,
  fault,
}: Restoration): Progress {
  return { state: phase, manifest, startedAtMs, endedAtMs, chunks, payments, fault };
}

function backupBucket(env: Bindings): Bucket {
  const bucket = bucketOf(env, "backups");
  return {
    put: (name, bytes) => bucket.putNew(name, bytes),
    get: (name) => bucket.get(name),
    list: (prefix) => listAll(bucket, prefix),
  };
}

function sealingOf({ keyring }: Config): Sealing {
  return {
    masterKeyId: keyring.currentId,
    keks: keyring.rootIds.map((rootId) => kekName("backup", { rootId, generation: 1 })),
    seal: (identity, text) => seal(keyring, { purpose: "backup", identity }, text),
    open: (identity, envelope) => open(keyring, { purpose: "backup", identity }, envelope),
  };
}

function paymentOf(env: Bindings, merchantId: MerchantId, merchantOrderId: string) {
  return env.PAYMENTS.getByName(paymentObjectName(merchantId, merchantOrderId));
}

function sourceOf(env: Bindings, { directory }: Config): Source {
  return {
    merchants: () => [...directory.merchants.keys()],
    changed: (merchantId, after, limit) => env.LEDGERS.getByName(merchantId).recorded(after, limit),
    payment: (merchantId, merchantOrderId) => paymentOf(env, merchantId, merchantOrderId).backup(),
    dump: (name) => dumpable(env, name).dump(),
  };
}

function targetOf(env: Bindings): Target {
  return {
    payment: (merchantId, merchantOrderId, copy) =>
      paymentOf(env, merchantId, merchantOrderId).restore(copy),
    record: (merchantId, facts) => env.LEDGERS.getByName(merchantId).recordAll(facts),
    restoreDump: (name, dump) => dumpable(env, name).restoreDump(dump),
  };
}

/** The object behind a name in the backup. */
function dumpable(env: Bindings, { object, merchantId }: Parameters<Source["dump"]>[0]) {
  switch (object) {
    case "vault":
      return env.VAULTS.getByName(merchantId ?? "");
    case "ledger":
      return env.LEDGERS.getByName(merchantId ?? "");
    case "audit":
      return env.AUDITS.getByName(merchantId ?? "");
    case "payload_keys":
      return env.PAYLOAD_KEYS.getByName(PAYLOAD_KEYS);
    case "key_registry":
      return env.KEY_REGISTRY.getByName(KEY_REGISTRY_NAME);
    default:
      return unreachable(object);
  }
}
