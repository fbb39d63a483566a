/**
 * A merchant's credentials, sealed and write-only: nothing that leads out of the object tells a value, but for the sealed
 * snapshot. What a counterparty still signs with after a change is accepted until the overlap ends, then it is erased.
 */
import * as z from "zod";
import { once, ok, refused, type Result } from "#base";
import {
  acceptedOf,
  acceptedOfValue,
  type CopiedCredential,
  credentialName,
  type CredentialName,
  type Credentials,
  namesOf,
} from "./credentials.ts";
import type { CredentialOrder, CredentialView } from "./settings-commands.ts";
import type { CredentialRow } from "./settings-rows.ts";
import type { RecordContext, VaultRoom } from "./vault-room.ts";

/** `webhook:<provider>` and the others; more are a mistake in a script. */
const CREDENTIALS_MAX = 50;
/** Replaced versions of one that are accepted at a time. */
const REPLACED_MAX = 8;
/** Somebody else may write while a value is being sealed; then it is sealed again, for the next version. */
const WRITE_TRIES_MAX = 10;

const valueSchema = once(() => z.record(z.string(), z.unknown()));
const acceptedSchema = once(() => z.array(z.unknown()));

/** Puts a new version in the place of the current one, in the vault or in `BOOTSTRAP`. */
export async function putCredential(
  room: VaultRoom,
  order: CredentialOrder,
): Promise<Result<CredentialView, "too_many">> {
  const { name } = order;
  for (let turn = 0; turn < WRITE_TRIES_MAX; turn += 1) {
    const before = current(room, name);
    if (!before && currentRows(room).length >= CREDENTIALS_MAX) return refused("too_many");
    const version = (before?.version ?? 0) + 1;
    const atMs = room.deps.nowMs();
    const next = await nextRow(room, { version, atMs }, order);
    const replaced = await replacedRow(room, { before, atMs }, order);
    if ((current(room, name)?.version ?? 0) + 1 !== version) continue;
    room.commit(
      {
        atMs,
        by: order.by,
        action: "credential.set",
        object: { type: "credential", id: name },
        details: {
          version,
          reason: order.reason,
          acceptedUntilMs: replaced?.record.untilMs ?? null,
        },
      },
      () => {
        if (before) room.rows.forgetCredential(name, before.version);
        if (replaced) room.rows.writeCredential(replaced);
        room.rows.writeCredential(next);
        const surplus = replacedRows(room, name).slice(REPLACED_MAX);
        for (const row of surplus) room.rows.forgetCredential(name, row.version);
      },
    );
    return ok(viewOf(room, next));
  }
  throw new Error("a credential is being set by too many at once");
}

async function nextRow(
  room: VaultRoom,
  { version, atMs }: { readonly version: number; readonly atMs: number },
  { name, value, reason, by }: CredentialOrder,
): Promise<CredentialRow> {
  return {
    name,
    version,
    record: { setAtMs: atMs, setBy: by.keyId, reason, untilMs: null },
    sealed: await room.deps.seal(contextOf(room, { name, version, part: "value" }), value),
  };
}

/** What is kept of the one before: what is still accepted, and no more. Nothing without an overlap. */
async function replacedRow(
  room: VaultRoom,
  { before, atMs }: { readonly before: CredentialRow | undefined; readonly atMs: number },
  { name, overlapMs }: CredentialOrder,
): Promise<CredentialRow | undefined> {
  const accepted = before
    ? await acceptedOfRow(room, name, before)
    : acceptedOf(bootstrapOf(room), name);
  if (overlapMs === 0 || accepted.length === 0) return undefined;
  const version = before?.version ?? 0;
  const record = before?.record ?? { setAtMs: null, setBy: null, reason: null };
  return {
    name,
    version,
    record: { ...record, untilMs: atMs + overlapMs },
    sealed: await room.deps.seal(
      contextOf(room, { name, version, part: "accepted" }),
      JSON.stringify(accepted),
    ),
  };
}

