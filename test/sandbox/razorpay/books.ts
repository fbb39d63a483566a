import * as z from "zod";
import { type BooksOf, insert, query } from "../books/books.ts";
import { CALLS_TABLE } from "../books/calls.ts";
import { FAULTS_TABLE } from "../books/faults.ts";
import type { RazorpaySettings } from "./settings.ts";

/**
 * Razorpay's books. The database itself refuses what must not happen: a second link under one reference, a second
 * capture of one link, a second refund under one idempotency key.
 */
const TABLES = `
CREATE TABLE IF NOT EXISTS links (
  linkId TEXT PRIMARY KEY, orderId TEXT NOT NULL, referenceId TEXT NOT NULL,
  amountPaisa INTEGER NOT NULL CHECK (amountPaisa > 0),
  status TEXT NOT NULL CHECK (status IN ('created', 'paid', 'expired', 'cancelled')),
  description TEXT NOT NULL, callbackUrl TEXT NOT NULL, notes TEXT NOT NULL, shortUrl TEXT NOT NULL,
  createdAtMs INTEGER NOT NULL, expiresAtMs INTEGER NOT NULL, endedAtMs INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS linksByReference ON links (referenceId) WHERE referenceId <> '';
CREATE TABLE IF NOT EXISTS payments (
  paymentId TEXT PRIMARY KEY, linkId TEXT NOT NULL REFERENCES links (linkId),
  amountPaisa INTEGER NOT NULL CHECK (amountPaisa > 0), method TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('captured', 'failed')), createdAtMs INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS captures ON payments (linkId) WHERE status = 'captured';
CREATE TABLE IF NOT EXISTS refunds (
  refundId TEXT PRIMARY KEY, paymentId TEXT NOT NULL REFERENCES payments (paymentId),
  amountPaisa INTEGER NOT NULL CHECK (amountPaisa > 0), receipt TEXT NOT NULL, notes TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'processed', 'failed')),
  idempotencyKey TEXT NOT NULL, request TEXT NOT NULL, createdAtMs INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS refundsByKey ON refunds (idempotencyKey) WHERE idempotencyKey <> '';
CREATE TABLE IF NOT EXISTS deliveries (
  deliveryId INTEGER PRIMARY KEY AUTOINCREMENT, referenceId TEXT NOT NULL, event TEXT NOT NULL,
  eventId TEXT NOT NULL, url TEXT NOT NULL, body TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('QUEUED', 'DELIVERED', 'GAVE_UP', 'DROPPED')),
  tries INTEGER NOT NULL DEFAULT 0, lastHttpStatus INTEGER NOT NULL DEFAULT 0,
  lastError TEXT NOT NULL DEFAULT '', createdAtMs INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS due (
  dueId INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, ref TEXT NOT NULL, atMs INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS switches (id INTEGER PRIMARY KEY, patch TEXT NOT NULL) STRICT;
${CALLS_TABLE}
${FAULTS_TABLE}
`;

/** Children first: foreign keys are on. */
const TABLE_NAMES = [
  "due",
  "deliveries",
  "refunds",
  "payments",
  "links",
  "switches",
  "calls",
  "faults",
] as const;

export type RazorpayBooks = BooksOf<RazorpaySettings>;

export function openRazorpayBooks(books: RazorpayBooks): void {
  books.sql.exec(TABLES);
}

export function resetRazorpayBooks(books: RazorpayBooks): void {
  books.atomically(() => {
    for (const table of TABLE_NAMES) books.sql.exec(`DELETE FROM ${table}`);
  });
}

const paisa = z.number().int().positive();

const linkSchema = z.object({
  linkId: z.string(),
  orderId: z.string(),
  referenceId: z.string(),
  amountPaisa: paisa,
  status: z.enum(["created", "paid", "expired", "cancelled"]),
  description: z.string(),
  callbackUrl: z.string(),
  notes: z.string(),
  shortUrl: z.string(),
  createdAtMs: z.number(),
  expiresAtMs: z.number(),
  endedAtMs: z.number(),
});
export type Link = Readonly<z.infer<typeof linkSchema>>;

const paymentSchema = z.object({
  paymentId: z.string(),
  linkId: z.string(),
  amountPaisa: paisa,
  method: z.string(),
  status: z.enum(["captured", "failed"]),
  createdAtMs: z.number(),
});
export type Payment = Readonly<z.infer<typeof paymentSchema>>;

