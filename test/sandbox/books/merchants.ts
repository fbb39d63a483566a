import * as z from "zod";
import { merchantSchema, type Merchant } from "../settings.ts";
import { type Books, insert, query } from "./books.ts";
import { opaqueToken, randomHex } from "./ids.ts";

const profileRow = z.object({ profile: z.string() });

export function saveMerchant(books: Books, merchant: Merchant): void {
  books.sql.exec(
    "INSERT OR REPLACE INTO merchants (merchantId, clientId, profile) VALUES (?, ?, ?)",
    merchant.merchantId,
    merchant.clientId,
    JSON.stringify(merchant),
  );
}

export function findMerchant(books: Books, merchantId: string): Merchant | undefined {
  return parseFirst(
    query(books, profileRow, ["SELECT profile FROM merchants WHERE merchantId = ?", merchantId]),
  );
}

export function findMerchantByClient(books: Books, clientId: string): Merchant | undefined {
  return parseFirst(
    query(books, profileRow, ["SELECT profile FROM merchants WHERE clientId = ?", clientId]),
  );
}

export function listMerchants(books: Books): Merchant[] {
  return query(books, profileRow, ["SELECT profile FROM merchants ORDER BY merchantId"]).map(
    (row) => merchantSchema.parse(JSON.parse(row.profile)),
  );
}

export type IssuedToken = { token: string; issuedAtSec: number; expiresAtSec: number };

export function issueToken(books: Books, merchantId: string, lifeSec: number): IssuedToken {
  const issuedAtSec = Math.floor(books.nowMs() / 1000);
  const expiresAtSec = issuedAtSec + lifeSec;
  const token = opaqueToken({ expiresOn: expiresAtSec * 1000, merchantId, jti: randomHex(8) });
  insert(books, "tokens", { token, merchantId, issuedAtSec, expiresAtSec });
  return { token, issuedAtSec, expiresAtSec };
}

/** Whose token this is. A token that ran out, was revoked or was never issued belongs to nobody. */
export function merchantOfToken(books: Books, token: string): Merchant | undefined {
  const [row] = query(books, z.object({ merchantId: z.string() }), [
    "SELECT merchantId FROM tokens WHERE token = ? AND revoked = 0 AND expiresAtSec > ?",
    token,
    Math.floor(books.nowMs() / 1000),
  ]);
  return row === undefined ? undefined : findMerchant(books, row.merchantId);
}

/** Ends the life of one merchant's tokens, or of all (EM-05). */
export function revokeTokens(books: Books, merchantId: string | undefined): number {
  const cursor =
    merchantId === undefined
      ? books.sql.exec("UPDATE tokens SET revoked = 1 WHERE revoked = 0 RETURNING token")
      : books.sql.exec(
          "UPDATE tokens SET revoked = 1 WHERE revoked = 0 AND merchantId = ? RETURNING token",
          merchantId,
        );
  return cursor.toArray().length;
}

function parseFirst(rows: { profile: string }[]): Merchant | undefined {
  const [row] = rows;
  return row === undefined ? undefined : merchantSchema.parse(JSON.parse(row.profile));
}
