import * as z from "zod";
import {
  amountPaisaSchema,
  merchantIdSchema,
  merchantOrderIdSchema,
  merchantRefundIdSchema,
  once,
  providerOrderIdSchema,
} from "#base";

export const PAYMENT_STATES = [
  "INITIATING",
  "PENDING",
  "COMPLETED",
  "FAILED",
  "EXPIRED",
  "BLOCKED",
] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

/**
 * - `PLANNED`: nothing is at the provider, and no call is under way
 * - `SENT`: the intent is stored, a call may be under way
 * - `UNKNOWN`: the call ended without an answer that counts; the status API will tell
 * - `OPEN`: the provider has the order and we have its pay URL
 * - `ABANDONED`: the provider has the order, its pay URL reached nobody
 * - `CAPTURED`, `DEAD`: ended with or without money
 */
export const ATTEMPT_STATES = [
  "PLANNED",
  "SENT",
  "UNKNOWN",
  "OPEN",
  "ABANDONED",
  "CAPTURED",
  "DEAD",
] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];

/**
 * - `QUEUED`: waits for its turn; the provider sees one refund of a payment at a time (UAT-57)
 * - `SENT`, `UNKNOWN`: as for attempts
 * - `PENDING`, `CONFIRMED`: the provider has it
 */
export const REFUND_STATES = [
  "QUEUED",
  "SENT",
  "UNKNOWN",
  "PENDING",
  "CONFIRMED",
  "COMPLETED",
  "FAILED",
] as const;
export type RefundState = (typeof REFUND_STATES)[number];

/** Where a payment may go (I5). A late capture is the one way out of `FAILED` and `EXPIRED` (I2). */
export const PAYMENT_MOVES: Readonly<Record<PaymentState, readonly PaymentState[]>> = {
  INITIATING: ["PENDING", "COMPLETED", "FAILED", "EXPIRED"],
  PENDING: ["COMPLETED", "FAILED", "EXPIRED"],
  COMPLETED: [],
  FAILED: ["COMPLETED"],
  EXPIRED: ["COMPLETED"],
  BLOCKED: [],
};

/** In the order in which they stand in for each other. */
export const PROVIDER_NAMES = ["phonepe", "razorpay"] as const;
const providerNameSchema = z.enum(PROVIDER_NAMES);
export type ProviderName = z.infer<typeof providerNameSchema>;

/** One attempt of the payer at the provider, masked by the provider's client (I10); open sets stay open. */
export const paymentDetailSchema = once(() => z.record(z.string(), z.json()));
export type PaymentDetail = z.infer<ReturnType<typeof paymentDetailSchema>>;

/** What is passed on to a provider about an order. */
export const orderDetailsSchema = once(() =>
  z.object({
    redirectUrl: z.string(),
    expireAfterSec: z.int(),
    message: z.string().optional(),
    metaInfo: z.record(z.string(), z.string()).optional(),
    /** The provider's own form, checked at the edge and passed on as it is. */
    paymentModeConfig: z.unknown().optional(),
  }),
);
export type OrderDetails = z.infer<ReturnType<typeof orderDetailsSchema>>;

const riskResultSchema = once(() =>
  z.object({
    score: z.number(),
    decision: z.enum(["allow", "review", "block"]),
    reasons: z.array(z.string()),
    fingerprint: z.string().nullable(),
    /** The payer's network, as a keyed hash; null when the merchant did not name an address. */
    network: z.string().nullable().default(null),
    degraded: z.boolean(),
    /** What it would be in `enforce`. */
    advice: z.enum(["allow", "review", "block"]).default("allow"),
    /** How many points of the score each reason is worth. */
    contributions: z.array(z.object({ code: z.string(), points: z.number() })).default([]),
    /** What the shadow model said; null without one. */
    shadow: z
      .object({ score: z.number(), advice: z.enum(["allow", "review", "block"]) })
      .nullable()
      .default(null),
  }),
);
export type RiskResult = z.infer<ReturnType<typeof riskResultSchema>>;

const timeMs = z.int();
const timeMsOrNull = timeMs.nullable();

