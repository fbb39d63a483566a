/**
 * Admission in one hop: has the key ended, is the nonce new, is there room in the rate window, does the idempotency
 * key belong to this request? One object per merchant, or several for keys that are too busy for one
 * (`admission.ts`). The window lives in memory; the nonce's row is the one write, and restores it after an eviction.
 */
import { DurableObject } from "cloudflare:workers";
import * as z from "zod";
import { type Clock, DAY_MS, MINUTE_MS, once, SECOND_MS } from "#base";
import { RATE_WINDOW_SEC_MAX, type RateClass } from "#vault";
import {
  admitAt,
  type RateLimit,
  type RateStatus,
  type RateWindow,
  restoreWindow,
} from "./rate-window.ts";

/** A signature is fresh for 300 s and may be 30 s ahead: its nonce is kept as long as it could count (SIG-11). */
const NONCE_LIFE_MS = 331 * SECOND_MS;
const WINDOW_MS_MAX = RATE_WINDOW_SEC_MAX * SECOND_MS;
/** How long an idempotency key is kept (api.md 3: at least 24 hours). */
const IDEMPOTENCY_LIFE_MS = DAY_MS;
const CLEAN_UP_EVERY_MS = 10 * MINUTE_MS;
/** A claim is taken back within moments; with more claims than that in between, it stays (and its key is 24 h bound). */
const HOLDERS_MAX = 10_000;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS admissions (
  key_id TEXT NOT NULL, nonce TEXT NOT NULL, class TEXT, at_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,
  PRIMARY KEY (key_id, nonce)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fingerprints (
  key_hash TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, until_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS key_ends (key_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** Which request an idempotency key belongs to; hashes only (IDM-5). */
export interface KeyClaim {
  readonly keyHash: string;
  readonly fingerprint: string;
}

export interface AdmitRequest {
  readonly keyId: string;
  readonly nonce: string;
  readonly createdSec: number;
  /** `null` where another shard counts. */
  readonly rate: { readonly class: RateClass; readonly limits: readonly RateLimit[] } | null;
  /** Only for a request that passed validation: what was refused leaves no trace (IDM-3). */
  readonly idempotency: KeyClaim | null;
}

export type AdmitAnswer =
  | { readonly admitted: true; readonly rates: readonly RateStatus[] }
  | {
      readonly admitted: false;
      readonly reason: "key_revoked" | "nonce_replayed" | "rate_limited" | "idempotency_key_reused";
      readonly rates: readonly RateStatus[];
    };

export interface KeyEnd {
  readonly keyId: string;
  readonly atMs: number;
}

export interface GateDeps {
  readonly nowMs: Clock;
  /** The ends that a merchant's first gate knows. */
  readonly endsOfFirst: (merchantId: string) => Promise<readonly KeyEnd[]>;
}

const fingerprintRowSchema = once(() => z.object({ fingerprint: z.string(), until_ms: z.int() }));
const timesRowSchema = once(() =>
  z.object({ key_id: z.string(), class: z.string(), at_ms: z.int() }),
);
const endRowSchema = once(() => z.object({ key_id: z.string(), at_ms: z.int() }));

export abstract class GateObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: GateDeps;
  #cleanUpPlanned = false;
  /** By key and class; restored from the nonces' rows on first use. */
  #windows: Map<string, RateWindow> | undefined;
  #keyEnds: Map<string, number> | undefined;
  /** How many requests hold a claim that is new enough to be taken back, by its key's hash. */
  readonly #holders = new Map<string, number>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(SCHEMA);
  }

  /**
   * Decides on a request whose signature holds. A refusal by rate or ended key writes nothing. A shard that is new
   * (a merchant's limits were raised) first learns which keys have ended; without that it admits nobody.
   */
  admit(request: AdmitRequest): AdmitAnswer | Promise<AdmitAnswer> {
    const first = this.#firstGate();
    if (first === null) return this.#decide(request);
    return this.#learnEnds(first).then(() => this.#decide(request));
  }

  /** The ends that this gate was told. */
  ends(): KeyEnd[] {
    return [...this.#ends()].map(([keyId, atMs]) => ({ keyId, atMs }));
  }

  /** The merchant's first gate, if this is another one that has yet to learn from it. */
  #firstGate(): string | null {
    const [merchantId, shard] = this.ctx.id.name?.split("/") ?? [];
    if (merchantId === undefined || shard === undefined) return null;
    return this.ctx.storage.kv.get<boolean>("learnt") === true ? null : merchantId;
  }

  async #learnEnds(merchantId: string): Promise<void> {
    for (const { keyId, atMs } of await this.deps.endsOfFirst(merchantId)) {
      this.endKey(keyId, atMs);
    }
    this.ctx.storage.kv.put("learnt", true);
  }

  #decide(request: AdmitRequest): AdmitAnswer {
    const nowMs = this.deps.nowMs();
    const { keyId, nonce, rate, idempotency } = request;
    if (nowMs >= (this.#ends().get(keyId) ?? Infinity)) return refuse("key_revoked");
    if (this.#isKnown(keyId, nonce)) return refuse("nonce_replayed");
    const counted = rate
      ? admitAt(this.#window(keyId, rate.class, nowMs), rate.limits, nowMs)
      : { admitted: true, statuses: [] };
    const rates = counted.statuses;
    if (!counted.admitted) return refuse("rate_limited", rates);
    this.#remember(request, nowMs);
    if (idempotency && this.claim(idempotency) === "other") {
      return refuse("idempotency_key_reused", rates);
    }
    return { admitted: true, rates };
  }

  /** Binds an idempotency key to a request, or tells to which it belongs (IDM-2). */
  claim({ keyHash, fingerprint }: KeyClaim): "first" | "same" | "other" {
    const nowMs = this.deps.nowMs();
    const sql = this.ctx.storage.sql;
    const row = sql
      .exec("SELECT fingerprint, until_ms FROM fingerprints WHERE key_hash = ?", keyHash)
      .toArray()[0];
    const known = row && fingerprintRowSchema().parse(row);
    if (known && known.until_ms >= nowMs) {
      if (known.fingerprint !== fingerprint) return "other";
      this.#hold(keyHash);
      return "same";
    }
    if (this.#holders.size >= HOLDERS_MAX) this.#holders.clear();
    this.#holders.set(keyHash, 1);
    const untilMs = nowMs + IDEMPOTENCY_LIFE_MS;
    sql.exec("INSERT OR REPLACE INTO fingerprints VALUES (?, ?, ?)", keyHash, fingerprint, untilMs);
    this.#planCleanUp(nowMs);
    return "first";
  }

  /** Takes a claim back whose request was refused elsewhere (IDM-3), unless another request came in by it. */
  release({ keyHash, fingerprint }: KeyClaim): void {
    const holders = this.#holders.get(keyHash) ?? Infinity;
    if (holders > 1) {
      if (holders < Infinity) this.#holders.set(keyHash, holders - 1);
      return;
    }
    this.#holders.delete(keyHash);
    this.ctx.storage.sql.exec(
      "DELETE FROM fingerprints WHERE key_hash = ? AND fingerprint = ?",
      keyHash,
      fingerprint,
    );
  }

  /** From that moment on the key is refused, whatever an isolate still believes (I11). An end only moves forward. */
  endKey(keyId: string, atMs: number): void {
    const known = this.#ends();
    if ((known.get(keyId) ?? Infinity) <= atMs) return;
    this.ctx.storage.sql.exec("INSERT OR REPLACE INTO key_ends VALUES (?, ?)", keyId, atMs);
    known.set(keyId, atMs);
  }

  override async alarm(): Promise<void> {
    const nowMs = this.deps.nowMs();
    const sql = this.ctx.storage.sql;
    this.#holders.clear();
    sql.exec("DELETE FROM admissions WHERE until_ms < ?", nowMs);
    sql.exec("DELETE FROM fingerprints WHERE until_ms < ?", nowMs);
    const left = sql
      .exec("SELECT EXISTS (SELECT 1 FROM admissions UNION ALL SELECT 1 FROM fingerprints) AS some")
      .one();
    this.#cleanUpPlanned = left["some"] === 1;
    if (this.#cleanUpPlanned) await this.ctx.storage.setAlarm(nowMs + CLEAN_UP_EVERY_MS);
  }

  #hold(keyHash: string): void {
    const holders = this.#holders.get(keyHash);
    if (holders !== undefined) this.#holders.set(keyHash, holders + 1);
  }

  #isKnown(keyId: string, nonce: string): boolean {
    const sql = this.ctx.storage.sql;
    const rows = sql.exec("SELECT 1 FROM admissions WHERE key_id = ? AND nonce = ?", keyId, nonce);
    return rows.toArray().length > 0;
  }

  #remember({ keyId, nonce, createdSec, rate }: AdmitRequest, nowMs: number): void {
    const untilMs = Math.max(createdSec * SECOND_MS + NONCE_LIFE_MS, nowMs + WINDOW_MS_MAX);
    this.ctx.storage.sql.exec(
      "INSERT INTO admissions VALUES (?, ?, ?, ?, ?)",
      keyId,
      nonce,
      rate?.class ?? null,
      nowMs,
      untilMs,
    );
    this.#planCleanUp(nowMs);
  }

  #window(keyId: string, rateClass: string, nowMs: number): RateWindow {
    this.#windows ??= this.#restoreWindows(nowMs);
    const name = windowName({ key_id: keyId, class: rateClass });
    const window = this.#windows.get(name) ?? { timesMs: [] };
    this.#windows.set(name, window);
    return window;
  }

  #restoreWindows(nowMs: number): Map<string, RateWindow> {
    const rows = this.ctx.storage.sql
      .exec(
        "SELECT key_id, class, at_ms FROM admissions WHERE at_ms > ? AND class IS NOT NULL",
        nowMs - WINDOW_MS_MAX,
      )
      .toArray();
    const times = Map.groupBy(timesRowSchema().array().parse(rows), windowName);
    return new Map(
      [...times].map(([name, rows]) => [
        name,
        restoreWindow(
          rows.map((row) => row.at_ms),
          nowMs,
        ),
      ]),
    );
  }

  #ends(): Map<string, number> {
    this.#keyEnds ??= new Map(
      endRowSchema()
        .array()
        .parse(this.ctx.storage.sql.exec("SELECT key_id, at_ms FROM key_ends").toArray())
        .map((row) => [row.key_id, row.at_ms] as const),
    );
    return this.#keyEnds;
  }

  #planCleanUp(nowMs: number): void {
    if (this.#cleanUpPlanned) return;
    this.#cleanUpPlanned = true;
    void this.ctx.storage.setAlarm(nowMs + CLEAN_UP_EVERY_MS);
  }
}

function windowName(row: { readonly key_id: string; readonly class: string }): string {
  return `${row.class}/${row.key_id}`;
}

function refuse(
  reason: Extract<AdmitAnswer, { admitted: false }>["reason"],
  rates: readonly RateStatus[] = [],
): AdmitAnswer {
  return { admitted: false, reason, rates };
}
