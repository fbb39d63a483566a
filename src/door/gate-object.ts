/**
 * Admission in one hop. One object per merchant (and, later, shard): nonces count per API key, idempotency keys
 * per merchant, so that a retry signed with a rotated key still meets the first one's fingerprint (IDM-1).
 */
import { DurableObject } from "cloudflare:workers";
import * as z from "zod";
import { type Clock, DAY_MS, MINUTE_MS, once, SECOND_MS } from "#base";

/** A signature is fresh for 300 s and may be 30 s ahead: its nonce is kept as long as it could count (SIG-11). */
const NONCE_LIFE_MS = 331 * SECOND_MS;
/** How long an idempotency key is kept (api.md 3: at least 24 hours). */
const IDEMPOTENCY_LIFE_MS = DAY_MS;
const CLEAN_UP_EVERY_MS = 10 * MINUTE_MS;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS nonces (
  key_id TEXT NOT NULL, nonce TEXT NOT NULL, until_ms INTEGER NOT NULL,
  PRIMARY KEY (key_id, nonce)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fingerprints (
  key_hash TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, until_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

export interface AdmitRequest {
  readonly keyId: string;
  readonly nonce: string;
  readonly createdSec: number;
  /** Only for a request that passed validation: what was refused leaves no trace (IDM-3). */
  readonly idempotency: { readonly keyHash: string; readonly fingerprint: string } | null;
}

export type AdmitAnswer =
  | { readonly admitted: true }
  | { readonly admitted: false; readonly reason: "nonce_replayed" | "idempotency_key_reused" };

export interface GateDeps {
  readonly nowMs: Clock;
}

const fingerprintRowSchema = once(() => z.object({ fingerprint: z.string(), until_ms: z.int() }));

export abstract class GateObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: GateDeps;
  #cleanUpPlanned = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(SCHEMA);
  }

  /** Decides on a request whose signature holds: is its nonce new, does its idempotency key belong to it? */
  admit(request: AdmitRequest): AdmitAnswer {
    const nowMs = this.deps.nowMs();
    const { keyId, nonce, createdSec, idempotency } = request;
    const untilMs = createdSec * SECOND_MS + NONCE_LIFE_MS;
    const sql = this.ctx.storage.sql;
    const stored = sql.exec(
      "INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)",
      keyId,
      nonce,
      untilMs,
    ).rowsWritten;
    if (stored === 0) return { admitted: false, reason: "nonce_replayed" };
    this.#planCleanUp(nowMs);
    if (idempotency && !this.#isFirstOrSame(idempotency, nowMs)) {
      return { admitted: false, reason: "idempotency_key_reused" };
    }
    return { admitted: true };
  }

  override async alarm(): Promise<void> {
    const nowMs = this.deps.nowMs();
    const sql = this.ctx.storage.sql;
    sql.exec("DELETE FROM nonces WHERE until_ms < ?", nowMs);
    sql.exec("DELETE FROM fingerprints WHERE until_ms < ?", nowMs);
    const left = sql
      .exec("SELECT EXISTS (SELECT 1 FROM nonces UNION ALL SELECT 1 FROM fingerprints) AS some")
      .one();
    this.#cleanUpPlanned = left["some"] === 1;
    if (this.#cleanUpPlanned) await this.ctx.storage.setAlarm(nowMs + CLEAN_UP_EVERY_MS);
  }

  #isFirstOrSame(
    { keyHash, fingerprint }: NonNullable<AdmitRequest["idempotency"]>,
    nowMs: number,
  ): boolean {
    const sql = this.ctx.storage.sql;
    const row = sql
      .exec("SELECT fingerprint, until_ms FROM fingerprints WHERE key_hash = ?", keyHash)
      .toArray()[0];
    if (row) {
      const known = fingerprintRowSchema().parse(row);
      if (known.until_ms >= nowMs) return known.fingerprint === fingerprint;
    }
    sql.exec(
      "INSERT OR REPLACE INTO fingerprints VALUES (?, ?, ?)",
      keyHash,
      fingerprint,
      nowMs + IDEMPOTENCY_LIFE_MS,
    );
    return true;
  }

  #planCleanUp(nowMs: number): void {
    if (this.#cleanUpPlanned) return;
    this.#cleanUpPlanned = true;
    void this.ctx.storage.setAlarm(nowMs + CLEAN_UP_EVERY_MS);
  }
}
