/** A deployment that is backed up, lost and restored: the tests' own objects and bucket. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type MerchantId, merchantIdSchema } from "#base";
import { paymentObjectName } from "#payments";
import { world } from "../../support/world.ts";

const ALPHA = merchantIdSchema.parse("alpha");

/** The tests' deployment with other variables and secrets. */
export const envWith = (settings: Readonly<Record<string, string>>) => ({ ...env, ...settings });

export const job = () => env.BACKUP_JOBS.getByName("gateway");

/** Lets the alarm fire until there is nothing left to do. */
export async function workUntil(isDone: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 500; turn += 1) {
    if (await isDone()) return;
    await runDurableObjectAlarm(job());
  }
  throw new Error("the work never ends");
}

/** One run of the backup; gives the name of its manifest. */
export async function backUp(): Promise<string> {
  await job().begin();
  await workUntil(async () => !(await job().status()).running);
  return (await job().status()).newest?.name ?? "";
}

export async function restoreAll(manifest: string | null = null) {
  const begun = await job().restore(manifest);
  if (!begun.ok) return begun;
  await workUntil(async () => !["checking", "restoring"].includes(await phase()));
  return { ok: true as const, value: await job().restoration() };
}

export async function phase(): Promise<string> {
  return (await job().restoration())?.phase ?? "none";
}

/** All files of the bucket. */
export async function files(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const { objects } = await env.BACKUPS.list();
  const read = async (name: string): Promise<[string, Uint8Array<ArrayBuffer>]> => {
    const file = await env.BACKUPS.get(name);
    return [name, new Uint8Array((await file?.arrayBuffer()) ?? new ArrayBuffer())];
  };
  return new Map(await Promise.all(objects.map(({ key }) => read(key))));
}

const MERCHANTS = ["alpha", "beta", "gamma", "delta"];

/** A new deployment: nothing in its ledgers, vaults, logs, keys, KV and buckets, and no backup ever made. */
export async function freshDeployment(): Promise<void> {
  await loseObjects();
  await emptyBucket(env.AUDIT_SEGMENTS);
}

/** All but sealed segments: their bucket is locked, so that nobody loses it. */
async function loseObjects(): Promise<void> {
  for (const name of MERCHANTS) {
    await empty(env.LEDGERS.getByName(name));
    await empty(env.VAULTS.getByName(name));
    await empty(env.AUDITS.getByName(name));
  }
  await empty(env.PAYLOAD_KEYS.getByName("gateway"));
  await empty(env.KEY_REGISTRY.getByName("gateway"));
  await empty(job());
  await abortAllDurableObjects(); // what they remember beside their storage goes too
  for (const { name } of (await env.TOKENS.list()).keys) await env.TOKENS.delete(name);
  await emptyBucket(env.BACKUPS);
  await emptyBucket(env.ARCHIVE);
}

async function emptyBucket(bucket: R2Bucket): Promise<void> {
  for (const { key } of (await bucket.list()).objects) await bucket.delete(key);
}

/** All is gone, these payments of alpha and their claims too, but a copy of the bucket: it is in the new deployment's. */
export async function loseEverything(
  copy: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  {
    ids = [],
    claims = [],
    customers = [],
  }: {
    readonly ids?: readonly string[];
    readonly claims?: readonly string[];
    readonly customers?: readonly string[];
  } = {},
): Promise<void> {
  await abortAllDurableObjects();
  for (const id of ids) await empty(env.PAYMENTS.getByName(paymentObjectName(ALPHA, id)));
  for (const name of claims) await empty(env.CLAIMS.getByName(name));
  for (const name of customers) await empty(env.CUSTOMERS.getByName(name));
  await loseObjects();
  for (const [name, file] of copy) await env.BACKUPS.put(name, file);
}

async function empty(stub: DurableObjectStub): Promise<void> {
  await runInDurableObject(stub, (_, { storage }) => storage.deleteAll());
}

/** Lets payments do what is due, so that the ledger has heard of them. */
export async function settleDown(merchantId: MerchantId, ids: readonly string[]): Promise<void> {
  world.offsetMs += 6_000;
  for (const id of ids) {
    await runDurableObjectAlarm(env.PAYMENTS.getByName(paymentObjectName(merchantId, id)));
  }
  for (let turn = 0; turn < 200; turn += 1) {
    const heard = await env.LEDGERS.getByName(merchantId).recorded(
      { recordedAtMs: 0, merchantOrderId: "" },
      1_000,
    );
    const known = new Set(heard.map(({ merchantOrderId }) => merchantOrderId));
    if (ids.every((id) => known.has(id))) return;
    await scheduler.wait(5);
  }
  throw new Error("the ledger has not heard of all payments");
}
