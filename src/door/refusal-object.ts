/**
 * How many requests were refused, by code and minute: one object per deployment. Isolates add up what they refuse and
 * bring it here in batches, so that a flood costs a write every few seconds and not one a request (I7's log
 * is of acts, not of noise). What a merchant was spared goes into its audit log, summed up by the hour.
 */
import { DurableObject } from "cloudflare:workers";
import * as z from "zod";
import {
  type AuditEvent,
  type Clock,
  DAY_MS,
  errorMessage,
  HOUR_MS,
  type Log,
  type MerchantId,
  merchantIdSchema,
  MINUTE_MS,
  once,
} from "#base";
import { readMerchantCount, refusalEvent } from "./refusal-events.ts";

const LIFE_MS = 30 * DAY_MS;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS refusals (
  minute_ms INTEGER NOT NULL, code TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (minute_ms, code)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS merchant_refusals (
  hour_ms INTEGER NOT NULL, merchant_id TEXT NOT NULL, code TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (hour_ms, merchant_id, code)) STRICT, WITHOUT ROWID;
`;

const countRowSchema = once(() => z.object({ code: z.string(), count: z.int() }));

const hourRowSchema = once(() =>
  z.object({
    hour_ms: z.int(),
    merchant_id: merchantIdSchema,
    code: z.string(),
    count: z.int(),
  }),
);

/** Problem codes and how often each was answered; and names of `merchantCountName`, how often to whom. */
export type RefusalCounts = Readonly<Record<string, number>>;

export interface RefusalDeps {
  readonly nowMs: Clock;
  readonly log: Log;
  /** Rejects unless all of it is durable. */
  readonly audit: (merchantId: MerchantId, events: readonly AuditEvent[]) => Promise<void>;
}

export abstract class RefusalObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: RefusalDeps;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(SCHEMA);
  }

  /** Adds a batch to the present minute. */
  async add(counts: RefusalCounts): Promise<void> {
    const nowMs = this.deps.nowMs();
    for (const [name, count] of Object.entries(counts)) {
      if (name.includes("@")) this.#addForMerchant(name, count, nowMs);
      else this.#addForAll(name, count, nowMs);
    }
    if ((await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm(nowMs + HOUR_MS);
    }
  }

  /** The sums since a moment, by code. */
  since(fromMs: number): RefusalCounts {
    const rows = this.ctx.storage.sql
      .exec(
        "SELECT code, SUM(count) AS count FROM refusals WHERE minute_ms >= ? GROUP BY code",
        fromMs - (fromMs % MINUTE_MS),
      )
      .toArray();
    return Object.fromEntries(
      countRowSchema()
        .array()
        .parse(rows)
        .map(({ code, count }) => [code, count]),
    );
  }

  /** Tells the audit logs of the hours that are over, and forgets. What could not be told waits for the next time. */
  override async alarm(): Promise<void> {
    const nowMs = this.deps.nowMs();
    const sql = this.ctx.storage.sql;
    sql.exec("DELETE FROM refusals WHERE minute_ms < ?", nowMs - LIFE_MS);
    await this.#tellAuditLogs(nowMs);
    const left = sql
      .exec(
        `SELECT EXISTS (SELECT 1 FROM refusals) OR
           EXISTS (SELECT 1 FROM merchant_refusals) AS some`,
      )
      .one();
    if (left["some"] === 1) await this.ctx.storage.setAlarm(nowMs + HOUR_MS);
  }

  #addForAll(code: string, count: number, nowMs: number): void {
    this.ctx.storage.sql.exec(
      `INSERT INTO refusals VALUES (?, ?, ?)
       ON CONFLICT (minute_ms, code) DO UPDATE SET count = count + excluded.count`,
      nowMs - (nowMs % MINUTE_MS),
      code,
      count,
    );
  }

  #addForMerchant(name: string, count: number, nowMs: number): void {
    const read = readMerchantCount(name);
    if (!read) return; // Not a name that this code makes: nobody to tell.
    this.ctx.storage.sql.exec(
      `INSERT INTO merchant_refusals VALUES (?, ?, ?, ?)
       ON CONFLICT (hour_ms, merchant_id, code) DO UPDATE SET count = count + excluded.count`,
      nowMs - (nowMs % HOUR_MS),
      read.merchantId,
      read.code,
      count,
    );
  }

  /** An hour that is over grows no more: what is told of it is final, and told twice it is one event. */
  async #tellAuditLogs(nowMs: number): Promise<void> {
    const { sql } = this.ctx.storage;
    const thisHourMs = nowMs - (nowMs % HOUR_MS);
    const rows = hourRowSchema()
      .array()
      .parse(sql.exec("SELECT * FROM merchant_refusals WHERE hour_ms < ?", thisHourMs).toArray());
    const byMerchant = Map.groupBy(rows, ({ merchant_id }) => merchant_id);
    for (const [merchantId, hours] of byMerchant) {
      const events = hours.map(({ hour_ms, code, count }) =>
        refusalEvent({ hourMs: hour_ms, code, count }),
      );
      try {
        await this.deps.audit(merchantId, events);
      } catch (error) {
        // The log does not answer: its merchant's sums stay here, and the others are told all the same.
        this.deps.log("warn", "refusals not logged", { merchantId, error: errorMessage(error) });
        continue;
      }
      sql.exec(
        "DELETE FROM merchant_refusals WHERE merchant_id = ? AND hour_ms < ?",
        merchantId,
        thisHourMs,
      );
    }
  }
}
