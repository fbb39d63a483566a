/** A merchant's API keys, as its vault keeps them: secrets sealed, records readable, each change with its event. */
import {
  type AuditEvent,
  type ChangedBy,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  ok,
  randomBytes,
  refused,
  type Result,
  toBase64Url,
} from "#base";
import { type AuditFact } from "#base-objects";
import { secretContext } from "./api-key-copies.ts";
import {
  apiKeyId,
  type ApiKeyOrder,
  type ApiKeyRecord,
  endsAtMs,
  type MadeKey,
  newRecord,
  nextNotice,
  refusedFromMs,
  revoke,
  rotate,
  stateOf,
  withConfigured,
} from "./api-key-record.ts";
import type { VaultRoom } from "./vault-room.ts";

/** Living keys of one merchant; more are a mistake in a script. */
const LIVING_KEYS_MAX = 100;
/** Each of them may be rotated once while its overlap lasts. */
const LIVING_KEYS_IN_ROTATION_MAX = 2 * LIVING_KEYS_MAX;
/** An ended key is listed for a while, then forgotten; sooner where there are very many. */
const LISTED_AFTER_END_MS = 90 * DAY_MS;
const LISTED_ENDED_MAX = 200;
/** A key that was made for an hour at most, as that of a self-test, is no key that anybody looks for later. */
const BRIEF_MS = HOUR_MS;
const NOTICE_AGAIN_MS = HOUR_MS;
const FORGET_AGAIN_MS = MINUTE_MS;
const SECRET_BYTES = 32;
const ID_BYTES = 9;

/** Makes a key; its secret is in the answer and nowhere else in the clear. */
export async function createKey(
  room: VaultRoom,
  order: ApiKeyOrder,
  by: ChangedBy,
): Promise<Result<MadeKey, "too_many">> {
  const secret = newSecret();
  const record = newRecord(newId(room), order, room.deps.nowMs());
  const sealed = await room.deps.seal(secretContext(room.merchantId, record.id), secret);
  if (livingCount(room) >= LIVING_KEYS_MAX) return refused("too_many");
  const { scopes, tier } = record;
  room.commit(factOf(room, "created", { id: record.id, by, details: { scopes, tier } }), () => {
    forgetEnded(room);
    room.keys.write(record, sealed);
  });
  return ok({ record, secret });
}

/** All keys, those of the configuration too, without secrets. */
export function listKeys(room: VaultRoom): ApiKeyRecord[] {
  const configured = room.configuredKeys();
  const stands = new Map(configured.map((record) => [record.id, record] as const));
  const rows = room.keys.all().map(({ record }) => {
    const now = record.source === "configuration" ? stands.get(record.id) : undefined;
    return now ? withConfigured(record, now) : record;
  });
  const kept = new Set(rows.map(({ id }) => id));
  return [...configured.filter(({ id }) => !kept.has(id)), ...rows];
}

export function findKey(room: VaultRoom, id: string): ApiKeyRecord | undefined {
  return listKeys(room).find((record) => record.id === id);
}

export type RotatedKey = MadeKey & { readonly predecessor: ApiKeyRecord };
export type RotationRefusal = "not_found" | "not_active" | "too_many";

/** Makes the successor of a living key; the old one works on until the overlap ends. */
export async function rotateKey(
  room: VaultRoom,
  { id, overlapMs }: { readonly id: string; readonly overlapMs: number },
  by: ChangedBy,
): Promise<Result<RotatedKey, RotationRefusal>> {
  const [secret, successorId] = [newSecret(), newId(room)];
  const sealed = await room.deps.seal(secretContext(room.merchantId, successorId), secret);
  const record = findKey(room, id);
  if (!record) return refused("not_found");
  const rotated = rotate(record, { successorId, overlapMs, nowMs: room.deps.nowMs() });
  if (!rotated.ok) return rotated;
  if (livingCount(room) >= LIVING_KEYS_IN_ROTATION_MAX) return refused("too_many");
  const { predecessor, successor } = rotated.value;
  const details = { successor: successorId, overlapEndsAtMs: predecessor.overlapEndsAtMs };
  room.commit(factOf(room, "rotated", { id, by, details }), () => {
    forgetEnded(room);
    room.keys.write(predecessor);
    room.keys.write(successor, sealed);
  });
  return ok({ record: successor, secret, predecessor });
}

