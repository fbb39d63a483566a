/** Backup and restore with a bucket and a deployment in memory; what they remember is a real object's storage. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type MerchantId, merchantIdSchema } from "#base";
import type { PaymentFacts } from "#payments";
import { beginRun, type RunDeps, stepRun } from "../../../src/ops/backup/backup-run.ts";
import { type BackupStore, backupStore } from "../../../src/ops/backup/backup-state.ts";
import type { Bucket } from "../../../src/ops/backup/files.ts";
import type { Place, Source, Target } from "../../../src/ops/backup/ports.ts";
import {
  beginRestore,
  type RestoreDeps,
  stepRestore,
} from "../../../src/ops/backup/restore-run.ts";
import { wireBackup } from "../../../src/wiring/backup.ts";
import { freshId } from "../../support/call.ts";
import { paymentFacts } from "../../support/payment-facts.ts";
import { world } from "../../support/world.ts";

export type Files = Map<string, Uint8Array<ArrayBuffer>>;
export const MERCHANT = merchantIdSchema.parse("alpha");

export function bucketOf(files: Files): Bucket {
  return {
    get: async (name) => files.get(name),
    list: async (prefix) => [...files.keys()].filter((name) => name.startsWith(prefix)),
    async put(name, bytes) {
      if (files.has(name)) return false;
      files.set(name, bytes);
      return true;
    },
  };
}

export interface MemoryPayment extends Place {
  readonly amountPaisa: number;
  readonly copy: string;
}

export const paymentAt = (merchantOrderId: string, amountPaisa = 100): MemoryPayment => ({
  merchantOrderId,
  amountPaisa,
  recordedAtMs: world.nowMs(),
  copy: `copy of ${merchantOrderId} over ${amountPaisa}`,
});

const factsOf = ({ merchantOrderId, amountPaisa }: MemoryPayment): PaymentFacts =>
  paymentFacts({ merchantOrderId, paymentId: merchantOrderId, amountPaisa, eventSeq: 1 });

const NO_DUMP = { v: 1 as const, tables: [], values: [] };

/** A deployment with these payments, in the order of their last change. */
export function sourceOf(payments: readonly MemoryPayment[]): Source {
  const isAfter = (one: Place, other: Place) =>
    one.recordedAtMs > other.recordedAtMs ||
    (one.recordedAtMs === other.recordedAtMs && one.merchantOrderId > other.merchantOrderId);
  return {
    merchants: () => [MERCHANT],
    changed: async (_, after, limit) =>
      payments.filter((payment) => isAfter(payment, after)).slice(0, limit),
    async payment(_, id) {
      const found = payments.find(({ merchantOrderId }) => merchantOrderId === id);
      return found ? { facts: factsOf(found), copy: found.copy } : null;
    },
    dump: async () => ({ dump: NO_DUMP, bookmark: null }),
  };
}

/** An empty deployment, and what is brought back to it. */
function emptyTarget() {
  const copies = new Map<string, string>();
  const calls = { dumps: 0, payments: 0 };
  const target: Target = {
    async payment(_merchantId: MerchantId, merchantOrderId, copy) {
      calls.payments += 1;
      const outcome = copies.has(merchantOrderId) ? "known" : "restored";
      if (outcome === "restored") copies.set(merchantOrderId, copy);
      return { outcome, facts: factsOf({ ...paymentAt(merchantOrderId), copy }) };
    },
    record: async () => undefined,
    async restoreDump() {
      calls.dumps += 1;
    },
  };
  return { target, copies, calls };
}

/** What the job of one deployment remembers. */
export function withStore<Outcome>(
  name: string,
  work: (store: BackupStore) => Promise<Outcome>,
): Promise<Outcome> {
  const stub = env.BACKUP_JOBS.getByName(name);
  return runInDurableObject(stub, (_, { storage }) => work(backupStore(storage)));
}

const wired = () => ({ ...wireBackup(env), nowMs: world.nowMs });

/** One run of the backup of the deployment `name`; gives its manifest's name. */
export function backUpInto(
  files: Files,
  {
    name,
    payments,
    more = {},
  }: {
    readonly name: string;
    readonly payments: readonly MemoryPayment[];
    readonly more?: Partial<RunDeps>;
  },
): Promise<string> {
  const deps = { ...wired(), bucket: bucketOf(files), source: sourceOf(payments), ...more };
  return withStore(name, async (store) => {
    await beginRun({ store, deps });
    for (let run = store.run(); run; run = store.run()) await stepRun({ store, deps }, run);
    return store.stand().previous?.name ?? "";
  });
}

/** A restore into a new, empty deployment, to its end. */
export function restoreFrom(
  files: Files,
  {
    manifest = null,
    more = {},
  }: {
    readonly manifest?: string | null;
    readonly more?: Partial<RestoreDeps>;
  } = {},
) {
  const { target, copies, calls } = emptyTarget();
  const deps = { ...wired(), bucket: bucketOf(files), source: sourceOf([]), target, ...more };
  return withStore(freshId("job"), async (store) => {
    const begun = await beginRestore({ store, deps }, manifest);
    if (!begun.ok) return { refusal: begun.refusal, copies, calls };
    for (let turn = 0; turn < 500; turn += 1) {
      const restoration = store.restoration();
      if (!restoration || restoration.endedAtMs !== null) break;
      await stepRestore({ store, deps }, restoration).catch(() => undefined);
    }
    return { restoration: store.restoration(), copies, calls };
  });
}
