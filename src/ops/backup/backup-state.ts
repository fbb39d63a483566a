/** What the backup's object remembers, in the key-value side of its storage. */
import * as z from "zod";
import { merchantIdSchema, once } from "#base";
import { type ChunkEntry, manifestLinkSchema } from "./manifest.ts";
import { OBJECT_KINDS } from "./files.ts";

const timeMs = z.int();
const placeSchema = once(() => z.object({ recordedAtMs: timeMs, merchantOrderId: z.string() }));
const strayPaymentSchema = once(() =>
  z.object({ merchantId: merchantIdSchema, merchantOrderId: z.string() }),
);

/** What all runs so far came to. */
const standSchema = once(() =>
  z.object({
    previous: manifestLinkSchema().nullable(),
    lastFullAtMs: timeMs.nullable(),
    lastDoneAtMs: timeMs.nullable(),
    /** By merchant: the last change that a run has taken. */
    cursors: z.record(z.string(), placeSchema()),
    /** By object: SHA-256 of the dump that a run has taken. */
    hashes: z.record(z.string(), z.string()),
    /** Payments that could not be read. */
    strays: z.array(strayPaymentSchema()),
    /** By key-encryption key: the newest manifest whose files it closed. */
    keks: z.record(z.string(), z.string()).default({}),
  }),
);
export type Stand = z.infer<ReturnType<typeof standSchema>>;
export type StrayPayment = z.infer<ReturnType<typeof strayPaymentSchema>>;

const taskSchema = once(() =>
  z.discriminatedUnion("type", [
    z.object({
      type: z.literal("object"),
      object: z.enum(OBJECT_KINDS),
      merchantId: merchantIdSchema.nullable(),
    }),
    z.object({
      type: z.literal("payments"),
      merchantId: merchantIdSchema,
      after: placeSchema(),
    }),
    z.object({ type: z.literal("strays"), payments: z.array(strayPaymentSchema()) }),
  ]),
);
export type Task = z.infer<ReturnType<typeof taskSchema>>;

/** A run under way. What it has learnt counts only when its manifest is written. */
const runSchema = once(() =>
  z.object({
    runId: z.string(),
    kind: z.enum(["full", "incremental"]),
    startedAtMs: timeMs,
    merchants: z.array(merchantIdSchema),
    tasks: z.array(taskSchema()),
    chunks: z.int(),
    cursors: z.record(z.string(), placeSchema()),
    hashes: z.record(z.string(), z.string()),
    strays: z.array(strayPaymentSchema()),
    /** What its files are closed by. */
    keks: z.array(z.string()).default([]),
    bookmarks: z.array(z.object({ object: z.string(), bookmark: z.string() })),
    /** The manifest as it will be written: a second try writes the same bytes. */
    manifest: z.object({ name: z.string(), text: z.string() }).nullable(),
  }),
);
export type Run = z.infer<ReturnType<typeof runSchema>>;

const faultSchema = once(() => z.object({ file: z.string(), reason: z.string() }));

const restorationSchema = once(() =>
  z.object({
    phase: z.enum(["checking", "restoring", "done", "refused"]),
    manifest: z.string(),
    startedAtMs: timeMs,
    endedAtMs: timeMs.nullable(),
    /** Checked manifests, newest first, down to a full one. */
    chain: z.array(manifestLinkSchema()),
    /** The next to check. */
    next: z.object({ name: z.string(), sha256: z.string().nullable() }),
    /** Objects come back first: the keys that open payments lie in them. */
    pass: z.enum(["object", "payments"]),
    /** What comes next of the chain: which manifest, and how many of its chunks are done. */
    at: z.object({ manifest: z.int(), chunk: z.int() }),
    chunks: z.object({ done: z.int(), of: z.int() }),
    /** Objects that a newer dump has been put back of. */
    objects: z.array(z.string()),
    payments: z.object({
      restored: z.int(),
      known: z.int(),
      conflicts: z.int(),
      failed: z.int(),
    }),
    fault: faultSchema().nullable(),
  }),
);
export type Restoration = z.infer<ReturnType<typeof restorationSchema>>;

const NO_STAND: Stand = {
  previous: null,
  lastFullAtMs: null,
  lastDoneAtMs: null,
  cursors: {},
  hashes: {},
  strays: [],
  keks: {},
};

export interface BackupStore {
  readonly stand: () => Stand;
  readonly setStand: (stand: Stand) => void;
  readonly run: () => Run | undefined;
  readonly setRun: (run: Run) => void;
  /** Writes a step of a run with the chunk that it made. */
  readonly addChunk: (run: Run, entry: ChunkEntry) => void;
  readonly chunks: (run: Run) => ChunkEntry[];
  /** Ends a run, and what it came to counts. */
  readonly endRun: (run: Run, stand: Stand) => void;
  readonly restoration: () => Restoration | undefined;
  readonly setRestoration: (restoration: Restoration) => void;
  /** Since when somebody asks whether backups are made. */
  readonly askedSinceMs: (nowMs: number) => number;
}

const chunkKey = (position: number) => `chunk/${String(position).padStart(9, "0")}`;

export function backupStore(storage: DurableObjectStorage): BackupStore {
  const { kv } = storage;
  const read = <Value>(key: string, schema: () => z.ZodType<Value>): Value | undefined => {
    const value = kv.get(key);
    return value === undefined ? undefined : schema().parse(value);
  };
  return {
    stand: () => read("stand", standSchema) ?? NO_STAND,
    setStand: (stand) => kv.put("stand", stand),
    run: () => read("run", runSchema),
    setRun: (run) => kv.put("run", run),
    addChunk: (run, entry) =>
      storage.transactionSync(() => {
        kv.put(chunkKey(run.chunks), entry);
        kv.put("run", { ...run, chunks: run.chunks + 1 });
      }),
    chunks: (run) => {
      const entries = [...kv.list<ChunkEntry>({ prefix: "chunk/" })].map(([, entry]) => entry);
      return entries.slice(0, run.chunks);
    },
    endRun: (run, stand) =>
      storage.transactionSync(() => {
        for (let position = 0; position < run.chunks; position += 1) kv.delete(chunkKey(position));
        kv.delete("run");
        kv.put("stand", stand);
      }),
    restoration: () => read("restoration", restorationSchema),
    setRestoration: (restoration) => kv.put("restoration", restoration),
    askedSinceMs(nowMs) {
      const sinceMs = read("asked_since_ms", () => timeMs);
      if (sinceMs === undefined) kv.put("asked_since_ms", nowMs);
      return sinceMs ?? nowMs;
    },
  };
}
