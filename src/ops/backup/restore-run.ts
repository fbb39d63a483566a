/**
 * A restore, step by step, into an empty deployment. First every file of the chain is read and checked, and nothing is
 * changed; then the chunks are put back, the newest first, so that an older copy finds its payment there already and
 * is left out. Every step may come twice: a restore that was cut off goes on where it was.
 */
import {
  type Clock,
  errorMessage,
  type Log,
  type MerchantId,
  ok,
  refused,
  type Result,
  unreachable,
} from "#base";
import type { PaymentFacts, RestoreAnswer } from "#payments";
import type { BackupStore, Restoration } from "./backup-state.ts";
import { type ChunkContent, type PaymentEntry, unpackChunk } from "./chunk.ts";
import { inTurns } from "./in-turns.ts";
import { type ChunkEntry, chunkName, type Manifest } from "./manifest.ts";
import { type FileReader, objectKey, type Sealing } from "./files.ts";
import type { Source, Target } from "./ports.ts";
import {
  checkChunks,
  type Fault,
  linkOf,
  loadChunk,
  loadManifest,
  newestManifest,
} from "./verify.ts";

export interface RestoreDeps {
  readonly nowMs: Clock;
  readonly log: Log;
  readonly bucket: FileReader;
  readonly sealing: Sealing;
  readonly source: Pick<Source, "merchants" | "changed">;
  readonly target: Target;
}

export interface RestoreContext {
  readonly store: BackupStore;
  readonly deps: RestoreDeps;
}

/**
 * - `busy`: another restore, or a backup, is under way
 * - `not_empty`: the deployment holds payments or has made backups; nothing is ever written over them
 * - `no_manifest`: the bucket holds no such backup
 */
export type RestoreRefusal = "busy" | "not_empty" | "no_manifest";

/** Calls to objects, not connections: most of their time they wait for the disk. */
const AT_ONCE = 24;
/** An object that breaks off is asked again. */
const TRIES = 3;
const NO_PAYMENTS = { restored: 0, known: 0, conflicts: 0, failed: 0 };

/** Takes a restore on, of the newest backup unless another is named. The same again is told how far it is. */
export async function beginRestore(
  { store, deps }: RestoreContext,
  wanted: string | null,
): Promise<Result<Restoration, RestoreRefusal>> {
  const name = wanted ?? store.restoration()?.manifest ?? (await newestManifest(deps.bucket));
  if (name === undefined || !(await deps.bucket.get(name))) return refused("no_manifest");
  const isEmpty = await isDeploymentEmpty(deps);
  // Awaited: what stands now decides.
  const known = store.restoration();
  if (known) return takeUp({ store, deps }, known, name);
  const isBare = isEmpty && store.stand().previous === null;
  return isBare ? startRestore({ store, deps }, name) : refused("not_empty");
}

/** A restore that was begun before. */
function takeUp(
  { store, deps }: RestoreContext,
  known: Restoration,
  name: string,
): Result<Restoration, RestoreRefusal> {
  switch (known.phase) {
    case "checking":
    case "restoring":
      return known.manifest === name ? ok(known) : refused("busy");
    case "done":
      return repeatRestore({ store, deps }, known, name);
    case "refused":
      // What a refused one had brought back already is found there again.
      return startRestore({ store, deps }, name);
    default:
      return unreachable(known.phase);
  }
}

function startRestore(
  { store, deps }: RestoreContext,
  name: string,
): Result<Restoration, RestoreRefusal> {
  if (store.run()) return refused("busy");
  const restoration = newRestoration(name, deps.nowMs());
  store.setRestoration(restoration);
  return ok(restoration);
}

/** After a restore the deployment lives: only what did not come back is tried again, and objects are left alone. */
function repeatRestore(
  { store, deps }: RestoreContext,
  known: Restoration,
  name: string,
): Result<Restoration, RestoreRefusal> {
  if (known.manifest !== name) return refused("not_empty");
  if (known.payments.failed === 0) return ok(known);
  const again = { ...newRestoration(name, deps.nowMs()), objects: known.objects };
  store.setRestoration(again);
  return ok(again);
}

