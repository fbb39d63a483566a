/**
 * A payment in its object's SQLite. Money stands in INTEGER columns of STRICT tables and is checked against
 * the record on every load (style.md 5: assertions in pairs); the rest of a record is JSON that must pass its
 * schema. What is written together is one transaction: state, timeline and outbox never drift apart (I6, I7).
 */
import * as z from "zod";
import { assert, once } from "#base";
import type { Step } from "./draft.ts";
import { addFeedRows, FEED_SCHEMA } from "./feed-store.ts";
import {
  type Attempt,
  attemptSchema,
  type Payment,
  paymentSchema,
  type Refund,
  refundSchema,
  type TimelineEntry,
} from "./model.ts";
import { addOutboxRows, type NewOutboxRow, OUTBOX_SCHEMA } from "./outbox-store.ts";
import type { RequestIdentity } from "./presenter.ts";
import { RESIDENCE_SCHEMA } from "./residence-store.ts";
import { capturedPaisa, refundedPaisa } from "./sums.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS payment (
  id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL,
  amount_paisa INTEGER NOT NULL, captured_paisa INTEGER NOT NULL, refunded_paisa INTEGER NOT NULL,
  record TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS attempts (
  n INTEGER PRIMARY KEY, state TEXT NOT NULL, captured_paisa INTEGER NOT NULL,
  next_at_ms INTEGER, record TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS refunds (
  position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
  amount_paisa INTEGER NOT NULL, next_at_ms INTEGER, record TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS timeline (
  seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, event TEXT NOT NULL,
  from_state TEXT, to_state TEXT NOT NULL, cause TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS inbox (event_key TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS answers (
  key_hash TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, outcome TEXT NOT NULL, body TEXT NOT NULL) STRICT;
`;

const paymentRecordSchema = once(() => paymentSchema().omit({ attempts: true, refunds: true }));
const moneyRowSchema = once(() =>
  z.object({
    amount_paisa: z.int(),
    captured_paisa: z.int(),
    refunded_paisa: z.int(),
    record: z.string(),
  }),
);
const attemptRowSchema = once(() => z.object({ captured_paisa: z.int(), record: z.string() }));
const refundRowSchema = once(() => z.object({ amount_paisa: z.int(), record: z.string() }));
const timelineRowSchema = once(() =>
  z.object({
    seq: z.int(),
    at_ms: z.int(),
    event: z.string(),
    from_state: z.string().nullable(),
    to_state: z.string(),
    cause: z.string(),
  }),
);
const answerRowSchema = once(() => z.object({ outcome: z.string(), body: z.string() }));

/** A webhook flood for one payment must not fill its object; PhonePe sends a handful (contract.md 6.4). */
const INBOX_ROWS_MAX = 500;

export function createSchema(storage: DurableObjectStorage): void {
  storage.sql.exec(SCHEMA + OUTBOX_SCHEMA + FEED_SCHEMA + RESIDENCE_SCHEMA);
}

/** The stored payment, or `undefined` when this object holds none. */
export function loadPayment(storage: DurableObjectStorage): Payment | undefined {
  const tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'payment'").toArray();
  if (tables.length === 0) return undefined;
  const row = storage.sql.exec("SELECT * FROM payment").toArray()[0];
  if (!row) return undefined;
  const money = moneyRowSchema().parse(row);
  const attempts = storage.sql
    .exec("SELECT captured_paisa, record FROM attempts ORDER BY n")
    .toArray()
    .map(readAttempt);
  const refunds = storage.sql
    .exec("SELECT amount_paisa, record FROM refunds ORDER BY position")
    .toArray()
    .map(readRefund);
  const payment = { ...paymentRecordSchema().parse(JSON.parse(money.record)), attempts, refunds };
  assert(payment.amountPaisa === money.amount_paisa, "stored amount agrees with the record");
  assert(capturedPaisa(payment) === money.captured_paisa, "stored capture agrees with the record");
  assert(refundedPaisa(payment) === money.refunded_paisa, "stored refunds agree with the record");
  return payment;
}

function readAttempt(row: unknown): Attempt {
  const { captured_paisa, record } = attemptRowSchema().parse(row);
  const attempt = attemptSchema().parse(JSON.parse(record));
  assert(attempt.capturedPaisa === captured_paisa, "stored capture agrees with the attempt");
  return attempt;
}

function readRefund(row: unknown): Refund {
  const { amount_paisa, record } = refundRowSchema().parse(row);
  const refund = refundSchema().parse(JSON.parse(record));
  assert(refund.amountPaisa === amount_paisa, "stored amount agrees with the refund");
  return refund;
}

export interface SavedStep {
  readonly step: Step;
  readonly outbox: readonly NewOutboxRow[];
  /** The request that asked for it, if one did. */
  readonly by: RequestIdentity | undefined;
}

/** Writes what a step changed; call it inside a transaction. Records that are the same object are not written again. */
export function saveStep(
  storage: DurableObjectStorage,
  before: Payment | undefined,
  { step, outbox, by }: SavedStep,
): void {
  const { payment } = step;
  savePayment(storage, before, payment);
  saveEntries(storage, step.entries);
  addFeedRows(storage, step, by);
  addOutboxRows(storage, outbox, payment.updatedAtMs);
}

/** Writes the payment's own rows, those of attempts and refunds only where they differ from `before`. */
export function savePayment(
  storage: DurableObjectStorage,
  before: Payment | undefined,
  payment: Payment,
): void {
  const { attempts, refunds, ...record } = payment;
  storage.sql.exec(
    "INSERT OR REPLACE INTO payment VALUES (1, ?, ?, ?, ?, ?)",
    payment.state,
    payment.amountPaisa,
    capturedPaisa(payment),
    refundedPaisa(payment),
    JSON.stringify(record),
  );
  for (const attempt of attempts) {
    if (before?.attempts.includes(attempt)) continue;
    const { n, state, nextAtMs } = attempt;
    storage.sql.exec(
      "INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?, ?)",
      n,
      state,
      attempt.capturedPaisa,
      nextAtMs,
      JSON.stringify(attempt),
    );
  }
  for (const [position, refund] of refunds.entries()) {
    if (before?.refunds.includes(refund)) continue;
    storage.sql.exec(
      "INSERT OR REPLACE INTO refunds VALUES (?, ?, ?, ?, ?, ?)",
      position,
      refund.merchantRefundId,
      refund.state,
      refund.amountPaisa,
      refund.nextAtMs,
      JSON.stringify(refund),
    );
  }
}

export function saveEntries(
  storage: DurableObjectStorage,
  entries: readonly TimelineEntry[],
): void {
  for (const entry of entries) {
    storage.sql.exec(
      "INSERT INTO timeline VALUES (?, ?, ?, ?, ?, ?)",
      entry.seq,
      entry.atMs,
      entry.event,
      entry.from,
      entry.to,
      entry.cause,
    );
  }
}

export function loadTimeline(storage: DurableObjectStorage): TimelineEntry[] {
  return storage.sql
    .exec("SELECT * FROM timeline ORDER BY seq")
    .toArray()
    .map((row) => {
      const { seq, at_ms, event, from_state, to_state, cause } = timelineRowSchema().parse(row);
      return { seq, atMs: at_ms, event, from: from_state, to: to_state, cause };
    });
}

export interface StoredAnswer {
  readonly outcome: string;
  readonly body: string;
}

/** The first answer to an idempotency key (I9). */
export function loadAnswer(
  storage: DurableObjectStorage,
  keyHash: string,
): StoredAnswer | undefined {
  const row = storage.sql
    .exec("SELECT outcome, body FROM answers WHERE key_hash = ?", keyHash)
    .toArray()[0];
  return row ? answerRowSchema().parse(row) : undefined;
}

export function saveAnswer(
  storage: DurableObjectStorage,
  keyHash: string,
  { outcome, body, atMs }: StoredAnswer & { readonly atMs: number },
): void {
  storage.sql.exec(
    "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?)",
    keyHash,
    atMs,
    outcome,
    body,
  );
}

/** Remembers a webhook. To a full inbox every one is known: it still counts, at the pace of repeats. */
export function rememberWebhook(
  storage: DurableObjectStorage,
  eventKey: string,
  atMs: number,
): "new" | "known" {
  const count = z
    .object({ rows: z.int() })
    .parse(storage.sql.exec("SELECT count(*) AS rows FROM inbox").one()).rows;
  if (count >= INBOX_ROWS_MAX) return "known";
  const cursor = storage.sql.exec("INSERT OR IGNORE INTO inbox VALUES (?, ?)", eventKey, atMs);
  return cursor.rowsWritten > 0 ? "new" : "known";
}

/** Whether any webhook has ever reached this payment. */
export function hasHeard(storage: DurableObjectStorage): boolean {
  return storage.sql.exec("SELECT 1 FROM inbox LIMIT 1").toArray().length > 0;
}
