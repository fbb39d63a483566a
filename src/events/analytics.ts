/** What is asked of a ledger's sums: any period, by time or by what payments are told apart by. */
import * as z from "zod";
import { assert, DAY_MS, HOUR_MS, MINUTE_MS, once } from "#base";
import { type BucketCount, percentileMs } from "./latency-buckets.ts";
import { type Dimension, MEASURES, SLOT_MS } from "./rollups.ts";

export const GROUPS = ["day", "hour", "provider", "instrument", "bank", "error"] as const;
type Group = (typeof GROUPS)[number];

export interface AnalyticsQuery {
  /** Of payments made in [from, to); both are rounded down to half-hours. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly by: Group;
  /** Where days begin. */
  readonly utcOffsetMinutes: number;
}

const sumsRow = once(() =>
  z.object({
    key: z.union([z.string(), z.int()]),
    ...Object.fromEntries(MEASURES.map((name) => [name, z.int()])),
  }),
);

export interface Sums {
  readonly payments: number;
  readonly opened: number;
  readonly completed: number;
  readonly failed: number;
  readonly expired: number;
  readonly blocked: number;
  readonly failover: number;
  readonly amountPaisa: number;
  readonly capturedPaisa: number;
  readonly refundedPaisa: number;
  /** Of those that ended; null while none has. */
  readonly successRate: number | null;
}

export interface Analytics {
  readonly totals: Sums;
  /** How long payments took to their end. */
  readonly timeToFinalMs: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  };
  /** A time (epoch ms) or a value, in order; at most 10,000. */
  readonly rows: readonly (Sums & { readonly key: string | number })[];
}

const ROWS_MAX = 10_000;

export function analyse(sql: SqlStorage, query: AnalyticsQuery): Analytics {
  const parts = partsOf(query);
  const [totals] = sumsBy(sql, { dimension: "all", key: "''", parts });
  const counts = latencies(sql, parts);
  return {
    totals: withoutKey(totals ?? NOTHING),
    timeToFinalMs: {
      p50: percentileMs(counts, 0.5),
      p95: percentileMs(counts, 0.95),
      p99: percentileMs(counts, 0.99),
    },
    rows: sumsBy(sql, groupOf(query, parts)),
  };
}

/** A piece of the period in one table. */
interface Part {
  readonly grain: "slots" | "days";
  readonly from: number;
  readonly to: number;
}

const SLOTS_PER_DAY = DAY_MS / SLOT_MS;

/** Whole days (UTC), and the half-hours before and after them. */
function partsOf({ fromMs, toMs }: Pick<AnalyticsQuery, "fromMs" | "toMs">): Part[] {
  const [from, to] = [Math.floor(fromMs / SLOT_MS), Math.floor(toMs / SLOT_MS)];
  const [firstDay, lastDay] = [Math.ceil(from / SLOTS_PER_DAY), Math.floor(to / SLOTS_PER_DAY)];
  if (firstDay >= lastDay) return [{ grain: "slots", from, to }];
  return [
    { grain: "slots", from, to: firstDay * SLOTS_PER_DAY },
    { grain: "days", from: firstDay, to: lastDay },
    { grain: "slots", from: lastDay * SLOTS_PER_DAY, to },
  ];
}

interface Selection {
  readonly dimension: Dimension;
  /** SQL over the columns of a table; nothing but names and whole numbers of ours. */
  readonly key: string;
  readonly parts: readonly Part[];
}

function groupOf(
  { by, utcOffsetMinutes, fromMs, toMs }: AnalyticsQuery,
  parts: readonly Part[],
): Selection {
  if (by !== "day" && by !== "hour") return { dimension: by, key: "value", parts };
  const widthMs = by === "day" ? DAY_MS : HOUR_MS;
  const offsetMs = Math.trunc(utcOffsetMinutes) * MINUTE_MS;
  const local = `(at * ${SLOT_MS} + ${offsetMs})`;
  const slots = { from: Math.floor(fromMs / SLOT_MS), to: Math.floor(toMs / SLOT_MS) };
  return {
    dimension: "all",
    key: `(${local} - ${local} % ${widthMs} - ${offsetMs})`,
    parts: [{ grain: "slots", ...slots }],
  };
}

function sumsBy(sql: SqlStorage, { dimension, key, parts }: Selection) {
  const columns = MEASURES.map((name) => `sum(${name}) AS ${name}`).join(", ");
  const tables = parts.map(
    ({ grain }) =>
      `SELECT ${key} AS key, ${MEASURES.join(", ")} FROM rollup_${grain}
         WHERE dimension = ? AND at >= ? AND at < ?`,
  );
  return sql
    .exec(
      `SELECT key, ${columns} FROM (${tables.join(" UNION ALL ")})
         GROUP BY key HAVING sum(payments) > 0 ORDER BY key LIMIT ${ROWS_MAX}`,
      ...parts.flatMap(({ from, to }) => [dimension, from, to]),
    )
    .toArray()
    .map((row) => rowOf(sumsRow().parse(row)));
}

type Row = Sums & { readonly key: string | number };

function rowOf(row: Readonly<Record<string, unknown>> & { readonly key: string | number }): Row {
  const of = (name: (typeof MEASURES)[number]) => Number(row[name]);
  const ended = of("completed") + of("failed") + of("expired");
  return {
    key: row.key,
    payments: of("payments"),
    opened: of("opened"),
    completed: of("completed"),
    failed: of("failed"),
    expired: of("expired"),
    blocked: of("blocked"),
    failover: of("failover"),
    amountPaisa: of("amount_paisa"),
    capturedPaisa: of("captured_paisa"),
    refundedPaisa: of("refunded_paisa"),
    successRate: ended === 0 ? null : of("completed") / ended,
  };
}

const NOTHING = rowOf({ key: "", ...Object.fromEntries(MEASURES.map((name) => [name, 0])) });

function withoutKey(row: Row): Sums {
  const { key, ...sums } = row;
  assert(key === "", "totals are of no group");
  return sums;
}

const bucketRow = once(() => z.object({ bucket: z.int(), payments: z.int() }));

function latencies(sql: SqlStorage, parts: readonly Part[]): BucketCount[] {
  const tables = parts.map(
    ({ grain }) => `SELECT bucket, payments FROM latency_${grain} WHERE at >= ? AND at < ?`,
  );
  return sql
    .exec(
      `SELECT bucket, sum(payments) AS payments FROM (${tables.join(" UNION ALL ")})
         GROUP BY bucket ORDER BY bucket`,
      ...parts.flatMap(({ from, to }) => [from, to]),
    )
    .toArray()
    .map((row) => bucketRow().parse(row));
}
