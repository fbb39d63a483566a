/**
 * What the gateway knows of its own keys: versions by name, the generations they raise, the roots it has seen, and the
 * turn in which everything sealed is wrapped anew (GCM-8, GCM-9, GCM-11). Pure.
 */
import * as z from "zod";
import { DAY_MS, MINUTE_MS, once } from "#base";
import { type Generations, KEY_PURPOSES, type GatewayPurpose } from "./generations.ts";

export const KEY_NAMES = ["master", "vault", "tokens", "api", "webhook", "jwe"] as const;
export type KeyName = (typeof KEY_NAMES)[number];

interface KeyRow {
  /** Key-encryption keys whose next generation a rotation makes. */
  readonly raises: readonly GatewayPurpose[];
  readonly periodMs: number;
  /** `object`: the object that makes these keys rotates them by itself. */
  readonly schedule: "registry" | "object";
}

/**
 * GCM-9: key-encryption keys a year, what wraps credentials and API secrets 90 days as those themselves. API secrets,
 * webhook credentials and configuration lie in one vault under one key, so that three names raise it.
 */
const KEY_ROWS: Readonly<Record<KeyName, KeyRow>> = {
  master: { raises: KEY_PURPOSES, periodMs: 365 * DAY_MS, schedule: "registry" },
  vault: { raises: ["vault"], periodMs: 365 * DAY_MS, schedule: "registry" },
  tokens: { raises: ["tokens"], periodMs: 365 * DAY_MS, schedule: "registry" },
  api: { raises: ["vault"], periodMs: 90 * DAY_MS, schedule: "registry" },
  webhook: { raises: ["vault"], periodMs: 90 * DAY_MS, schedule: "registry" },
  jwe: { raises: ["payload-keys"], periodMs: 90 * DAY_MS, schedule: "object" },
};
/** A root is changed by its operator; then is when it should be. */
export const ROOT_PERIOD_MS = 365 * DAY_MS;
/** Merchants' own keys: those that close records, those that sign audit logs (GCM-9). */
export const RECORD_KEY_PERIOD_MS = 365 * DAY_MS;
/**
 * Longer than any isolate seals on with what was current before: memory and KV keep it for a minute each. Only what is
 * wrapped anew after that leaves nothing behind.
 */
const SETTLE_MS = 5 * MINUTE_MS;
/** Generations whose making is remembered, per purpose; all others open as well. */
const HISTORY_MAX = 32;

const kekSchema = once(() =>
  z.object({ rootId: z.string(), generation: z.int().min(1), madeAtMs: z.int() }),
);

export const keyRegistrySchema = once(() =>
  z.object({
    keys: z.record(z.enum(KEY_NAMES), z.object({ version: z.int().min(1), rotatedAtMs: z.int() })),
    /** Newest first. */
    keks: z.partialRecord(z.enum(KEY_PURPOSES), z.array(kekSchema())),
    /** Every root that was ever seen, and since when. */
    roots: z.record(z.string(), z.object({ seenAtMs: z.int() })),
    currentRoot: z.string(),
    /** The last change of what new envelopes are closed with. */
    changedAtMs: z.int(),
    turn: z.object({
      number: z.int().min(0),
      startedAtMs: z.int(),
      /** `null` while stores are left. */
      endedAtMs: z.int().nullable(),
    }),
  }),
);
export type KeyRegistry = z.infer<ReturnType<typeof keyRegistrySchema>>;
export type KeyVersions = Readonly<Partial<Record<KeyName, number>>>;

/** What the configuration says of roots. */
export interface RootSet {
  readonly currentId: string;
  readonly rootIds: readonly string[];
}

/** Everything at version 1. What lies in the stores is looked at once this has settled. */
export function newRegistry(set: RootSet, nowMs: number): KeyRegistry {
  const first = { version: 1, rotatedAtMs: nowMs };
  const kek = { rootId: set.currentId, generation: 1, madeAtMs: nowMs };
  return {
    keys: { master: first, vault: first, tokens: first, api: first, webhook: first, jwe: first },
    keks: Object.fromEntries(KEY_PURPOSES.map((purpose) => [purpose, [kek]])),
    roots: Object.fromEntries(set.rootIds.map((id) => [id, { seenAtMs: nowMs }])),
    currentRoot: set.currentId,
    changedAtMs: nowMs,
    turn: { number: 0, startedAtMs: nowMs, endedAtMs: nowMs },
  };
}

/** Notes new roots; another current one is a rotation of everything that it wraps. The same object when all is known. */
export function withRoots(registry: KeyRegistry, set: RootSet, nowMs: number): KeyRegistry {
  const unseen = set.rootIds.filter((id) => !Object.hasOwn(registry.roots, id));
  const isMoved = set.currentId !== registry.currentRoot;
  if (unseen.length === 0 && !isMoved) return registry;
  const roots = { ...registry.roots };
  for (const id of unseen) roots[id] = { seenAtMs: nowMs };
  if (!isMoved) return { ...registry, roots };
  const moved = { ...registry, roots, currentRoot: set.currentId };
  return turned({ ...moved, keks: raised(moved, { purposes: KEY_PURPOSES, by: 0, nowMs }) }, nowMs);
}

