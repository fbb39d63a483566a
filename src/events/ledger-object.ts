/**
 * One per merchant: what belongs to the merchant but to no payment. So far the webhooks that named an order we
 * do not know: kept, since nothing that a provider sent is lost (api.md 5), and listed for operators.
 */
import { DurableObject } from "cloudflare:workers";
import * as z from "zod";
import { type Clock, DAY_MS } from "#base";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS unmatched_webhooks (
  event_key TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, provider TEXT NOT NULL, event TEXT NOT NULL,
  state TEXT NOT NULL, order_id TEXT, refund_id TEXT) STRICT;
CREATE INDEX IF NOT EXISTS unmatched_by_time ON unmatched_webhooks (at_ms);
`;

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

const LIFE_MS = 90 * DAY_MS;
const ROWS_MAX = 10_000;
const PAGE_ROWS = 200;

const rowSchema = z
  .object({
    event_key: z.string(),
    at_ms: z.int(),
    provider: z.string(),
    event: z.string(),
    state: z.string(),
    order_id: z.string().nullable(),
    refund_id: z.string().nullable(),
  })
  .transform((row) => ({
    at: row.at_ms,
    provider: row.provider,
    event: row.event,
    state: row.state,
    orderId: row.order_id,
    refundId: row.refund_id,
    matched: false,
  }));
export type UnmatchedWebhookRow = z.infer<typeof rowSchema>;

export abstract class LedgerObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: LedgerDeps;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(SCHEMA);
  }

  /** Keeps a verified webhook that no payment claims; says whether it was there already. */
  keepUnmatched(webhook: UnmatchedWebhook): { readonly duplicate: boolean } {
    const nowMs = this.deps.nowMs();
    const sql = this.ctx.storage.sql;
    const { rowsWritten } = sql.exec(
      "INSERT OR IGNORE INTO unmatched_webhooks VALUES (?, ?, ?, ?, ?, ?, ?)",
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

  /** The newest unmatched webhooks, at most 200. */
  unmatched(): UnmatchedWebhookRow[] {
    return this.ctx.storage.sql
      .exec("SELECT * FROM unmatched_webhooks ORDER BY at_ms DESC LIMIT ?", PAGE_ROWS)
      .toArray()
      .map((row) => rowSchema.parse(row));
  }
}
