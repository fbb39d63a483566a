/** What is known of an API key beside its secret, and how it changes. Pure; `VaultObject` keeps it. */
import * as z from "zod";
import { assert, DAY_MS, type MerchantId, once, type Result, ok, refused } from "#base";
import { SCOPES, TIERS } from "./merchant-forms.ts";

export const apiKeyRecordSchema = once(() =>
  z.object({
    id: z.string(),
    name: z.string().nullable(),
    /** `configuration`: it stands in `BOOTSTRAP`, and the vault only knows its end. */
    source: z.enum(["api", "configuration"]),
    scopes: z.array(z.enum(SCOPES)),
    tier: z.enum(TIERS),
    allowIps: z.array(z.string()).nullable(),
    createdAtMs: z.int().nullable(),
    /** The end that was set when it was made. */
    expiresAtMs: z.int().nullable(),
    rotateAtMs: z.int().nullable(),
    rotateEveryDays: z.int().nullable(),
    predecessor: z.string().nullable(),
    successor: z.string().nullable(),
    /** The end of the overlap with its successor. */
    overlapEndsAtMs: z.int().nullable(),
    revokedAtMs: z.int().nullable(),
    /** How many notices of its end or rotation have gone out. */
    noticesSent: z.int(),
  }),
);
export type ApiKeyRecord = z.infer<ReturnType<typeof apiKeyRecordSchema>>;

export type ApiKeyState = "active" | "ending" | "ended" | "revoked";

/** What a new key is to be. */
export type ApiKeyOrder = Pick<
  ApiKeyRecord,
  "name" | "scopes" | "tier" | "allowIps" | "expiresAtMs" | "rotateEveryDays"
>;

/** A key with its secret, at the only moment when it is told. */
export interface MadeKey {
  readonly record: ApiKeyRecord;
  readonly secret: string;
}

/** Notices go out this long before. None at an end: then the key's own refusals say it. */
const NOTICE_BEFORE_MS = {
  rotation: [14 * DAY_MS, 3 * DAY_MS, 0],
  expiry: [14 * DAY_MS, 3 * DAY_MS],
} as const;
/** How long a secret is used that has no period of its own, as one that took over from the configuration (GCM-9). */
const PERIOD_DAYS = 90;
const KEY_ID = /^ak_[A-Za-z0-9_-]{12}_([A-Za-z0-9_-]{1,64})$/;

/** Made keys carry their merchant, so that they are found without an index. */
export function apiKeyId(random: string, merchantId: MerchantId): string {
  const id = `ak_${random}_${merchantId}`;
  assert(merchantOfKeyId(id) === merchantId, "a key id names its merchant");
  return id;
}

/** The merchant that a made key's id names; it may be invented, like the id. */
export function merchantOfKeyId(keyId: string): string | undefined {
  return KEY_ID.exec(keyId)?.[1];
}

export function newRecord(id: string, order: ApiKeyOrder, nowMs: number): ApiKeyRecord {
  const { rotateEveryDays } = order;
  return {
    ...order,
    id,
    source: "api",
    createdAtMs: nowMs,
    rotateAtMs: rotateEveryDays === null ? null : nowMs + rotateEveryDays * DAY_MS,
    predecessor: null,
    successor: null,
    overlapEndsAtMs: null,
    revokedAtMs: null,
    noticesSent: 0,
  };
}

/** The moment from which the key is refused, or `null` when none is set. */
export function endsAtMs(record: ApiKeyRecord): number | null {
  const ends = [record.expiresAtMs, record.overlapEndsAtMs, record.revokedAtMs].filter(
    (end) => end !== null,
  );
  return ends.length === 0 ? null : Math.min(...ends);
}

/** What gates and isolates are told: a revocation counts whatever their clocks say (I11). */
export function refusedFromMs(record: ApiKeyRecord): number | null {
  return record.revokedAtMs === null ? endsAtMs(record) : 0;
}

export function stateOf(record: ApiKeyRecord, nowMs: number): ApiKeyState {
  if (record.revokedAtMs !== null) return "revoked";
  const endMs = endsAtMs(record);
  if (endMs !== null && nowMs >= endMs) return "ended";
  return record.successor === null ? "active" : "ending";
}

export interface Rotation {
  readonly predecessor: ApiKeyRecord;
  readonly successor: ApiKeyRecord;
}

/** A successor with the same rights; both work until the overlap ends (api.md 1). Only a living last key has one. */
export function rotate(
  record: ApiKeyRecord,
  { successorId, overlapMs, nowMs }: { successorId: string; overlapMs: number; nowMs: number },
): Result<Rotation, "not_active"> {
  if (stateOf(record, nowMs) !== "active") return refused("not_active");
  // A key that was to end anyway is followed by one that lives as long as it was meant to.
  const lifeMs =
    record.expiresAtMs === null || record.createdAtMs === null
      ? null
      : record.expiresAtMs - record.createdAtMs;
  const order = {
    ...record,
    expiresAtMs: lifeMs === null ? null : nowMs + lifeMs,
    rotateEveryDays: record.rotateEveryDays ?? PERIOD_DAYS,
  };
  const predecessor = { ...record, successor: successorId, overlapEndsAtMs: nowMs + overlapMs };
  const successor = { ...newRecord(successorId, order, nowMs), predecessor: record.id };
  return ok({ predecessor, successor });
}

/** Ends a key at once; one that is revoked stays as it is. */
export function revoke(record: ApiKeyRecord, nowMs: number): ApiKeyRecord {
  return record.revokedAtMs === null ? { ...record, revokedAtMs: nowMs } : record;
}

/** A key of the configuration is what stands there now; the vault adds how it ended. */
export function withConfigured(kept: ApiKeyRecord, configured: ApiKeyRecord): ApiKeyRecord {
  const { successor, overlapEndsAtMs, revokedAtMs } = kept;
  return {
    ...configured,
    successor,
    overlapEndsAtMs,
    revokedAtMs: revokedAtMs ?? configured.revokedAtMs,
  };
}

export interface KeyNotice {
  readonly atMs: number;
  readonly reason: "rotation" | "expiry";
  readonly dueAtMs: number;
}

/** The next notice that the merchant is owed about a key that nobody has rotated. */
export function nextNotice(record: ApiKeyRecord, nowMs: number): KeyNotice | undefined {
  return stateOf(record, nowMs) === "active" ? noticesOf(record)[record.noticesSent] : undefined;
}

/** All notices of a key's life in their order. What was due before it was made is known to who made it so. */
function noticesOf(record: ApiKeyRecord): KeyNotice[] {
  const { createdAtMs, expiresAtMs, rotateAtMs } = record;
  const isRotated = rotateAtMs !== null && rotateAtMs < (expiresAtMs ?? Infinity);
  return [
    ...noticesBefore("rotation", isRotated ? rotateAtMs : null),
    ...noticesBefore("expiry", expiresAtMs),
  ]
    .filter(({ atMs }) => atMs > (createdAtMs ?? -Infinity))
    .toSorted((a, b) => a.atMs - b.atMs);
}

function noticesBefore(reason: KeyNotice["reason"], dueAtMs: number | null): KeyNotice[] {
  if (dueAtMs === null) return [];
  return NOTICE_BEFORE_MS[reason].map((beforeMs) => ({
    atMs: dueAtMs - beforeMs,
    reason,
    dueAtMs,
  }));
}
