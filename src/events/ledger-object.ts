/**
 * One per merchant: what belongs to the merchant but to no payment. The webhooks that named an order we do not
 * know (nothing that a provider sent is lost, api.md 5), the notifications that wait for an operator, and the
 * addresses whose receiver said it is gone.
 */
import { DurableObject } from "cloudflare:workers";
import { type Clock, DAY_MS, type ObjectDump } from "#base";
import { copyObject, type ObjectCopy, restoreObject } from "#base-objects";
import type { ParkedNotification, PaymentFacts } from "#payments";
import { type Analytics, type AnalyticsQuery, analyse } from "./analytics.ts";
import {
  hearingRowSchema,
  paymentRowSchema,
  type ParkedRow,
  parkedRowSchema,
  type RecordedPayment,
  type RecordedPlace,
  restingRowSchema,
  type UnmatchedWebhookRow,
  unmatchedRowSchema,
} from "./ledger-rows.ts";
import {
  countPayment,
  forgetCounted,
  ROLLUP_SCHEMA,
  ROLLUP_TABLES,
  sealCounted,
} from "./rollups.ts";
import { type Hearing, noteEnd, NOTHING_HEARD, silentSinceMs } from "./webhook-silence.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS payments (
  order_id TEXT PRIMARY KEY, payment_id TEXT NOT NULL, state TEXT NOT NULL,
  amount_paisa INTEGER NOT NULL, captured_paisa INTEGER NOT NULL, refunded_paisa INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL, event_seq INTEGER NOT NULL,
  recorded_at_ms INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS payments_by_record ON payments (recorded_at_ms, order_id);
CREATE TABLE IF NOT EXISTS unmatched_webhooks (
  event_key TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, provider TEXT NOT NULL, event TEXT NOT NULL,
  state TEXT NOT NULL, order_id TEXT, refund_id TEXT, confirmed_state TEXT) STRICT;
CREATE INDEX IF NOT EXISTS unmatched_by_time ON unmatched_webhooks (at_ms);
CREATE TABLE IF NOT EXISTS parked_notifications (
  order_id TEXT NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, reason TEXT NOT NULL,
  at_ms INTEGER NOT NULL, PRIMARY KEY (order_id, seq)) STRICT;