/** Notes the end of a key. One that is revoked stays as it is, and nothing has changed that the log should tell. */
export function revokeKey(
  room: VaultRoom,
  id: string,
  by: ChangedBy,
): Result<ApiKeyRecord, "not_found"> {
  const record = findKey(room, id);
  if (!record) return refused("not_found");
  const revoked = revoke(record, room.deps.nowMs());
  const write = () => room.keys.write(revoked);
  if (record.revokedAtMs === null) {
    room.commit(factOf(room, "revoked", { id, by, details: {} }), write);
  } else {
    write();
  }
  return ok(revoked);
}

/** Ends that not all gates have heard of. */
export function untoldEnds(
  room: VaultRoom,
): { readonly record: ApiKeyRecord; readonly endMs: number }[] {
  return room.keys.all().flatMap(({ record, toldEndMs }) => {
    const endMs = refusedFromMs(record);
    return endMs === null || endMs === toldEndMs ? [] : [{ record, endMs }];
  });
}

/** Only what all gates know of is forgotten. True: there was something. */
export function forgetEnded(room: VaultRoom): boolean {
  const nowMs = room.deps.nowMs();
  const untold = new Set(untoldEnds(room).map(({ record }) => record.id));
  const ended = room.keys
    .all()
    .flatMap(({ record }) => {
      const fromMs = forgettableFromMs(record);
      const isOver = fromMs !== null && fromMs - listedMsOf(record) <= nowMs;
      return isOver && !untold.has(record.id) ? [{ id: record.id, fromMs }] : [];
    })
    .toSorted((a, b) => b.fromMs - a.fromMs);
  const over = ended.filter(({ fromMs }, at) => at >= LISTED_ENDED_MAX || fromMs <= nowMs);
  for (const { id } of over) room.keys.forget(id);
  return over.length > 0;
}

/** When the alarm has something to do for keys: notices, and what is to be forgotten. */
export function keyTimesMs(room: VaultRoom): number[] {
  const nowMs = room.deps.nowMs();
  return room.keys.all().flatMap(({ record }) => {
    const noticeAtMs = nextNotice(record, nowMs)?.atMs;
    // What is overdue has just been tried and failed: again in a while.
    const notice =
      noticeAtMs === undefined ? [] : [noticeAtMs > nowMs ? noticeAtMs : nowMs + NOTICE_AGAIN_MS];
    const endMs = forgettableFromMs(record);
    return endMs === null ? notice : [...notice, Math.max(endMs, nowMs + FORGET_AGAIN_MS)];
  });
}

function livingCount(room: VaultRoom): number {
  const nowMs = room.deps.nowMs();
  return listKeys(room).filter((record) => ["active", "ending"].includes(stateOf(record, nowMs)))
    .length;
}

function factOf(
  room: VaultRoom,
  verb: "created" | "rotated" | "revoked",
  fact: {
    readonly id: string;
    readonly by: ChangedBy;
    readonly details: AuditEvent["details"];
  },
): AuditFact {
  const { id, by, details } = fact;
  const object = { type: "api_key", id };
  return { atMs: room.deps.nowMs(), by, action: `api_key.${verb}`, object, details };
}

function newId({ merchantId }: VaultRoom): string {
  return apiKeyId(toBase64Url(randomBytes(ID_BYTES)), merchantId);
}

function newSecret(): string {
  return toBase64Url(randomBytes(SECRET_BYTES));
}

/** When an ended key is no longer listed. One of the configuration is kept: it would come back to life in the list. */
function forgettableFromMs(record: ApiKeyRecord): number | null {
  const endMs = endsAtMs(record);
  return endMs === null || record.source === "configuration" ? null : endMs + listedMsOf(record);
}

function listedMsOf({ createdAtMs, expiresAtMs }: ApiKeyRecord): number {
  const isBrief =
    createdAtMs !== null && expiresAtMs !== null && expiresAtMs - createdAtMs <= BRIEF_MS;
  return isBrief ? BRIEF_MS : LISTED_AFTER_END_MS;
}
