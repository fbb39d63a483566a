/** What a caller sees: calls as they were recorded, and what their answers say of payments and refunds. */
import * as z from "zod";

export interface RecordedAnswer {
  readonly endMs: number;
  readonly status: number;
  /** `Idempotency-Replayed: true`. */
  readonly replayed: boolean;
  readonly body: string;
}

/** One exchange over HTTP: a client that tries three times makes three of them. */
export interface RecordedCall {
  readonly operation: "initiate" | "status" | "refund" | "refund_status";
  /** The idempotency key, where one was sent. */
  readonly key: string | null;
  /** Of the request, or of its answer where the request named none. */
  readonly merchantOrderId: string | null;
  readonly merchantRefundId: string | null;
  /** Of method, path and body. */
  readonly requestHash: string;
  /** By a clock that never goes back. */
  readonly startMs: number;
  /** null: no whole answer came. */
  readonly answer: RecordedAnswer | null;
}

export type Ended = RecordedCall & { readonly answer: RecordedAnswer };

/** Something that cannot be true, or must not be. */
export interface Finding {
  readonly rule: string;
  readonly about: string;
  readonly detail: string;
}

const refundSchema = z.object({
  merchantRefundId: z.string(),
  merchantOrderId: z.string(),
  state: z.enum(["PENDING", "CONFIRMED", "COMPLETED", "FAILED"]),
  amount: z.number(),
  providerRefundId: z.string().nullish(),
  createdAt: z.number(),
});
const paymentSchema = z.object({
  paymentId: z.string(),
  amount: z.number(),
  createdAt: z.number(),
  state: z.enum(["INITIATING", "PENDING", "COMPLETED", "FAILED", "EXPIRED", "BLOCKED"]),
  redirectUrl: z.string().nullish(),
  capturedAmount: z.number().optional(),
  refundedAmount: z.number().optional(),
  timeline: z.array(z.json()).optional(),
  refunds: z.array(refundSchema).optional(),
});

interface Sight {
  readonly startMs: number;
  readonly endMs: number;
  readonly replayed: boolean;
}

export interface PaymentSight extends Sight {
  readonly paymentId: string;
  readonly amount: number;
  readonly createdAt: number;
  readonly state: z.infer<typeof paymentSchema>["state"];
  readonly redirectUrl: string | null;
  readonly capturedAmount: number | null;
  readonly refundedAmount: number | null;
  /** Its entries as text; null where an answer shows none. */
  readonly timeline: readonly string[] | null;
}

export interface RefundSight extends Sight {
  readonly merchantRefundId: string;
  readonly merchantOrderId: string;
  readonly state: z.infer<typeof refundSchema>["state"];
  readonly amount: number;
  readonly createdAt: number;
  readonly providerRefundId: string | null;
}

/** What a call shows of its payment: nothing, where it was refused. */
export function paymentSightsOf(call: Ended): PaymentSight[] {
  if (!showsPayment(call)) return [];
  const payment = paymentSchema.parse(JSON.parse(call.answer.body));
  return [
    {
      ...timesOf(call),
      ...payment,
      redirectUrl: payment.redirectUrl ?? null,
      capturedAmount: payment.capturedAmount ?? null,
      refundedAmount: payment.refundedAmount ?? null,
      timeline: payment.timeline?.map((entry) => JSON.stringify(entry)) ?? null,
    },
  ];
}

/** What a call shows of refunds: its own, or all that a status lists. */
export function refundSightsOf(call: Ended): RefundSight[] {
  if (call.answer.status >= 300) return [];
  const json: unknown = JSON.parse(call.answer.body);
  const refunds = showsPayment(call)
    ? (paymentSchema.parse(json).refunds ?? [])
    : [refundSchema.parse(json)];
  return refunds.map((refund) => ({
    ...timesOf(call),
    ...refund,
    providerRefundId: refund.providerRefundId ?? null,
  }));
}

function showsPayment({ operation, answer }: Ended): boolean {
  return (operation === "initiate" || operation === "status") && answer.status < 300;
}

function timesOf({ startMs, answer }: Ended): Sight {
  return { startMs, endMs: answer.endMs, replayed: answer.replayed };
}

/** Groups by a name; what has none is left out. */
export function groupBy<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string | null,
): [string, Item[]][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const name = nameOf(item);
    if (name === null) continue;
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return [...groups];
}

/** A finding when there is more than one value. */
export function oneValue(rule: string, about: string, values: readonly string[]): Finding[] {
  const different = [...new Set(values)];
  return different.length > 1 ? [{ rule, about, detail: different.join(" | ") }] : [];
}
