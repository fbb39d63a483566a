/** The tables of a vault's settings: versions of the configuration, credentials. What was set is sealed. */
import * as z from "zod";
import { once } from "#base";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS config_versions (version INTEGER PRIMARY KEY, sealed TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS credentials (
  name TEXT NOT NULL, version INTEGER NOT NULL, record TEXT NOT NULL, sealed TEXT NOT NULL,
  PRIMARY KEY (name, version)) STRICT, WITHOUT ROWID;
`;

const configRowSchema = once(() => z.object({ version: z.int(), sealed: z.string() }));
type ConfigRow = z.infer<ReturnType<typeof configRowSchema>>;

const credentialRecordSchema = once(() =>
  z.object({
    setAtMs: z.int().nullable(),
    setBy: z.string().nullable(),
    reason: z.string().nullable(),
    /** Of a replaced one: until when what it proves is accepted. `null` for the current one. */
    untilMs: z.int().nullable(),
  }),
);
type CredentialRecord = z.infer<ReturnType<typeof credentialRecordSchema>>;

const credentialRowSchema = once(() =>
  z.object({ name: z.string(), version: z.int(), record: z.string(), sealed: z.string() }),
);
export interface CredentialRow {
  readonly name: string;
  readonly version: number;
  readonly record: CredentialRecord;
  /** The credential; of a replaced one only what is still accepted. */
  readonly sealed: string;
}

export interface SettingsRows {
  readonly newestConfig: () => ConfigRow | undefined;
  readonly config: (version: number) => ConfigRow | undefined;
  /** Versions below `before`, newest first. */
  readonly configsBefore: (before: number, limit: number) => ConfigRow[];
  readonly writeConfig: (row: ConfigRow) => void;
  readonly forgetConfigsUpTo: (version: number) => void;
  /** Current and replaced ones, newest first within a name. */
  readonly credentials: () => CredentialRow[];
  readonly writeCredential: (row: CredentialRow) => void;
  readonly forgetCredential: (name: string, version: number) => void;
}

export function settingsRows(sql: SqlStorage): SettingsRows {
  sql.exec(SCHEMA);
  const configs = (where: string, ...bound: readonly number[]) =>
    configRowSchema()
      .array()
      .parse(sql.exec(`SELECT version, sealed FROM config_versions ${where}`, ...bound).toArray());
  return {
    newestConfig: () => configs("ORDER BY version DESC LIMIT 1")[0],
    config: (version) => configs("WHERE version = ?", version)[0],
    configsBefore: (before, limit) =>
      configs("WHERE version < ? ORDER BY version DESC LIMIT ?", before, limit),
    writeConfig: ({ version, sealed }) => {
      sql.exec("INSERT INTO config_versions VALUES (?, ?)", version, sealed);
    },
    forgetConfigsUpTo: (version) => {
      sql.exec("DELETE FROM config_versions WHERE version <= ?", version);
    },
    credentials: () =>
      credentialRowSchema()
        .array()
        .parse(sql.exec("SELECT * FROM credentials ORDER BY name, version DESC").toArray())
        .map((row) => ({
          ...row,
          record: credentialRecordSchema().parse(JSON.parse(row.record)),
        })),
    writeCredential: ({ name, version, record, sealed }) => {
      sql.exec(
        `INSERT INTO credentials VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET record = excluded.record, sealed = excluded.sealed`,
        name,
        version,
        JSON.stringify(record),
        sealed,
      );
    },
    forgetCredential: (name, version) => {
      sql.exec("DELETE FROM credentials WHERE name = ? AND version = ?", name, version);
    },
  };
}
