/**
 * The versions of a merchant's configuration. A version is written once, sealed, and never changed; going back makes a new
 * one. Who writes must say which version it has seen: of two writers one wins. Version 0 is what stood in `BOOTSTRAP` when
 * the first version was made, or what stands there while there is none.
 */
import * as z from "zod";
import { type ChangedBy, ok, once, refused, type Result } from "#base";
import { type AuditFact } from "#base-objects";
import { configChangeSchema, diffOf } from "./config-diff.ts";
import { type ConfigForm, storedConfigForm } from "./merchant-forms.ts";
import { formOfConfig } from "./merchants.ts";
import type {
  ConfigOrder,
  ConfigPage,
  ConfigRefusal,
  ConfigVersion,
  RollbackOrder,
  VersionedChange,
} from "./settings-commands.ts";
import type { RecordContext, VaultRoom } from "./vault-room.ts";

/** Older ones are forgotten; the audit log has all changes. */
export const CONFIG_VERSIONS_MAX = 1_000;
const PAGE_MAX = 50;

const storedSchema = once(() =>
  z.object({
    content: storedConfigForm(),
    changes: z.array(configChangeSchema()),
    atMs: z.int().nullable(),
    by: z.string().nullable(),
    reason: z.string().nullable(),
    rolledBackTo: z.int().nullable(),
  }),
);
type Stored = z.infer<ReturnType<typeof storedSchema>>;

/** The newest version, or the one of this number; `undefined` when it is not there any more, or never was. */
export async function configAt(
  room: VaultRoom,
  version?: number,
): Promise<ConfigVersion | undefined> {
  const newest = newestVersion(room);
  const wanted = version ?? newest;
  const row = room.rows.config(wanted);
  if (!row) return wanted === 0 && newest === 0 ? viewOf(0, bootstrapVersion(room)) : undefined;
  const stored = await opened(room, row);
  if (!stored) throw new Error("a version of the configuration does not open");
  return viewOf(wanted, stored);
}

/** Versions below `before`. One that does not open harms only itself (GCM-4). */
export async function configHistory(room: VaultRoom, before?: number): Promise<ConfigPage> {
  const rows = room.rows.configsBefore(before ?? Number.MAX_SAFE_INTEGER, PAGE_MAX);
  const versions = await Promise.all(
    rows.map(async (row) => {
      const stored = await opened(room, row);
      return stored ? [viewOf(row.version, stored)] : [];
    }),
  );
  const next = rows.length === PAGE_MAX ? (rows.at(-1)?.version ?? null) : null;
  return { versions: versions.flat(), next };
}

export function putConfig(
  room: VaultRoom,
  order: ConfigOrder,
): Promise<Result<ConfigVersion, ConfigRefusal>> {
  const content = storedConfigForm().parse(JSON.parse(order.config));
  return writeVersion(room, order, { content, rolledBackTo: null });
}

/** A new version with the content of an older one. */
export async function rollBackConfig(
  room: VaultRoom,
  order: RollbackOrder,
): Promise<Result<ConfigVersion, ConfigRefusal>> {
  const row = room.rows.config(order.toVersion);
  const stored = row && (await opened(room, row));
  if (!stored) return refused("version_unknown");
  return writeVersion(room, order, { content: stored.content, rolledBackTo: order.toVersion });
}

async function writeVersion(
  room: VaultRoom,
  { reason, expectedVersion, by }: VersionedChange,
  { content, rolledBackTo }: Pick<Stored, "content" | "rolledBackTo">,
): Promise<Result<ConfigVersion, ConfigRefusal>> {
  if (newestVersion(room) !== expectedVersion) return refused("version_conflict");
  const before = await currentContent(room);
  const changes = diffOf(before, content);
  const atMs = room.deps.nowMs();
  const stored: Stored = { content, changes, atMs, by: by.keyId, reason, rolledBackTo };
  const version = expectedVersion + 1;
  const row = { version, sealed: await sealed(room, version, stored) };
  const first =
    version === 1 ? { version: 0, sealed: await sealed(room, 0, bootstrapVersion(room)) } : null;
  // Others may have written while this was sealed.
  if (newestVersion(room) !== expectedVersion) return refused("version_conflict");
  room.commit(factOf(room, { version, stored, by }), () => {
    if (first) room.rows.writeConfig(first);
    room.rows.writeConfig(row);
    room.rows.forgetConfigsUpTo(version - CONFIG_VERSIONS_MAX);
  });
  return ok(viewOf(version, stored));
}

function factOf(
  { merchantId }: VaultRoom,
  written: { readonly version: number; readonly stored: Stored; readonly by: ChangedBy },
): AuditFact {
  const { version, stored, by } = written;
  const { atMs, reason, changes, rolledBackTo } = stored;
  return {
    atMs: atMs ?? 0,
    by,
    action: rolledBackTo === null ? "config.changed" : "config.rolled_back",
    object: { type: "config", id: merchantId },
    details: {
      version,
      reason,
      changed: changes.map(({ path }) => path),
      ...(rolledBackTo === null ? {} : { rolledBackTo }),
    },
  };
}

/** What counts now. What does not open any more is mended by a new version. */
async function currentContent(room: VaultRoom): Promise<ConfigForm> {
  const row = room.rows.newestConfig();
  const stored = row && (await opened(room, row));
  return stored?.content ?? bootstrapVersion(room).content;
}

/** The configuration that isolates work with; `null` while `BOOTSTRAP` counts. */
export async function configForSnapshot(
  room: VaultRoom,
): Promise<{ readonly version: number; readonly content: ConfigForm } | null> {
  const row = room.rows.newestConfig();
  if (!row) return null;
  const stored = await opened(room, row);
  // Better what isolates know than `BOOTSTRAP`, which may let in more.
  if (!stored) throw new Error("the configuration does not open");
  return { version: row.version, content: stored.content };
}

function newestVersion(room: VaultRoom): number {
  return room.rows.newestConfig()?.version ?? 0;
}

function bootstrapVersion(room: VaultRoom): Stored {
  const merchant = room.deps.bootstrap(room.merchantId);
  const content = merchant ? formOfConfig(merchant) : storedConfigForm().parse({});
  return { content, changes: [], atMs: null, by: null, reason: null, rolledBackTo: null };
}

function viewOf(version: number, stored: Stored): ConfigVersion {
  return {
    version,
    source: version === 0 ? "bootstrap" : "vault",
    changedAtMs: stored.atMs,
    changedBy: stored.by,
    reason: stored.reason,
    rolledBackTo: stored.rolledBackTo,
    config: JSON.stringify(stored.content),
    changes: JSON.stringify(stored.changes),
  };
}

function contextOf({ merchantId }: VaultRoom, version: number): RecordContext {
  return { merchantId, record: ["config", String(version)] };
}

function sealed(room: VaultRoom, version: number, stored: Stored): Promise<string> {
  return room.deps.seal(contextOf(room, version), JSON.stringify(stored));
}

async function opened(
  room: VaultRoom,
  row: { readonly version: number; readonly sealed: string },
): Promise<Stored | undefined> {
  const text = await room.deps.open(contextOf(room, row.version), row.sealed);
  if (text !== undefined) return storedSchema().parse(JSON.parse(text));
  const { merchantId, deps } = room;
  const { version } = row;
  deps.log("error", "a version of the configuration does not open", { merchantId, version });
  return undefined;
}
