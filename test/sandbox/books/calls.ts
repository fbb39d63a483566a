import * as z from "zod";
import { ENDPOINTS } from "../endpoints.ts";
import { type Books, type Database, query } from "./books.ts";

/** The rows are the same in all providers' books. */
export const CALLS_TABLE = `
CREATE TABLE IF NOT EXISTS calls (
  callId INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT NOT NULL, merchantId TEXT NOT NULL,
  merchantOrderId TEXT NOT NULL, merchantRefundId TEXT NOT NULL, httpStatus INTEGER NOT NULL,
  fault TEXT NOT NULL, receivedAtMs INTEGER NOT NULL
) STRICT;
`;

/** Which API calls arrived: the other half of the oracle, for "the provider was asked once". */

export type CallIds = { merchantOrderId: string; merchantRefundId: string };

const callSchema = z.object({
  callId: z.number(),
  endpoint: z.string(),
  merchantId: z.string(),
  merchantOrderId: z.string(),
  merchantRefundId: z.string(),
  httpStatus: z.number(),
  fault: z.string(),
  receivedAtMs: z.number(),
});
export type Call = z.infer<typeof callSchema>;

/** Notes a call when it arrives, so that one that hangs in a fault is in the books already. */
export function recordCall(books: Database, call: Omit<Call, "callId" | "httpStatus">): number {
  const [row] = query(books, z.object({ callId: z.number() }), [
    `INSERT INTO calls (endpoint, merchantId, merchantOrderId, merchantRefundId, httpStatus, fault, receivedAtMs)
       VALUES (?, ?, ?, ?, 0, ?, ?) RETURNING callId`,
    call.endpoint,
    call.merchantId,
    call.merchantOrderId,
    call.merchantRefundId,
    call.fault,
    call.receivedAtMs,
  ]);
  if (row === undefined) throw new Error("the call was not written");
  return row.callId;
}

/** What the endpoint itself answered; it stays 0 where a fault kept the call from it. */
export function recordAnswer(books: Database, callId: number, httpStatus: number): void {
  books.sql.exec("UPDATE calls SET httpStatus = ? WHERE callId = ?", httpStatus, callId);
}

export function listCalls(books: Database, merchantOrderId?: string): Call[] {
  return merchantOrderId === undefined
    ? query(books, callSchema, ["SELECT * FROM calls ORDER BY callId DESC LIMIT 1000"])
    : query(books, callSchema, [
        "SELECT * FROM calls WHERE merchantOrderId = ? ORDER BY callId",
        merchantOrderId,
      ]);
}

const countSchema = z.object({ endpoint: z.string(), count: z.number() });

export function countCalls(books: Books): Record<string, number> {
  const rows = query(books, countSchema, [
    "SELECT endpoint, count(*) AS count FROM calls GROUP BY endpoint",
  ]);
  const none = ENDPOINTS.map((endpoint): [string, number] => [endpoint, 0]);
  return Object.fromEntries([...none, ...rows.map((row) => [row.endpoint, row.count])]);
}
