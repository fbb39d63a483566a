/** What may be told of keys (GCM-10, GCM-11, PCI-3.6.1.1): names, states, times; never material. Pure. */
import { KEY_PURPOSES } from "./generations.ts";
import {
  dueAtMs,
  isSettled,
  kekDueAtMs,
  KEY_NAMES,
  type KeyName,
  type KeyRegistry,
  RECORD_KEY_PERIOD_MS,
  ROOT_PERIOD_MS,
} from "./key-registry.ts";
import type { Keyring } from "./keyring.ts";
import { payloadDueAtMs, type PayloadGeneration } from "./payload-keys.ts";
import { kekName, type RewrapProgress, type RewrapReport } from "./rewrap-report.ts";

export interface InventoryKey {
  readonly id: string;
  readonly kind: "root" | "key-encryption" | "payload" | "record" | "signing";
  readonly purpose: string;
  /** `decrypt-only`: opens what it closed, closes nothing. `destroyed`: what it closed is gone. */
  readonly state: "active" | "decrypt-only" | "destroyed";
  /** A root: since when the gateway knows it. */
  readonly madeAtMs: number;
  /** When it is to be replaced, or ends; `null` for what is replaced already. */
  readonly dueAtMs: number | null;
  /** Whether something is, or may be, closed by it. */
  readonly inUse: boolean;
}

export interface NamedKey {
  readonly name: KeyName;
  readonly version: number;
  readonly rotatedAtMs: number;
  readonly dueAtMs: number;
}

export interface KeyInventory {
  readonly names: readonly NamedKey[];
  readonly keys: readonly InventoryKey[];
  readonly rewrap: Omit<RewrapProgress, "tryAtMs"> & {
    /** `planned`: once more, when every isolate works with the newest keys. */
    readonly state: "running" | "planned" | "done";
    readonly unreadable: number;
    readonly startedAtMs: number;
    readonly endedAtMs: number | null;
  };
}

export interface InventorySources {
  readonly registry: KeyRegistry;
  readonly keyring: Pick<Keyring, "currentId" | "rootIds" | "hashId">;
  readonly report: RewrapReport;
  readonly progress: RewrapProgress;
  /** Those that decrypt, newest first. */
  readonly payloadKeys: readonly PayloadGeneration[];
}

export function inventoryOf(sources: InventorySources): KeyInventory {
  const { registry, progress, report } = sources;
  const { startedAtMs, endedAtMs } = registry.turn;
  const { done, left, failed } = progress;
  const planned = isSettled(registry) ? "done" : "planned";
  return {
    names: KEY_NAMES.map((name) => namedKey(sources, name)),
    keys: [...rootKeys(sources), ...kekKeys(sources), ...payloadKeys(sources)],
    rewrap: {
      state: endedAtMs === null ? "running" : planned,
      done,
      left,
      failed,
      unreadable: report.unreadable,
      startedAtMs,
      endedAtMs,
    },
  };
}

function namedKey({ registry, payloadKeys: [newest] }: InventorySources, name: KeyName): NamedKey {
  if (name === "jwe" && newest) {
    // The object that makes them has the last word: it rotates by itself too.
    const { version, madeAtMs } = newest;
    return { name, version, rotatedAtMs: madeAtMs, dueAtMs: payloadDueAtMs([newest], 0) };
  }
  return { name, ...registry.keys[name], dueAtMs: dueAtMs(registry, name) };
}

function rootKeys({ registry, keyring, report }: InventorySources): InventoryKey[] {
  const { currentId, hashId, rootIds } = keyring;
  // Until all stores have been gone through, nobody can say that a root is not needed.
  const rootsInUse = new Set(report.keks.map((name) => name.split("/")[1]));
  return Object.entries(registry.roots).map(([id, { seenAtMs }]) => {
    const isCurrent = id === currentId;
    const isThere = rootIds.includes(id);
    const hashes = id === hashId ? ["keyed-hashes"] : [];
    return {
      id: `root/${id}`,
      kind: "root",
      purpose: ["key-encryption", ...hashes].join(", "),
      state: stateOf({ isCurrent, isThere }),
      madeAtMs: seenAtMs,
      dueAtMs: isCurrent ? seenAtMs + ROOT_PERIOD_MS : null,
      inUse: isCurrent || id === hashId || !isSettled(registry) || rootsInUse.has(id),
    };
  });
}

function kekKeys({ registry, keyring, report }: InventorySources): InventoryKey[] {
  const keksInUse = new Set(report.keks);
  return KEY_PURPOSES.flatMap((purpose) =>
    (registry.keks[purpose] ?? []).map((kek, index) => {
      const isCurrent = index === 0;
      const isThere = keyring.rootIds.includes(kek.rootId);
      const name = kekName(purpose, kek);
      return {
        id: `kek/${name}`,
        kind: "key-encryption" as const,
        purpose,
        state: stateOf({ isCurrent, isThere }),
        madeAtMs: kek.madeAtMs,
        dueAtMs: isCurrent ? kekDueAtMs(registry, purpose) : null,
        inUse: isCurrent || !isSettled(registry) || keksInUse.has(name),
      };
    }),
  );
}

function payloadKeys({ payloadKeys: generations }: InventorySources): InventoryKey[] {
  return generations.flatMap(({ keys, madeAtMs }, index) =>
    keys.map(({ kid, alg }) => ({
      id: `jwe/${kid}`,
      kind: "payload" as const,
      purpose: alg,
      state: index === 0 ? ("active" as const) : ("decrypt-only" as const),
      madeAtMs,
      dueAtMs: payloadDueAtMs(generations, index),
      inUse: true,
    })),
  );
}

/** Of one merchant: what closes its records, and what signs its audit log, each newest first. */
export interface MerchantKeys {
  readonly record: readonly KeyOfYear[];
  readonly signing: readonly KeyOfYear[];
}

interface KeyOfYear {
  readonly id: string;
  readonly madeAtMs: number;
}

/** Old ones stay for as long as what they closed or signed. */
export function merchantKeys({ record, signing }: MerchantKeys): InventoryKey[] {
  const rowsOf = (kind: "record" | "signing", purpose: string, keys: readonly KeyOfYear[]) =>
    keys.map(({ id, madeAtMs }, index): InventoryKey => ({
      id: `${kind}/${id}`,
      kind,
      purpose,
      state: stateOf({ isCurrent: index === 0, isThere: true }),
      madeAtMs,
      dueAtMs: index === 0 ? madeAtMs + RECORD_KEY_PERIOD_MS : null,
      inUse: true,
    }));
  return [
    ...rowsOf("record", "archived payments, customers' keys", record),
    ...rowsOf("signing", "audit segments", signing),
  ];
}

function stateOf({
  isCurrent,
  isThere,
}: {
  readonly isCurrent: boolean;
  readonly isThere: boolean;
}): InventoryKey["state"] {
  if (!isThere) return "destroyed";
  return isCurrent ? "active" : "decrypt-only";
}
