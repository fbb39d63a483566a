/**
 * How many requests were refused, by code and minute: one object per deployment. Isolates add up what they refuse and
 * bring it here in batches, so that a flood costs a write every few seconds and not one a request (I7's log
 * is of acts, not of noise).
 */
import { DurableObject } from "cloudflare:workers";
import * as z from "zod";
import { type Clock, DAY_MS, HOUR_MS, MINUTE_MS, once } from "#base";

const LIFE_MS = 30 * DAY_MS;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS refusals (
  minute_ms INTEGER NOT NULL, code TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (minute_ms, code)) STRICT, WITHOUT ROWID;
`;

const countRowSchema = once(() => z.object({ code: z.string(), count: z.int() }));

/** Problem codes and how often each was answered. */
export type RefusalCounts = Readonly<Record<string, number>>;

export interface RefusalDeps {
  readonly nowMs: Clock;
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
    const minuteMs = nowMs - (nowMs % MINUTE_MS);
    for (const [code, count] of Object.entries(counts)) {
      this.ctx.storage.sql.exec(
        `INSERT INTO refusals VALUES (?, ?, ?)
         ON CONFLICT (minute_ms, code) DO UPDATE SET count = count + excluded.count`,
        minuteMs,
        code,
        count,
      );
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

  override async alarm(): Promise<void> {
    const nowMs = this.deps.nowMs();
    const sql = this.ctx.storage.sql;
    sql.exec("DELETE FROM refusals WHERE minute_ms < ?", nowMs - LIFE_MS);
    const left = sql.exec("SELECT EXISTS (SELECT 1 FROM refusals) AS some").one();
    if (left["some"] === 1) await this.ctx.storage.setAlarm(nowMs + HOUR_MS);
  }
}