/** Of one that does not open nothing is accepted: it is mended by the new one. */
async function acceptedOfRow(
  room: VaultRoom,
  name: CredentialName,
  { version, sealed }: CredentialRow,
): Promise<readonly unknown[]> {
  const text = await room.deps.open(contextOf(room, { name, version, part: "value" }), sealed);
  return text === undefined ? [] : acceptedOfValue(name, JSON.parse(text));
}

/** Names and versions, those of `BOOTSTRAP` too; never a value or a part of one. */
export function listCredentials(room: VaultRoom): CredentialView[] {
  const held = currentRows(room).map((row) => viewOf(room, row));
  const names = new Set(held.map(({ name }) => name));
  const bootstrap = namesOf(bootstrapOf(room))
    .filter((name) => !names.has(name))
    .map((name) => ({
      name,
      version: 0,
      source: "bootstrap" as const,
      setAtMs: null,
      setBy: null,
      reason: null,
      accepted: [],
    }));
  return [...held, ...bootstrap].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** All credentials, opened, as isolates get them in the sealed snapshot. */
export async function credentialsForSnapshot(room: VaultRoom): Promise<CopiedCredential[]> {
  return Promise.all(
    currentRows(room).map(async ({ name, version, sealed }) => {
      const accepted = await Promise.all(
        replacedRows(room, name).map((row) => acceptedForSnapshot(room, row)),
      );
      const value = await room.deps.open(contextOf(room, { name, version, part: "value" }), sealed);
      // Better what isolates know than one of `BOOTSTRAP` that was replaced.
      if (value === undefined) throw new Error("a credential does not open");
      return { name, value: valueSchema().parse(JSON.parse(value)), accepted: accepted.flat() };
    }),
  );
}

async function acceptedForSnapshot(room: VaultRoom, row: CredentialRow) {
  const { name, version, record } = row;
  const text = await room.deps.open(
    contextOf(room, { name, version, part: "accepted" }),
    row.sealed,
  );
  const values = acceptedSchema().parse(JSON.parse(text ?? "[]"));
  return values.map((value) => ({ value, untilMs: record.untilMs ?? 0 }));
}

/** Erases what is not accepted any more. True: there was something. */
export function forgetReplaced(room: VaultRoom): boolean {
  const nowMs = room.deps.nowMs();
  const over = room.rows
    .credentials()
    .filter(({ record }) => record.untilMs !== null && record.untilMs <= nowMs);
  for (const { name, version } of over) room.rows.forgetCredential(name, version);
  return over.length > 0;
}

/** When something is to be erased next. */
export function nextErasureAtMs(room: VaultRoom): number | null {
  const ends = room.rows
    .credentials()
    .flatMap(({ record }) => (record.untilMs === null ? [] : [record.untilMs]));
  return ends.length === 0 ? null : Math.min(...ends);
}

function viewOf(room: VaultRoom, { name, version, record }: CredentialRow): CredentialView {
  const known = credentialName(name);
  if (known === undefined) throw new Error("a credential has a name that is none");
  const nowMs = room.deps.nowMs();
  return {
    name: known,
    version,
    source: "vault",
    setAtMs: record.setAtMs,
    setBy: record.setBy,
    reason: record.reason,
    accepted: replacedRows(room, name)
      .map((row) => ({ version: row.version, untilMs: row.record.untilMs ?? 0 }))
      .filter(({ untilMs }) => untilMs > nowMs),
  };
}

function bootstrapOf({ merchantId, deps }: VaultRoom): Credentials {
  return deps.bootstrap(merchantId) ?? { webhooks: [] };
}

function currentRows(room: VaultRoom): CredentialRow[] {
  return room.rows.credentials().filter(({ record }) => record.untilMs === null);
}

function current(room: VaultRoom, name: string): CredentialRow | undefined {
  return currentRows(room).find((row) => row.name === name);
}

function replacedRows(room: VaultRoom, name: string): CredentialRow[] {
  return room.rows.credentials().filter((row) => row.name === name && row.record.untilMs !== null);
}

function contextOf(
  { merchantId }: VaultRoom,
  { name, version, part }: { name: string; version: number; part: "value" | "accepted" },
): RecordContext {
  return { merchantId, record: ["credential", name, String(version), part] };
}
