/** Rows of a ledger as they are read. */
import * as z from "zod";
import { once } from "#base";

export const unmatchedRowSchema = once(() =>
  z
    .object({
      event_key: z.string(),
      at_ms: z.int(),
      provider: z.string(),
      event: z.string(),
      state: z.string(),
      order_id: z.string().nullable(),
      refund_id: z.string().nullable(),
      confirmed_state: z.string().nullable(),
    })
    .transform((row) => ({
      at: row.at_ms,
      provider: row.provider,
      event: row.event,
      state: row.state,
      orderId: row.order_id,
      refundId: row.refund_id,
      confirmedState: row.confirmed_state,
      matched: false,
    })),
);
export type UnmatchedWebhookRow = z.infer<ReturnType<typeof unmatchedRowSchema>>;

/** Where a reader of the payments stands: what it has read last. */
export interface RecordedPlace {
  readonly recordedAtMs: number;
  readonly merchantOrderId: string;
}

export const paymentRowSchema = once(() =>
  z
    .object({
      order_id: z.string(),
      payment_id: z.string(),
      state: z.string(),
      amount_paisa: z.int(),
      captured_paisa: z.int(),
      refunded_paisa: z.int(),
      created_at_ms: z.int(),
      updated_at_ms: z.int(),
      event_seq: z.int(),
      recorded_at_ms: z.int(),
    })
    .transform((row) => ({
      merchantOrderId: row.order_id,
      paymentId: row.payment_id,
      state: row.state,
      amountPaisa: row.amount_paisa,
      capturedPaisa: row.captured_paisa,
      refundedPaisa: row.refunded_paisa,
      createdAtMs: row.created_at_ms,
      updatedAtMs: row.updated_at_ms,
      eventSeq: row.event_seq,
      recordedAtMs: row.recorded_at_ms,
    })),
);
export type RecordedPayment = z.infer<ReturnType<typeof paymentRowSchema>>;

export const parkedRowSchema = once(() =>
  z
    .object({
      order_id: z.string(),
      seq: z.int(),
      type: z.string(),
      reason: z.string(),
      at_ms: z.int(),
    })
    .transform((row) => ({
      merchantOrderId: row.order_id,
      sequence: row.seq,
      type: row.type,
      reason: row.reason,
      parkedAt: row.at_ms,
    })),
);
export type ParkedRow = z.infer<ReturnType<typeof parkedRowSchema>>;

export const restingRowSchema = once(() =>
  z
    .object({ payments: z.int(), oldest: z.int().nullable() })
    .transform(({ payments, oldest }) => ({ payments, oldestAtMs: oldest })),
);

export const hearingRowSchema = once(() =>
  z
    .object({ heard_at_ms: z.int().nullable(), polled_since_ms: z.int().nullable() })
    .transform((row) => ({ heardAtMs: row.heard_at_ms, polledSinceMs: row.polled_since_ms })),
);