export const attemptSchema = once(() =>
  z.object({
    n: z.int().min(1),
    provider: providerNameSchema,
    providerOrderId: providerOrderIdSchema,
    state: z.enum(ATTEMPT_STATES),
    providerRef: z.string().nullable(),
    payUrl: z.string().nullable(),
    createdAtMs: timeMs,
    openedAtMs: timeMsOrNull,
    expiresAtMs: timeMsOrNull,
    capturedPaisa: amountPaisaSchema,
    /** When the last call to create the order was left without an answer that counts; null if none was. */
    doubtSinceMs: timeMsOrNull,
    /** "No such order" answers since then. */
    misses: z.int(),
    /** Looks in a row that got no answer. */
    failures: z.int(),
    /** A webhook spoke of this order while the call to create it was under way. */
    hinted: z.boolean(),
    /** How it ended, when it ended without money. */
    end: z.enum(["failed", "expired"]).nullable(),
    errorCode: z.string().nullable(),
    detailedErrorCode: z.string().nullable(),
    paymentDetails: z.array(paymentDetailSchema()),
    /** When the alarm must take it up again; null when it has ended and nothing is owed to it. */
    nextAtMs: timeMsOrNull,
  }),
);
export type Attempt = Readonly<z.infer<ReturnType<typeof attemptSchema>>>;

export const refundSchema = once(() =>
  z.object({
    merchantRefundId: merchantRefundIdSchema,
    attemptN: z.int().min(1),
    state: z.enum(REFUND_STATES),
    amountPaisa: amountPaisaSchema,
    /** The merchant's words, or `duplicate_capture` for a refund of our own. */
    reason: z.string().nullable(),
    automatic: z.boolean(),
    providerRefundId: z.string().nullable(),
    errorCode: z.string().nullable(),
    createdAtMs: timeMs,
    doubtSinceMs: timeMsOrNull,
    misses: z.int(),
    posts: z.int(),
    nextAtMs: timeMsOrNull,
  }),
);
export type Refund = Readonly<z.infer<ReturnType<typeof refundSchema>>>;

const reviewSchema = once(() => z.object({ reason: z.string(), atMs: timeMs }));

export const paymentSchema = once(() =>
  z.object({
    paymentId: z.string(),
    merchantId: merchantIdSchema,
    merchantOrderId: merchantOrderIdSchema,
    state: z.enum(PAYMENT_STATES),
    amountPaisa: amountPaisaSchema,
    order: orderDetailsSchema(),
    /** SHA-256 of what the merchant asked for: another content under the same id is a conflict. */
    contentHash: z.string(),
    risk: riskResultSchema(),
    /** Which version of the merchant's configuration it was made under; 0: that of the deployment. */
    configVersion: z.int().min(0).default(0),
    /** SHA-256 of the merchant's id of the payer: whose personal fields these are. */
    customer: z.string().nullable().default(null),
    /** Since when nothing of a person is kept here (GDR-4). */
    erasedAtMs: timeMsOrNull.default(null),
    /** When it came back from a backup on its way to a provider: it is looked after, but nothing is placed for it. */
    restoredAtMs: timeMsOrNull.default(null),
    createdAtMs: timeMs,
    updatedAtMs: timeMs,
    expiresAtMs: timeMs,
    /** Who may be given the order, the first choice first; fixed when the payment is made. */
    route: z.array(providerNameSchema).min(1).default(["phonepe"]),
    /** A caller was told that it goes on by itself (202, api.md 4): then it must, whatever the providers say. */
    promised: z.boolean().default(false),
    confirmedBy: z.literal("status_api").nullable(),
    capturedAttempt: z.int().nullable(),
    errorCode: z.string().nullable(),
    detailedErrorCode: z.string().nullable(),
    review: reviewSchema().nullable(),
    /** Number of the newest timeline entry; entries count from 1 without gaps (I7). */
    eventSeq: z.int(),
    attempts: z.array(attemptSchema()),
    refunds: z.array(refundSchema()),
  }),
);
export type Payment = Readonly<
  Omit<z.infer<ReturnType<typeof paymentSchema>>, "attempts" | "refunds"> & {
    attempts: readonly Attempt[];
    refunds: readonly Refund[];
  }
>;

/** One entry of the timeline: one state change of the payment, an attempt or a refund (I7). */
export interface TimelineEntry {
  readonly seq: number;
  readonly atMs: number;
  readonly event: string;
  readonly from: string | null;
  readonly to: string;
  readonly cause: string;
}

/** What the merchant is told, from the outbox (api.md 6). */
export type NotificationType =
  | "payment.completed"
  | "payment.failed"
  | "payment.expired"
  | "payment.review"
  | "payment.refunded_duplicate"
  | "refund.completed"
  | "refund.failed";
