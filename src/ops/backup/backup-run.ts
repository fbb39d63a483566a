/**
 * One run of the backup, step by step. Each step writes its file first and notes it then, so that a death between the
 * two leaves a file that nobody names, and the step is done again. The manifest comes last; until it stands, the one
 * before is the newest backup.
 */
import {
  type Clock,
  DAY_MS,
  errorMessage,
  type Log,
  type MerchantId,
  MINUTE_MS,
  randomId,
  sha256Hex,
  unreachable,
} from "#base";
import type { BackupStore, Run, Stand, StrayPayment, Task } from "./backup-state.ts";
import { type ChunkContent, packChunk, type PaymentEntry } from "./chunk.ts";
import { inTurns } from "./in-turns.ts";
import {
  type ChunkEntry,
  chunkName,
  fileOf,
  hashOf,
  manifestName,
  totalsOf,
  writeManifest,
} from "./manifest.ts";
import { type Bucket, objectKey, type Sealing } from "./files.ts";
import { keksOf } from "./keks.ts";
import type { Place, Source } from "./ports.ts";
import { newestManifest } from "./verify.ts";

export interface RunDeps {
  readonly nowMs: Clock;
  readonly log: Log;
  readonly gatewayVersion: string;
  readonly bucket: Bucket;
  readonly sealing: Sealing;
  readonly source: Source;
}

export interface RunContext {
  readonly store: BackupStore;
  readonly deps: RunDeps;
}

/** So often everything is copied anew: a restore reads no further back. */
const FULL_EVERY_MS = 7 * DAY_MS;
/** Payments of one chunk; a chunk is held in memory whole. */
const PAGE = 250;
/** The platform lets an invocation have six connections (platform.md 4). */
const AT_ONCE = 6;
/** Read again each time: the ledger's clock is not quite ours, and a record that comes twice does no harm. */
const OVERLAP_MS = 2 * MINUTE_MS;
const FROM_THE_START: Place = { recordedAtMs: 0, merchantOrderId: "" };

/** Begins a run, or says why there is none: a bucket with another deployment's backups is not written to. */
export async function beginRun({ store, deps }: RunContext): Promise<"begun" | "foreign_bucket"> {
  const stand = store.stand();
  if (stand.previous === null && (await newestManifest(deps.bucket)) !== undefined) {
    return "foreign_bucket";
  }
  if (!store.run()) store.setRun(newRun(stand, deps));
  return "begun";
}

function newRun(stand: Stand, { nowMs, source }: RunDeps): Run {
  const startedAtMs = nowMs();
  const { lastFullAtMs, previous } = stand;
  const isFull = !previous || !lastFullAtMs || startedAtMs - lastFullAtMs >= FULL_EVERY_MS;
  const merchants = [...source.merchants()];
  return {
    runId: randomId("run"),
    kind: isFull ? "full" : "incremental",
    startedAtMs,
    merchants,
    tasks: [
      { type: "object", object: "key_registry", merchantId: null },
      { type: "object", object: "payload_keys", merchantId: null },
      ...merchants.flatMap((merchantId) => merchantTasks(merchantId, isFull ? undefined : stand)),
      ...(stand.strays.length > 0 ? [{ type: "strays" as const, payments: stand.strays }] : []),
    ],
    chunks: 0,
    cursors: {},
    hashes: {},
    strays: [],
    keks: [],
    bookmarks: [],
    manifest: null,
  };
}

function merchantTasks(merchantId: MerchantId, stand: Stand | undefined): Task[] {
  const cursor = stand?.cursors[merchantId];
  const after = cursor
    ? { recordedAtMs: cursor.recordedAtMs - OVERLAP_MS, merchantOrderId: "" }
    : FROM_THE_START;
  return [
    { type: "object", object: "vault", merchantId },
    { type: "object", object: "ledger", merchantId },
    { type: "object", object: "audit", merchantId },
    { type: "payments", merchantId, after },
  ];
}