const refundSchema = z.object({
  refundId: z.string(),
  paymentId: z.string(),
  amountPaisa: paisa,
  receipt: z.string(),
  notes: z.string(),
  status: z.enum(["pending", "processed", "failed"]),
  idempotencyKey: z.string(),
  request: z.string(),
  createdAtMs: z.number(),
});
export type Refund = Readonly<z.infer<typeof refundSchema>>;

export function findLink(books: RazorpayBooks, id: string): Link | undefined {
  const statement = "SELECT * FROM links WHERE linkId = ? OR referenceId = ?";
  return query(books, linkSchema, [statement, id, id])[0];
}

/** A link that is known to exist, as it stands now. */
export function loadLink(books: RazorpayBooks, linkId: string): Link {
  const link = findLink(books, linkId);
  if (link === undefined) throw new Error(`no link ${linkId}`);
  return link;
}

/** Newest first. */
export function listLinks(books: RazorpayBooks): Link[] {
  return query(books, linkSchema, ["SELECT * FROM links ORDER BY createdAtMs DESC, linkId"]);
}

export function findPayment(books: RazorpayBooks, paymentId: string): Payment | undefined {
  const statement = "SELECT * FROM payments WHERE paymentId = ?";
  return query(books, paymentSchema, [statement, paymentId])[0];
}

export function loadPayment(books: RazorpayBooks, paymentId: string): Payment {
  const payment = findPayment(books, paymentId);
  if (payment === undefined) throw new Error(`no payment ${paymentId}`);
  return payment;
}

export function listPayments(books: RazorpayBooks, linkId: string): Payment[] {
  const statement = "SELECT * FROM payments WHERE linkId = ? ORDER BY createdAtMs DESC, rowid DESC";
  return query(books, paymentSchema, [statement, linkId]);
}

/** By Razorpay's id, the merchant's receipt, or the idempotency key. */
export function findRefund(books: RazorpayBooks, id: string): Refund | undefined {
  const statement = "SELECT * FROM refunds WHERE refundId = ? OR receipt = ? OR idempotencyKey = ?";
  return query(books, refundSchema, [statement, id, id, id])[0];
}

export function listRefunds(books: RazorpayBooks, paymentId: string): Refund[] {
  const statement = "SELECT * FROM refunds WHERE paymentId = ? ORDER BY createdAtMs DESC, refundId";
  return query(books, refundSchema, [statement, paymentId]);
}

/** What refunds have taken or may still take of a payment. */
export function refundedPaisa(books: RazorpayBooks, { paymentId }: Payment): number {
  return listRefunds(books, paymentId)
    .filter(({ status }) => status !== "failed")
    .reduce((sum, { amountPaisa }) => sum + amountPaisa, 0);
}

const DUE_KINDS = ["link-expiry", "refund-end", "delivery"] as const;
const dueSchema = z.object({ dueId: z.number(), kind: z.enum(DUE_KINDS), ref: z.string() });
export type RazorpayDue = z.infer<typeof dueSchema>;

export function addDue(
  books: RazorpayBooks,
  due: { kind: RazorpayDue["kind"]; ref: string; atMs: number },
): void {
  insert(books, "due", due);
  books.wake();
}

/** Takes the next work whose time has come off the list. */
export function takeDue(books: RazorpayBooks): RazorpayDue | undefined {
  return query(books, dueSchema, [
    `DELETE FROM due WHERE dueId = (SELECT dueId FROM due WHERE atMs <= ? ORDER BY atMs, dueId LIMIT 1)
       RETURNING dueId, kind, ref`,
    books.nowMs(),
  ])[0];
}

export function nextDueMs(books: RazorpayBooks): number | undefined {
  const schema = z.object({ atMs: z.number().nullable() });
  const [row] = query(books, schema, ["SELECT min(atMs) AS atMs FROM due"]);
  return row?.atMs ?? undefined;
}

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** An id in Razorpay's form: a prefix and fourteen letters and digits. */
export function razorpayId(prefix: "plink" | "order" | "pay" | "rfnd" | "evt"): string {
  const random = [...crypto.getRandomValues(new Uint8Array(14))];
  return `${prefix}_${random.map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join("")}`;
}
