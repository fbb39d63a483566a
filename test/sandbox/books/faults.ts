import * as z from "zod";
import { type Books, insert, query } from "./books.ts";
import { ENDPOINTS, type Endpoint } from "../endpoints.ts";
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
export type FaultInput = z.output<typeof faultInputSchema>;

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

export function addFault(books: Books, input: FaultInput): void {
  const { times, delayMs, ...rest } = input;
  insert(books, "faults", {
    ...rest,
    timesLeft: times,
    delayMs: delayMs ?? DELAYS_MS.get(input.kind) ?? TIMEOUT_MS,
  });
}

export function listFaults(books: Books): Fault[] {
  return query(books, faultSchema, ["SELECT * FROM faults WHERE timesLeft > 0 ORDER BY faultId"]);
}

export function clearFaults(books: Books): void {
  books.sql.exec("DELETE FROM faults");
}

/** Takes one use of the oldest fault that fits the call. */
export function claimFault(books: Books, endpoint: Endpoint, ids: CallIds): Fault | undefined {
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