/** Does the next step; `done` when the run's manifest stands. Rejects when something cannot be reached: again then. */
export async function stepRun(context: RunContext, run: Run): Promise<"more" | "done"> {
  const [task, ...rest] = run.tasks;
  if (!task) {
    await endRun(context, run);
    return "done";
  }
  switch (task.type) {
    case "object":
      await copyObject(context, { ...run, tasks: rest }, task);
      return "more";
    case "payments":
      await copyPayments(context, run, task);
      return "more";
    case "strays":
      await copyStrays(context, { ...run, tasks: rest }, task.payments);
      return "more";
    default:
      return unreachable(task);
  }
}

/** An object's dump, if it is another than the last run's. */
async function copyObject(
  context: RunContext,
  run: Run,
  { object, merchantId }: Extract<Task, { type: "object" }>,
): Promise<void> {
  const { store, deps } = context;
  const key = objectKey({ object, merchantId });
  const { dump, bookmark } = await deps.source.dump({ object, merchantId });
  const dumpHash = await sha256Hex(JSON.stringify(dump));
  const next: Run = {
    ...run,
    hashes: { ...run.hashes, [key]: dumpHash },
    bookmarks: bookmark === null ? run.bookmarks : [...run.bookmarks, { object: key, bookmark }],
  };
  if (run.kind === "incremental" && store.stand().hashes[key] === dumpHash)
    return store.setRun(next);
  return writeChunk(context, next, { kind: "object", object, merchantId, dump });
}

/** One page of what changed in a merchant's payments up to the start of the run; later changes are the next run's. */
async function copyPayments(
  context: RunContext,
  run: Run,
  { merchantId, after }: Extract<Task, { type: "payments" }>,
): Promise<void> {
  const { store, deps } = context;
  const [task, ...rest] = run.tasks;
  const page = await deps.source.changed(merchantId, after, PAGE);
  const due = page.filter(({ recordedAtMs }) => recordedAtMs <= run.startedAtMs);
  const last = due.at(-1);
  const isLast = due.length < PAGE;
  const next: Run = {
    ...run,
    tasks:
      isLast || !task || !last ? rest : [{ type: "payments", merchantId, after: last }, ...rest],
    cursors: last ? { ...run.cursors, [merchantId]: last } : run.cursors,
  };
  if (!last) return store.setRun(next);
  const ids = due.map(({ merchantOrderId }) => merchantOrderId);
  return copyList(context, next, { merchantId, ids });
}

async function copyStrays(
  context: RunContext,
  run: Run,
  payments: readonly StrayPayment[],
): Promise<void> {
  const [first] = payments;
  if (!first) return context.store.setRun(run);
  const { merchantId } = first;
  const others = payments.filter((stray) => stray.merchantId !== merchantId);
  const ids = payments
    .filter((stray) => stray.merchantId === merchantId)
    .map((stray) => stray.merchantOrderId);
  const tasks: Task[] =
    others.length > 0 ? [...run.tasks, { type: "strays", payments: others }] : run.tasks;
  return copyList(context, { ...run, tasks }, { merchantId, ids });
}

interface IdList {
  readonly merchantId: MerchantId;
  readonly ids: readonly string[];
}

/** Copies payments into one chunk. One that cannot be read holds up no other: the next run tries it again. */
async function copyList(context: RunContext, run: Run, { merchantId, ids }: IdList): Promise<void> {
  const { store, deps } = context;
  const copies = await inTurns(ids, AT_ONCE, (id) => copyOf(deps, merchantId, id));
  const payments = copies.filter((copy) => copy !== null && copy !== "stray");
  const strays = ids
    .filter((_, index) => copies[index] === "stray")
    .map((merchantOrderId) => ({ merchantId, merchantOrderId }));
  const next = { ...run, strays: [...run.strays, ...strays] };
  if (payments.length === 0) return store.setRun(next);
  return writeChunk(context, next, { kind: "payments", merchantId, payments });
}