CREATE TABLE IF NOT EXISTS hearing (
  id INTEGER PRIMARY KEY CHECK (id = 1), heard_at_ms INTEGER, polled_since_ms INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS gone_endpoints (url_hash TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT;
${ROLLUP_SCHEMA}`;

/** Ids and states only: no amount, no person (I10). */
export interface UnmatchedWebhook {
  readonly eventKey: string;
  readonly provider: string;
  readonly event: string;
  readonly state: string;
  readonly orderId: string | null;
  readonly refundId: string | null;
}

export interface LedgerDeps {
  readonly nowMs: Clock;
}

/** The state of a row whose payment rests in India. */
const STRIPPED = "";

const LIFE_MS = 90 * DAY_MS;
const ROWS_MAX = 10_000;
const PAGE_ROWS = 200;

export abstract class LedgerObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: LedgerDeps;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(SCHEMA);
  }

  /** A payment as it stands; what is not newer than what is known changes nothing. */
  record(facts: PaymentFacts): void {
    const { sql } = this.ctx.storage;
    this.ctx.storage.transactionSync(() => {
      if (this.#index(facts)) countPayment(sql, facts);
    });
  }

  /** Whether it is newer than what is known. */
  #index(facts: PaymentFacts): boolean {
    const { rowsWritten } = this.ctx.storage.sql.exec(
      `INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (order_id) DO UPDATE SET state = excluded.state,
           payment_id = excluded.payment_id, amount_paisa = excluded.amount_paisa,
           created_at_ms = excluded.created_at_ms,
           captured_paisa = excluded.captured_paisa, refunded_paisa = excluded.refunded_paisa,
           updated_at_ms = excluded.updated_at_ms, event_seq = excluded.event_seq,
           recorded_at_ms = excluded.recorded_at_ms
         WHERE excluded.event_seq > payments.event_seq`,
      facts.merchantOrderId,
      facts.paymentId,
      facts.state,
      facts.amountPaisa,
      facts.capturedPaisa,
      facts.refundedPaisa,
      facts.createdAtMs,
      facts.updatedAtMs,
      facts.eventSeq,
      this.deps.nowMs(),
    );
    return rowsWritten > 0;
  }

  /** The payment's record is at its end (docs/retention.md). */
  forget(merchantOrderId: string): void {
    const { sql } = this.ctx.storage;
    sql.exec("DELETE FROM payments WHERE order_id = ?", merchantOrderId);
    forgetCounted(sql, merchantOrderId);
    sql.exec("DELETE FROM parked_notifications WHERE order_id = ?", merchantOrderId);
  }

  /** Keeps of a payment no more than that it exists, until its next event (docs/residency.md). */
  strip(merchantOrderId: string): void {
    this.ctx.storage.sql.exec(
      `UPDATE payments SET payment_id = '', state = ?, amount_paisa = 0, captured_paisa = 0,
         refunded_paisa = 0, created_at_ms = 0, updated_at_ms = 0 WHERE order_id = ?`,
      STRIPPED,
      merchantOrderId,
    );
    sealCounted(this.ctx.storage.sql, merchantOrderId);
  }

  /** Sums over payments, by time or by what they are told apart by. */
  analytics(query: AnalyticsQuery): Analytics {
    return analyse(this.ctx.storage.sql, query);
  }

  /** Payments at an end that did not change since a moment and are not stripped, and the first of these ends. */
  restingSince(beforeMs: number): {
    readonly payments: number;
    readonly oldestAtMs: number | null;
  } {
    const row = this.ctx.storage.sql
      .exec(
        `SELECT count(*) AS payments, min(updated_at_ms) AS oldest FROM payments
           WHERE state NOT IN ('INITIATING', 'PENDING', ?) AND updated_at_ms < ?`,
        STRIPPED,
        beforeMs,
      )
      .one();
    return restingRowSchema().parse(row);
  }

  /** Many payments at once, as they come back from a backup. */
  recordAll(list: readonly PaymentFacts[]): void {
    this.ctx.storage.transactionSync(() => {
      for (const facts of list) this.record(facts);
    });
  }

  /** For the backup: all but the index of payments and their sums, which are made anew from the payments. */
  dump(): Promise<ObjectCopy> {
    return copyObject(this.ctx.storage, { without: ["payments", ...ROLLUP_TABLES] });
  }

  /** Puts a dump back in place of what is here. */
  restoreDump(dump: ObjectDump): void {
    restoreObject(this.ctx.storage, dump);
  }

  /** Payments that were recorded after a place in the list, oldest record first, at most so many. */
  recorded(after: RecordedPlace, limit: number): RecordedPayment[] {
    return this.ctx.storage.sql
      .exec(
        `SELECT * FROM payments WHERE (recorded_at_ms, order_id) > (?, ?)
           ORDER BY recorded_at_ms, order_id LIMIT ?`,
        after.recordedAtMs,
        after.merchantOrderId,
        limit,
      )
      .toArray()
      .map((row) => paymentRowSchema().parse(row));
  }

  /** Keeps a verified webhook that no payment claims; says whether it was there already. */
  keepUnmatched(webhook: UnmatchedWebhook): { readonly duplicate: boolean } {
    const nowMs = this.deps.nowMs();
    const sql = this.ctx.storage.sql;
    const { rowsWritten } = sql.exec(
      `INSERT OR IGNORE INTO unmatched_webhooks
         (event_key, at_ms, provider, event, state, order_id, refund_id) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      webhook.eventKey,
      nowMs,
      webhook.provider,
      webhook.event,
      webhook.state,
      webhook.orderId,
      webhook.refundId,
    );
    sql.exec("DELETE FROM unmatched_webhooks WHERE at_ms < ?", nowMs - LIFE_MS);
    // Past the limit the oldest give way: a flood of forged ones must not fill the object.
    sql.exec(
      `DELETE FROM unmatched_webhooks WHERE event_key IN
         (SELECT event_key FROM unmatched_webhooks ORDER BY at_ms DESC LIMIT -1 OFFSET ?)`,
      ROWS_MAX,
    );
    return { duplicate: rowsWritten === 0 };
  }

  /** What the provider's status API said of the payment that an unmatched webhook named. */
  confirmUnmatched(eventKey: string, state: string): void {
    this.ctx.storage.sql.exec(
      "UPDATE unmatched_webhooks SET confirmed_state = ? WHERE event_key = ?",
      state,
      eventKey,
    );
  }

  /** The newest unmatched webhooks, at most 200. */
  unmatched(): UnmatchedWebhookRow[] {
    return this.ctx.storage.sql
      .exec("SELECT * FROM unmatched_webhooks ORDER BY at_ms DESC LIMIT ?", PAGE_ROWS)
      .toArray()
      .map((row) => unmatchedRowSchema().parse(row));
  }

  /** Lists a notification that only an operator can move on. */
  park(parked: ParkedNotification): void {
    this.ctx.storage.sql.exec(
      "INSERT OR REPLACE INTO parked_notifications VALUES (?, ?, ?, ?, ?)",
      parked.merchantOrderId,
      parked.seq,
      parked.type,
      parked.reason,
      this.deps.nowMs(),
    );
  }

  unpark(merchantOrderId: string, seq: number): void {
    this.ctx.storage.sql.exec(
      "DELETE FROM parked_notifications WHERE order_id = ? AND seq = ?",
      merchantOrderId,
      seq,
    );
    // Whoever replays believes that the receiver is back.
    this.ctx.storage.sql.exec("DELETE FROM gone_endpoints");
  }

  /** The newest parked notifications, at most 200. */
  parked(): ParkedRow[] {
    return this.ctx.storage.sql
      .exec("SELECT * FROM parked_notifications ORDER BY at_ms DESC LIMIT ?", PAGE_ROWS)
      .toArray()
      .map((row) => parkedRowSchema().parse(row));
  }

  endpointGone(urlHash: string): boolean {
    const rows = this.ctx.storage.sql
      .exec("SELECT 1 FROM gone_endpoints WHERE url_hash = ?", urlHash)
      .toArray();
    return rows.length > 0;
  }

  turnEndpointOff(urlHash: string): void {
    this.ctx.storage.sql.exec(
      "INSERT OR REPLACE INTO gone_endpoints VALUES (?, ?)",
      urlHash,
      this.deps.nowMs(),
    );
  }

  /** A payment has ended: told by a webhook, or found by asking. Answers since when webhooks are silent. */
  noteEnd(heard: boolean): { readonly silentSinceMs: number | null } {
    const nowMs = this.deps.nowMs();
    const hearing = noteEnd(this.#hearing(), heard, nowMs);
    this.ctx.storage.sql.exec(
      "INSERT OR REPLACE INTO hearing VALUES (1, ?, ?)",
      hearing.heardAtMs,
      hearing.polledSinceMs,
    );
    return { silentSinceMs: silentSinceMs(hearing, nowMs) };
  }

  /** Since when webhooks are silent, or null. */
  silence(): number | null {
    return silentSinceMs(this.#hearing(), this.deps.nowMs());
  }

  #hearing(): Hearing {
    const row = this.ctx.storage.sql.exec("SELECT * FROM hearing").toArray()[0];
    return row ? hearingRowSchema().parse(row) : NOTHING_HEARD;
  }
}