async function isDeploymentEmpty({ source }: RestoreDeps): Promise<boolean> {
  const from = { recordedAtMs: 0, merchantOrderId: "" };
  const pages = await inTurns(source.merchants(), AT_ONCE, (merchantId) =>
    source.changed(merchantId, from, 1),
  );
  return pages.every((page) => page.length === 0);
}

function newRestoration(manifest: string, nowMs: number): Restoration {
  return {
    phase: "checking",
    manifest,
    startedAtMs: nowMs,
    endedAtMs: null,
    chain: [],
    next: { name: manifest, sha256: null },
    pass: "object",
    at: { manifest: 0, chunk: 0 },
    chunks: { done: 0, of: 0 },
    objects: [],
    payments: NO_PAYMENTS,
    fault: null,
  };
}

/** Does the next step; `done` when there is none. Rejects when something cannot be reached: again then. */
export async function stepRestore(
  context: RestoreContext,
  restoration: Restoration,
): Promise<"more" | "done"> {
  const { store, deps } = context;
  const next =
    restoration.phase === "checking"
      ? await checkNext(deps, restoration)
      : await putNextBack(context, restoration);
  if (next.ok) {
    store.setRestoration(next.value);
    return next.value.phase === "done" ? "done" : "more";
  }
  const { file, reason } = next.refusal;
  deps.log("error", "restore refused", { file, reason });
  const endedAtMs = deps.nowMs();
  store.setRestoration({ ...restoration, phase: "refused", fault: next.refusal, endedAtMs });
  return "done";
}

/** One manifest and all its chunks, before anything is changed. */
async function checkNext(
  { bucket, sealing }: RestoreDeps,
  restoration: Restoration,
): Promise<Result<Restoration, Fault>> {
  const { next, chain } = restoration;
  const loaded = await loadManifest(bucket, next);
  if (!loaded.ok) return loaded;
  const { manifest, opensWith } = loaded.value;
  if (!(await opensWith(sealing))) return refused({ file: next.name, reason: "foreign_seal" });
  const fault = await checkChunks(bucket, manifest);
  if (fault) return refused(fault);
  const checked = {
    ...restoration,
    chain: [...chain, linkOf(next.name, loaded.value)],
    chunks: { done: 0, of: restoration.chunks.of + manifest.chunks.length },
  };
  if (manifest.kind === "full") return ok({ ...checked, phase: "restoring" });
  if (!manifest.previous) return refused({ file: next.name, reason: "no_base" });
  return ok({ ...checked, next: manifest.previous });
}

/** One chunk of the chain, or the end. */
async function putNextBack(
  context: RestoreContext,
  restoration: Restoration,
): Promise<Result<Restoration, Fault>> {
  const { at, chain, pass } = restoration;
  const link = chain[at.manifest];
  if (!link && pass === "object") {
    return ok({ ...restoration, pass: "payments", at: { manifest: 0, chunk: 0 } });
  }
  if (!link) return ok(await endRestore(context, restoration));
  const loaded = await loadManifest(context.deps.bucket, link);
  if (!loaded.ok) return loaded;
  const { manifest } = loaded.value;
  const chunk = manifest.chunks
    .toReversed()
    .findIndex(({ kind }, n) => n >= at.chunk && kind === pass);
  const position = manifest.chunks.length - 1 - chunk;
  const entry = manifest.chunks[position];
  if (chunk < 0 || !entry)
    return ok({ ...restoration, at: { manifest: at.manifest + 1, chunk: 0 } });
  const content = await readChunk(context.deps, { manifest, entry, position });
  if (!content.ok) return content;
  const after = await putBack(context.deps, restoration, content.value);
  const { done, of } = restoration.chunks;
  return ok({
    ...after,
    at: { ...at, chunk: chunk + 1 },
    chunks: { done: done + 1, of },
  });
}

interface ChunkOf {
  readonly manifest: Manifest;
  readonly entry: ChunkEntry;
  readonly position: number;
}

