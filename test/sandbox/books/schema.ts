import * as z from "zod";
import { CALLS_TABLE } from "./calls.ts";
import { FAULTS_TABLE } from "./faults.ts";

/**
 * The books: what this provider was asked for and what it did with the money. Tests compare the gateway with them, so the
 * database itself refuses what must not happen: a second order under one id, a second capture of one order, a refund
 * that is negative.
 */
export const TABLES = `
CREATE TABLE IF NOT EXISTS merchants (
  merchantId TEXT PRIMARY KEY, clientId TEXT NOT NULL UNIQUE, profile TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS tokens (
  token TEXT PRIMARY KEY, merchantId TEXT NOT NULL, issuedAtSec INTEGER NOT NULL, expiresAtSec INTEGER NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS orders (
  orderId TEXT PRIMARY KEY, merchantId TEXT NOT NULL, merchantOrderId TEXT NOT NULL,
  amountPaisa INTEGER NOT NULL CHECK (amountPaisa > 0),
  state TEXT NOT NULL CHECK (state IN ('PENDING', 'COMPLETED', 'FAILED')),
  errorCode TEXT NOT NULL DEFAULT '', detailedErrorCode TEXT NOT NULL DEFAULT '',
  flow TEXT NOT NULL CHECK (flow IN ('V2', 'V1')),
  redirectUrl TEXT NOT NULL, callbackUrl TEXT NOT NULL, message TEXT NOT NULL, metaInfo TEXT NOT NULL,
  modes TEXT NOT NULL, singleAttempt INTEGER NOT NULL CHECK (singleAttempt IN (0, 1)),
  pageToken TEXT NOT NULL UNIQUE, createdAtMs INTEGER NOT NULL, expiresAtMs INTEGER NOT NULL,
  UNIQUE (merchantId, merchantOrderId)
) STRICT;
CREATE TABLE IF NOT EXISTS attempts (
  transactionId TEXT PRIMARY KEY, orderId TEXT NOT NULL REFERENCES orders (orderId),
  paymentMode TEXT NOT NULL, amountPaisa INTEGER NOT NULL CHECK (amountPaisa > 0),
  state TEXT NOT NULL CHECK (state IN ('PENDING', 'COMPLETED', 'FAILED')),
  errorCode TEXT NOT NULL DEFAULT '', detailedErrorCode TEXT NOT NULL DEFAULT '',
  createdAtMs INTEGER NOT NULL, settledAtMs INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS captures (
  orderId TEXT PRIMARY KEY REFERENCES orders (orderId), transactionId TEXT NOT NULL UNIQUE,
  amountPaisa INTEGER NOT NULL CHECK (amountPaisa > 0), capturedAtMs INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS refunds (
  refundId TEXT PRIMARY KEY, merchantId TEXT NOT NULL, merchantRefundId TEXT NOT NULL,
  orderId TEXT NOT NULL REFERENCES orders (orderId), merchantOrderId TEXT NOT NULL,
  amountPaisa INTEGER NOT NULL CHECK (amountPaisa > 0),
  state TEXT NOT NULL CHECK (state IN ('PENDING', 'CONFIRMED', 'COMPLETED', 'FAILED')),
  errorCode TEXT NOT NULL DEFAULT '', detailedErrorCode TEXT NOT NULL DEFAULT '',
  callbackUrl TEXT NOT NULL, createdAtMs INTEGER NOT NULL, updatedAtMs INTEGER NOT NULL,
  UNIQUE (merchantId, merchantRefundId)
) STRICT;
CREATE TABLE IF NOT EXISTS deliveries (
  deliveryId INTEGER PRIMARY KEY AUTOINCREMENT, merchantId TEXT NOT NULL, merchantOrderId TEXT NOT NULL,
  merchantRefundId TEXT NOT NULL, event TEXT NOT NULL, url TEXT NOT NULL, body TEXT NOT NULL,
  auth TEXT NOT NULL CHECK (auth IN ('sha', 'hmac', 'wrong', 'v1')),
  state TEXT NOT NULL CHECK (state IN ('QUEUED', 'DELIVERED', 'GAVE_UP', 'DROPPED')),
  tries INTEGER NOT NULL DEFAULT 0, lastHttpStatus INTEGER NOT NULL DEFAULT 0, lastError TEXT NOT NULL DEFAULT '',
  retryMs TEXT NOT NULL, createdAtMs INTEGER NOT NULL, lastTryAtMs INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS due (
  dueId INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, ref TEXT NOT NULL, atMs INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS dueByTime ON due (atMs);
CREATE INDEX IF NOT EXISTS attemptsByOrder ON attempts (orderId);
CREATE INDEX IF NOT EXISTS refundsByOrder ON refunds (orderId);
${CALLS_TABLE}
CREATE TABLE IF NOT EXISTS switches (scope TEXT PRIMARY KEY, patch TEXT NOT NULL) STRICT;
${FAULTS_TABLE}
`;

/** Children first: foreign keys are on. */
export const TABLE_NAMES = [
  "due",
  "deliveries",
  "refunds",
  "captures",
  "attempts",
  "orders",
  "tokens",
  "merchants",
  "calls",
  "switches",
  "faults",
] as const;

const orderState = z.enum(["PENDING", "COMPLETED", "FAILED"]);
const refundState = z.enum(["PENDING", "CONFIRMED", "COMPLETED", "FAILED"]);
const paisa = z.number().int().positive();

export const orderSchema = z.object({
  orderId: z.string(),
  merchantId: z.string(),
  merchantOrderId: z.string(),
  amountPaisa: paisa,
  state: orderState,
  errorCode: z.string(),
  detailedErrorCode: z.string(),
  flow: z.enum(["V2", "V1"]),
  redirectUrl: z.string(),
  callbackUrl: z.string(),
  message: z.string(),
  metaInfo: z.string(),
  modes: z.string(),
  singleAttempt: z.number(),
  pageToken: z.string(),
  createdAtMs: z.number(),
  expiresAtMs: z.number(),
});
export type Order = Readonly<z.infer<typeof orderSchema>>;

export const attemptSchema = z.object({
  transactionId: z.string(),
  orderId: z.string(),
  paymentMode: z.string(),
  amountPaisa: paisa,
  state: orderState,
  errorCode: z.string(),
  detailedErrorCode: z.string(),
  createdAtMs: z.number(),
  settledAtMs: z.number(),
});
export type Attempt = Readonly<z.infer<typeof attemptSchema>>;

export const refundSchema = z.object({
  refundId: z.string(),
  merchantId: z.string(),
  merchantRefundId: z.string(),
  orderId: z.string(),
  merchantOrderId: z.string(),
  amountPaisa: paisa,
  state: refundState,
  errorCode: z.string(),
  detailedErrorCode: z.string(),
  callbackUrl: z.string(),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
});
export type Refund = Readonly<z.infer<typeof refundSchema>>;
export type RefundState = Refund["state"];

export const deliverySchema = z.object({
  deliveryId: z.number(),
  merchantId: z.string(),
  merchantOrderId: z.string(),
  merchantRefundId: z.string(),
  event: z.string(),
  url: z.string(),
  body: z.string(),
  auth: z.enum(["sha", "hmac", "wrong", "v1"]),
  state: z.enum(["QUEUED", "DELIVERED", "GAVE_UP", "DROPPED"]),
  tries: z.number(),
  lastHttpStatus: z.number(),
  lastError: z.string(),
  retryMs: z.string(),
  createdAtMs: z.number(),
  lastTryAtMs: z.number(),
});
export type Delivery = Readonly<z.infer<typeof deliverySchema>>;
