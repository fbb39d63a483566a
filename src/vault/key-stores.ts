/** The places that hold envelopes, and how far each has come in wrapping them anew. */
import * as z from "zod";
import { HOUR_MS, MINUTE_MS, once } from "#base";
import type { RewrapProgress, RewrapReport } from "./rewrap-report.ts";

const KINDS = ["vault", "tokens", "payload-keys", "audit", "backups"] as const;

/** One object that holds envelopes. */
export interface KeyStore {
  readonly kind: (typeof KINDS)[number];
  /** The object's name. */
  readonly name: string;
}

/** A store stays in the table when its merchant leaves the configuration: its envelopes are still there. */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS stores (
  kind TEXT NOT NULL, name TEXT NOT NULL, done_turn INTEGER NOT NULL, tries INTEGER NOT NULL,
  try_at_ms INTEGER NOT NULL, report TEXT, PRIMARY KEY (kind, name)) STRICT, WITHOUT ROWID;
`;
const TRY_AGAIN_MS = MINUTE_MS;
const TRY_AGAIN_MAX_MS = HOUR_MS;

const storeSchema = once(() => z.object({ kind: z.enum(KINDS), name: z.string() }));
const countSchema = once(() =>
  z.object({ done: z.int(), left: z.int(), failed: z.int(), try_at_ms: z.int().nullable() }),
);
const reportSchema = once(() =>
  z.object({ keks: z.array(z.string()), unreadable: z.int().min(0) }),
);
const reportRowSchema = once(() => z.object({ report: z.string() }));

export interface KeyStoreRows {
  readonly add: (stores: readonly KeyStore[]) => void;
  readonly toTry: (turn: number, nowMs: number, max: number) => KeyStore[];
  readonly noteDone: (store: KeyStore, turn: number, report: RewrapReport) => void;
  readonly noteFailed: (store: KeyStore, nowMs: number) => void;
  readonly progress: (turn: number) => RewrapProgress;
  /** What all stores together reported. */
  readonly report: () => RewrapReport;
}

export function keyStoreRows(sql: SqlStorage): KeyStoreRows {
  sql.exec(SCHEMA);
  return {
    add(stores) {
      for (const { kind, name } of stores) {
        sql.exec("INSERT OR IGNORE INTO stores VALUES (?, ?, -1, 0, 0, NULL)", kind, name);
      }
    },
    toTry: (turn, nowMs, max) =>
      storeSchema()
        .array()
        .parse(
          sql
            .exec(
              "SELECT kind, name FROM stores WHERE done_turn < ? AND try_at_ms <= ? ORDER BY try_at_ms LIMIT ?",
              turn,
              nowMs,
              max,
            )
            .toArray(),
        ),
    noteDone({ kind, name }, turn, report) {
      sql.exec(
        "UPDATE stores SET done_turn = ?, tries = 0, try_at_ms = 0, report = ? WHERE kind = ? AND name = ?",
        turn,
        JSON.stringify(report),
        kind,
        name,
      );
    },
    noteFailed({ kind, name }, nowMs) {
      sql.exec(
        "UPDATE stores SET try_at_ms = ? + min(?, ? * (1 << min(tries, 10))), tries = tries + 1 WHERE kind = ? AND name = ?",
        nowMs,
        TRY_AGAIN_MAX_MS,
        TRY_AGAIN_MS,
        kind,
        name,
      );
    },
    progress: (turn) => progressOf(sql, turn),
    report: () => reportOf(sql),
  };
}

function progressOf(sql: SqlStorage, turn: number): RewrapProgress {
  const counted = sql
    .exec(
      `SELECT coalesce(sum(done_turn >= ?1), 0) AS done, coalesce(sum(done_turn < ?1), 0) AS left,
         coalesce(sum(done_turn < ?1 AND tries > 0), 0) AS failed,
         min(CASE WHEN done_turn < ?1 THEN try_at_ms END) AS try_at_ms FROM stores`,
      turn,
    )
    .one();
  const { done, left, failed, try_at_ms: tryAtMs } = countSchema().parse(counted);
  return { done, left, failed, tryAtMs };
}

function reportOf(sql: SqlStorage): RewrapReport {
  const keks = new Set<string>();
  let unreadable = 0;
  for (const row of sql.exec("SELECT report FROM stores WHERE report IS NOT NULL")) {
    const parsed = reportSchema().parse(JSON.parse(reportRowSchema().parse(row).report));
    for (const kek of parsed.keks) keks.add(kek);
    unreadable += parsed.unreadable;
  }
  return { keks: [...keks], unreadable };
}