async function readChunk(
  { bucket, sealing }: RestoreDeps,
  { manifest, entry, position }: ChunkOf,
): Promise<Result<ChunkContent, Fault>> {
  const loaded = await loadChunk(bucket, entry);
  if (!loaded.ok) return loaded;
  const place = { runId: manifest.runId, position };
  const content = await unpackChunk(sealing, place, loaded.value);
  if (!content) return refused({ file: chunkName(entry), reason: "foreign_seal" });
  return isAsSaid(content, entry)
    ? ok(content)
    : refused({ file: chunkName(entry), reason: "foreign_content" });
}

/** Kind, owner, count and sums are those of the manifest. */
function isAsSaid(content: ChunkContent, entry: ChunkEntry): boolean {
  if (content.kind !== entry.kind || content.merchantId !== entry.merchantId) return false;
  if (content.kind === "object") return content.object === entry.object;
  const sum = (of: (payment: PaymentEntry) => number) =>
    content.payments.reduce((total, payment) => total + of(payment), 0);
  return (
    content.payments.length === entry.payments &&
    sum(({ amountPaisa }) => amountPaisa) === entry.amountPaisa &&
    sum(({ capturedPaisa }) => capturedPaisa) === entry.capturedPaisa &&
    sum(({ refundedPaisa }) => refundedPaisa) === entry.refundedPaisa
  );
}

async function putBack(
  deps: RestoreDeps,
  restoration: Restoration,
  content: ChunkContent,
): Promise<Restoration> {
  if (content.kind === "payments") return putPaymentsBack(deps, restoration, content);
  const { object, merchantId, dump } = content;
  const key = objectKey({ object, merchantId });
  if (restoration.objects.includes(key)) return restoration;
  await deps.target.restoreDump({ object, merchantId }, dump);
  return { ...restoration, objects: [...restoration.objects, key] };
}

async function putPaymentsBack(
  deps: RestoreDeps,
  restoration: Restoration,
  { merchantId, payments }: Extract<ChunkContent, { kind: "payments" }>,
): Promise<Restoration> {
  const answers = await inTurns(payments, AT_ONCE, (payment) =>
    putPaymentBack(deps, merchantId, payment),
  );
  const facts: PaymentFacts[] = answers.flatMap((answer) => answer?.facts ?? []);
  if (facts.length > 0) await deps.target.record(merchantId, facts);
  const count = (outcome: RestoreAnswer["outcome"] | undefined) =>
    answers.filter((answer) => answer?.outcome === outcome).length;
  const before = restoration.payments;
  return {
    ...restoration,
    payments: {
      restored: before.restored + count("restored"),
      known: before.known + count("known") + count("ended"),
      conflicts: before.conflicts + count("conflict"),
      failed: before.failed + count(undefined),
    },
  };
}

/** One that does not come back holds up no other; it is counted, and the log names it. */
async function putPaymentBack(
  { target, log }: RestoreDeps,
  merchantId: MerchantId,
  { merchantOrderId, copy }: PaymentEntry,
): Promise<RestoreAnswer | undefined> {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await target.payment(merchantId, merchantOrderId, copy);
      if (answer.outcome === "conflict") {
        log("error", "a restored order holds another payment", { merchantId, merchantOrderId });
      }
      return answer;
    } catch (error) {
      if (tries < TRIES) continue;
      const fields = { merchantId, merchantOrderId, error: errorMessage(error) };
      log("error", "a payment could not be restored", fields);
      return undefined;
    }
  }
}

/** The next backup of this deployment follows the restored one, and is full. */
async function endRestore(
  { store, deps }: RestoreContext,
  restoration: Restoration,
): Promise<Restoration> {
  const [newest] = restoration.chain;
  const last = await newestManifest(deps.bucket);
  if (newest && last !== undefined) {
    // Which of the keys that we have closed the older backups is not known any more: all of them may have.
    const keks = Object.fromEntries(deps.sealing.keks.map((kek) => [kek, last]));
    store.setStand({ ...store.stand(), previous: newest, lastFullAtMs: null, keks });
  }
  const { restored, conflicts, failed } = restoration.payments;
  deps.log("info", "restore done", { restored, conflicts, failed });
  return { ...restoration, phase: "done", endedAtMs: deps.nowMs() };
}
