import * as z from "zod";
import { ENDPOINTS } from "../endpoints.ts";
import { type Database, insert, query } from "./books.ts";
import type { CallIds } from "./calls.ts";

/**
 * Faults (EM-13). A plain kind strikes before the endpoint does anything; `…-after` lets it do its work, stores the
 * result, and only then spoils the answer.
 */
const FAULT_KINDS = [
  "delay",
  "timeout-before",
  "timeout-after",
  "401",
  "429",
  "500",
  "500-after",
  "503",
  "503-after",
  "html",
  "html-after",
  "reset",
  "reset-after",
  "truncated",
  "malformed",
  "empty",
  "redirect",
  "big-after",
  "drip",
  "unknown-fields",
  "expires-now",
  "revoke",
] as const;

export const faultInputSchema = z.strictObject({
  endpoint: z.enum([...ENDPOINTS, "any"]),
  kind: z.enum(FAULT_KINDS),
  times: z.number().int().min(1).max(1_000_000).default(1),
  delayMs: z.number().int().min(0).max(600_000).optional(),
  retryAfterSec: z.number().int().min(0).max(86_400).default(1),
  merchantOrderId: z.string().default(""),
  merchantRefundId: z.string().default(""),
});
export type FaultInput = Omit<z.output<typeof faultInputSchema>, "endpoint"> & { endpoint: string };

export const FAULTS_TABLE = `
CREATE TABLE IF NOT EXISTS faults (
  faultId INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT NOT NULL, kind TEXT NOT NULL, timesLeft INTEGER NOT NULL,
  delayMs INTEGER NOT NULL, retryAfterSec INTEGER NOT NULL, merchantOrderId TEXT NOT NULL,
  merchantRefundId TEXT NOT NULL
) STRICT;
`;

const faultSchema = z.object({
  faultId: z.number(),
  endpoint: z.string(),
  kind: z.enum(FAULT_KINDS),
  timesLeft: z.number(),
  delayMs: z.number(),
  retryAfterSec: z.number(),
  merchantOrderId: z.string(),
  merchantRefundId: z.string(),
});
export type Fault = z.infer<typeof faultSchema>;

const DELAYS_MS: ReadonlyMap<string, number> = new Map([
  ["delay", 2000],
  ["drip", 20_000],
]);
/** Longer than any client should wait. */
const TIMEOUT_MS = 60_000;

export function addFault(books: Database, input: FaultInput): void {
  const { times, delayMs, ...rest } = input;
  insert(books, "faults", {
    ...rest,
    timesLeft: times,
    delayMs: delayMs ?? DELAYS_MS.get(input.kind) ?? TIMEOUT_MS,
  });
}

export function listFaults(books: Database): Fault[] {
  return query(books, faultSchema, ["SELECT * FROM faults WHERE timesLeft > 0 ORDER BY faultId"]);
}

export function clearFaults(books: Database): void {
  books.sql.exec("DELETE FROM faults");
}

/** Takes one use of the oldest fault that fits the call. */
export function claimFault(books: Database, endpoint: string, ids: CallIds): Fault | undefined {
  return query(books, faultSchema, [
    `UPDATE faults SET timesLeft = timesLeft - 1 WHERE faultId = (
       SELECT faultId FROM faults WHERE timesLeft > 0 AND endpoint IN (?, 'any')
         AND merchantOrderId IN ('', ?) AND merchantRefundId IN ('', ?) ORDER BY faultId LIMIT 1
     ) RETURNING *`,
    endpoint,
    ids.merchantOrderId,
    ids.merchantRefundId,
  ])[0];
}