async function copyOf(
  { source, log }: RunDeps,
  merchantId: MerchantId,
  merchantOrderId: string,
): Promise<PaymentEntry | null | "stray"> {
  try {
    const copied = await source.payment(merchantId, merchantOrderId);
    if (!copied) return null;
    const { amountPaisa, capturedPaisa, refundedPaisa } = copied.facts;
    return { merchantOrderId, amountPaisa, capturedPaisa, refundedPaisa, copy: copied.copy };
  } catch (error) {
    log("error", "payment not backed up", { merchantId, error: errorMessage(error) });
    return "stray";
  }
}

/** Writes a chunk under the hash of its bytes: no two have the same name, and none is ever written over. */
async function writeChunk(
  { store, deps }: RunContext,
  run: Run,
  content: ChunkContent,
): Promise<void> {
  const { runId, chunks: position } = run;
  const file = await packChunk(deps.sealing, { runId, position }, content);
  const payments = content.kind === "payments" ? content.payments : [];
  const entry: ChunkEntry = {
    kind: content.kind,
    merchantId: content.merchantId,
    object: content.kind === "object" ? content.object : null,
    sha256: await hashOf(file),
    bytes: file.length,
    payments: payments.length,
    amountPaisa: sum(payments.map(({ amountPaisa }) => amountPaisa)),
    capturedPaisa: sum(payments.map(({ capturedPaisa }) => capturedPaisa)),
    refundedPaisa: sum(payments.map(({ refundedPaisa }) => refundedPaisa)),
  };
  await deps.bucket.put(chunkName(entry), file);
  const keks = [...new Set([...run.keks, ...keksOf(file)])];
  store.addChunk({ ...run, keks }, entry);
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, paisa) => total + paisa, 0);
}

async function endRun(context: RunContext, run: Run): Promise<void> {
  const { store, deps } = context;
  const manifest = run.manifest ?? (await makeManifest(context, run));
  // Noted before it is written: a second try after a death writes the same bytes.
  store.setRun({ ...run, manifest });
  const file = fileOf(manifest.text);
  const sha256 = await hashOf(file);
  if (!(await deps.bucket.put(manifest.name, file))) await expectOurs(deps, manifest.name, sha256);
  const stand = store.stand();
  const keks = Object.fromEntries(
    [...run.keks, ...keksOf(file)].map((kek) => [kek, manifest.name] as const),
  );
  store.endRun(run, {
    previous: { name: manifest.name, sha256 },
    lastFullAtMs: run.kind === "full" ? run.startedAtMs : stand.lastFullAtMs,
    lastDoneAtMs: deps.nowMs(),
    cursors: { ...stand.cursors, ...run.cursors },
    hashes: { ...stand.hashes, ...run.hashes },
    strays: run.strays,
    keks: { ...stand.keks, ...keks },
  });
  deps.log("info", "backup done", { manifest: manifest.name, missing: run.strays.length });
}

async function expectOurs({ bucket }: RunDeps, name: string, sha256: string): Promise<void> {
  const there = await bucket.get(name);
  if (!there || (await hashOf(there)) !== sha256) {
    throw new Error("another manifest stands under this run's name");
  }
}

async function makeManifest(
  { store, deps }: RunContext,
  run: Run,
): Promise<{ name: string; text: string }> {
  const { runId, kind, startedAtMs, merchants, bookmarks } = run;
  const chunks = store.chunks(run);
  const text = await writeManifest(deps.sealing, {
    v: 1,
    runId,
    kind,
    startedAtMs,
    completedAtMs: deps.nowMs(),
    gatewayVersion: deps.gatewayVersion,
    masterKeyId: deps.sealing.masterKeyId,
    previous: store.stand().previous,
    merchants,
    chunks,
    totals: totalsOf(chunks),
    missing: run.strays.length,
    bookmarks,
  });
  return { name: manifestName(run), text };
}
