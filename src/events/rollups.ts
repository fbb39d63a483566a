/**
 * Sums of a merchant's payments by half-hours and by days (UTC) of their making, kept in step with the ledger's index: a
 * payment counts once, as it stands, and every change of it moves the sums by the difference. What is asked of a year
 * reads some ten thousand rows, however many payments there were. Half-hours, since India's days begin at one.
 */
import * as z from "zod";
import { MINUTE_MS, once } from "#base";
import type { PaymentFacts } from "#payments";
import { bucketOf } from "./latency-buckets.ts";

export const SLOT_MS = 30 * MINUTE_MS;

/** What payments are told apart by. `all` is every payment. */
const DIMENSIONS = ["all", "provider", "instrument", "bank", "error"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** What is summed, in the order of the columns. */
export const MEASURES = [
  "payments",
  "opened",
  "completed",
  "failed",
  "expired",
  "blocked",
  "failover",
  "amount_paisa",
  "captured_paisa",
  "refunded_paisa",
] as const;
type Measure = (typeof MEASURES)[number];

/** Tables of the same form, by what `at` counts. */
const GRAINS = [
  { name: "slots", slots: 1 },
  { name: "days", slots: 48 },
] as const;

export const ROLLUP_TABLES = [
  ...GRAINS.flatMap(({ name }) => [`rollup_${name}`, `latency_${name}`]),
  "counted",
];
export const ROLLUP_SCHEMA = [
  ...GRAINS.flatMap(({ name }) => [
    `CREATE TABLE IF NOT EXISTS rollup_${name} (
       dimension TEXT NOT NULL, at INTEGER NOT NULL, value TEXT NOT NULL,
       ${MEASURES.map((measure) => `${measure} INTEGER NOT NULL`).join(", ")},
       PRIMARY KEY (dimension, at, value)) STRICT, WITHOUT ROWID;`,
    `CREATE TABLE IF NOT EXISTS latency_${name} (
       at INTEGER NOT NULL, bucket INTEGER NOT NULL, payments INTEGER NOT NULL,
       PRIMARY KEY (at, bucket)) STRICT, WITHOUT ROWID;`,
  ]),
  "CREATE TABLE IF NOT EXISTS counted (order_id TEXT PRIMARY KEY, contribution TEXT NOT NULL) STRICT;",
].join("\n");

/** What one payment adds to the sums. */
const contributionSchema = once(() =>
  z.object({
    slot: z.int(),
    values: z.partialRecord(z.enum(DIMENSIONS), z.string()),
    sums: z.array(z.int()).length(MEASURES.length),
    /** How long it took to its end; null while it has none. */
    bucket: z.int().nullable(),
  }),
);
type Contribution = z.infer<ReturnType<typeof contributionSchema>>;

function contributionOf(facts: PaymentFacts): Contribution {
  const { createdAtMs, endedAtMs, state } = facts;
  const sums: Record<Measure, number> = {
    payments: 1,
    opened: Number(facts.opened),
    completed: Number(state === "COMPLETED"),
    failed: Number(state === "FAILED"),
    expired: Number(state === "EXPIRED"),
    blocked: Number(state === "BLOCKED"),
    failover: Number(facts.failover),
    amount_paisa: facts.amountPaisa,
    captured_paisa: facts.capturedPaisa,
    refunded_paisa: facts.refundedPaisa,
  };
  const named = { provider: facts.provider, instrument: facts.instrument, bank: facts.bank };
  return {
    slot: Math.floor(createdAtMs / SLOT_MS),
    values: { all: "", ...defined({ ...named, error: facts.errorCode }) },
    sums: MEASURES.map((name) => sums[name]),
    bucket: endedAtMs === null ? null : bucketOf(endedAtMs - createdAtMs),
  };
}

function defined(source: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(source).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

/** Counts the payment as it stands now, in place of how it stood. To be called in the transaction of its index row. */
export function countPayment(sql: SqlStorage, facts: PaymentFacts): void {
  const { merchantOrderId } = facts;
  const before = contributionBefore(sql, merchantOrderId);
  if (before === "sealed") return;
  const made = contributionOf(facts);
  // Its first end counts: a refund is a change, and no later end.
  const bucket = made.bucket === null ? null : (before?.bucket ?? made.bucket);
  const now = { ...made, bucket };
  if (before) add(sql, before, -1);
  add(sql, now, 1);
  sql.exec("INSERT OR REPLACE INTO counted VALUES (?, ?)", merchantOrderId, JSON.stringify(now));
}

/** The sums keep the payment; what it was made of goes, and no later change is counted. */
export function sealCounted(sql: SqlStorage, merchantOrderId: string): void {
  sql.exec("UPDATE counted SET contribution = '' WHERE order_id = ?", merchantOrderId);
}

export function forgetCounted(sql: SqlStorage, merchantOrderId: string): void {
  sql.exec("DELETE FROM counted WHERE order_id = ?", merchantOrderId);
}

function contributionBefore(sql: SqlStorage, orderId: string): Contribution | "sealed" | undefined {
  const [row] = sql.exec("SELECT contribution FROM counted WHERE order_id = ?", orderId).toArray();
  if (!row) return undefined;
  const text = z.string().parse(row["contribution"]);
  return text === "" ? "sealed" : contributionSchema().parse(JSON.parse(text));
}

function add(sql: SqlStorage, contribution: Contribution, sign: 1 | -1): void {
  const { slot, values, sums, bucket } = contribution;
  const signed = sums.map((sum) => sum * sign);
  for (const { name, slots } of GRAINS) {
    const at = Math.floor(slot / slots);
    for (const [dimension, value] of Object.entries(values)) {
      sql.exec(ADD_SUMS[name], dimension, at, value, ...signed);
    }
    if (bucket !== null) sql.exec(ADD_LATENCY[name], at, bucket, sign);
  }
}

const addSums = (name: string) => `INSERT INTO rollup_${name}
  VALUES (?, ?, ?, ${MEASURES.map(() => "?").join(", ")})
  ON CONFLICT (dimension, at, value) DO UPDATE SET
  ${MEASURES.map((measure) => `${measure} = ${measure} + excluded.${measure}`).join(", ")}`;
const addLatency = (name: string) => `INSERT INTO latency_${name} VALUES (?, ?, ?)
  ON CONFLICT (at, bucket) DO UPDATE SET payments = payments + excluded.payments`;
const ADD_SUMS = { slots: addSums("slots"), days: addSums("days") };
const ADD_LATENCY = { slots: addLatency("slots"), days: addLatency("days") };