/**
 * The next version of each name, and of every key-encryption key that one of them raises: one generation, however many
 * names raise it. `payloadVersion` is what the object of the payload keys has made, where `jwe` is among them.
 */
export function rotateKeys(
  registry: KeyRegistry,
  names: readonly KeyName[],
  {
    nowMs,
    payloadVersion,
  }: { readonly nowMs: number; readonly payloadVersion?: number | undefined },
): KeyRegistry {
  const keys = { ...registry.keys };
  for (const name of new Set(names)) {
    const next = keys[name].version + 1;
    keys[name] = {
      version: name === "jwe" ? (payloadVersion ?? next) : next,
      rotatedAtMs: nowMs,
    };
  }
  const purposes = [...new Set(names.flatMap((name) => KEY_ROWS[name].raises))];
  return turned({ ...registry, keys, keks: raised(registry, { purposes, by: 1, nowMs }) }, nowMs);
}

export function versionsOf(registry: KeyRegistry, names: readonly KeyName[]): KeyVersions {
  return Object.fromEntries(names.map((name) => [name, registry.keys[name].version]));
}

/** What isolates seal with. */
export function generationsOf({ keks }: KeyRegistry): Generations {
  return Object.fromEntries(
    KEY_PURPOSES.map((purpose) => [purpose, keks[purpose]?.[0]?.generation ?? 1]),
  );
}

/** When a name is to be rotated at the latest (GCM-9). */
export function dueAtMs({ keys }: KeyRegistry, name: KeyName): number {
  return keys[name].rotatedAtMs + KEY_ROWS[name].periodMs;
}

/** When a purpose's next generation is made at the latest: by the first of the names that raise it. */
export function kekDueAtMs(registry: KeyRegistry, purpose: GatewayPurpose): number {
  const names = SCHEDULED.filter((name) => KEY_ROWS[name].raises.includes(purpose));
  return Math.min(...names.map((name) => dueAtMs(registry, name)));
}

/** Names that the registry has to rotate by now. */
export function dueNames(registry: KeyRegistry, nowMs: number): KeyName[] {
  return SCHEDULED.filter((name) => dueAtMs(registry, name) <= nowMs);
}

/** When there is something to do again, as far as time decides it. */
export function nextDueAtMs(registry: KeyRegistry): number {
  const dues = SCHEDULED.map((name) => dueAtMs(registry, name));
  const { turn, changedAtMs } = registry;
  const isAgain = turn.endedAtMs !== null && !isSettled(registry);
  return Math.min(...dues, ...(isAgain ? [changedAtMs + SETTLE_MS] : []));
}

/** Whether all stores have to be gone through once more, since isolates have sealed on with older keys meanwhile. */
export function isTurnDue(registry: KeyRegistry, nowMs: number): boolean {
  const { turn, changedAtMs } = registry;
  return turn.endedAtMs !== null && !isSettled(registry) && nowMs >= changedAtMs + SETTLE_MS;
}

export function beginTurn(registry: KeyRegistry, nowMs: number): KeyRegistry {
  const number = registry.turn.number + 1;
  return { ...registry, turn: { number, startedAtMs: nowMs, endedAtMs: null } };
}

/** Ends the turn of that number; a later one has begun where a key was rotated meanwhile. */
export function endTurn(registry: KeyRegistry, number: number, nowMs: number): KeyRegistry {
  if (registry.turn.number !== number) return registry;
  return { ...registry, turn: { ...registry.turn, endedAtMs: nowMs } };
}

/** Whether the last whole turn saw everything that older keys have closed. */
export function isSettled({ turn, changedAtMs }: KeyRegistry): boolean {
  return turn.endedAtMs !== null && turn.startedAtMs >= changedAtMs + SETTLE_MS;
}

const SCHEDULED = KEY_NAMES.filter((name) => KEY_ROWS[name].schedule === "registry");

function turned(registry: KeyRegistry, nowMs: number): KeyRegistry {
  return beginTurn({ ...registry, changedAtMs: nowMs }, nowMs);
}

function raised(
  { keks, currentRoot }: KeyRegistry,
  {
    purposes,
    by,
    nowMs,
  }: { readonly purposes: readonly GatewayPurpose[]; readonly by: 0 | 1; readonly nowMs: number },
): KeyRegistry["keks"] {
  const next = { ...keks };
  for (const purpose of purposes) {
    const history = keks[purpose] ?? [];
    const generation = (history[0]?.generation ?? 1) + by;
    const kek = { rootId: currentRoot, generation, madeAtMs: nowMs };
    next[purpose] = [kek, ...history].slice(0, HISTORY_MAX);
  }
  return next;
}
