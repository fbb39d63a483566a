/**
 * Compares what the gateway says at the end with the provider's books, pure. The books are the truth about orders and
 * money; what callers and the provider were told is the truth about promises.
 */
import * as z from "zod";
import type { PaymentStatus } from "#client";
import { type Finding, groupBy, type RecordedCall, refundSightsOf } from "./sights.ts";

const orderId = z.string();
/** `GET /admin/books` of the sandbox. */
export const fullBooksSchema = z.object({
  orders: z.array(
    z.object({
      orderId,
      merchantOrderId: z.string(),
      amountPaisa: z.number(),
      state: z.enum(["PENDING", "COMPLETED", "FAILED"]),
    }),
  ),
  captures: z.array(z.object({ orderId, amountPaisa: z.number() })),
  refunds: z.array(
    z.object({
      orderId,
      merchantRefundId: z.string(),
      amountPaisa: z.number(),
      state: z.string(),
    }),
  ),
  webhooks: z.array(
    z.object({
      event: z.string(),
      merchantOrderId: z.string(),
      merchantRefundId: z.string(),
      state: z.string(),
    }),
  ),
});
export type FullBooks = z.infer<typeof fullBooksSchema>;

/** Orders of one payment at one provider (src/payments/attempt-steps.ts). */
const ATTEMPTS_MAX = 4;

/** A payment as both sides see it. */
interface Case {
  readonly payment: PaymentStatus;
  /** The provider's orders that the gateway counts to this payment. */
  readonly orders: readonly (FullBooks["orders"][number] & { readonly captured: number })[];
  readonly refunds: FullBooks["refunds"];
}

export interface Audited {
  readonly calls: readonly RecordedCall[];
  /** As the gateway shows them now, by `merchantOrderId`. */
  readonly payments: ReadonlyMap<string, PaymentStatus>;
  readonly books: FullBooks;
}

export function audit({ calls, payments, books }: Audited): readonly Finding[] {
  const cases = casesOf(payments, books);
  return [
    ...lostPayments(calls, payments),
    ...lostRefunds(calls, payments),
    ...strayOrders(payments, books),
    ...cases.flatMap(doublePayable),
    ...cases.flatMap(wrongMoney),
    ...cases.flatMap(wrongRefunds),
    ...lostWebhooks(cases, books),
  ];
}

/**
 * Whether gateway and books agree as far as they will by themselves. Of what a kill left in doubt and the provider does
 * not have, the gateway asks for half a minute before it posts again: `inDoubt` counts that as rest.
 */
export function isSettled(
  payment: PaymentStatus,
  books: FullBooks,
  { inDoubt }: { readonly inDoubt: boolean },
): boolean {
  const [one] = casesOf(new Map([[payment.merchantOrderId, payment]]), books);
  if (one === undefined) return false;
  const known = new Set(one.refunds.map(({ merchantRefundId }) => merchantRefundId));
  const open = payment.refunds.filter(({ state }) => state !== "COMPLETED" && state !== "FAILED");
  return (
    open.every(({ merchantRefundId }) => inDoubt && !known.has(merchantRefundId)) &&
    (payment.state !== "INITIATING" || hasGivenUp(payment) || (inDoubt && !one.orders.length)) &&
    wrongMoney(one).length === 0
  );
}

/** The gateway lost its pay URL so often that it makes no more orders: watched until they expire, payable by nobody. */
function hasGivenUp({ attempts }: PaymentStatus): boolean {
  return attempts.length >= ATTEMPTS_MAX && attempts.every(({ state }) => state === "ABANDONED");
}

function casesOf(payments: ReadonlyMap<string, PaymentStatus>, books: FullBooks): Case[] {
  const orders = new Map(books.orders.map((order) => [order.merchantOrderId, order]));
  const captures = new Map(books.captures.map((capture) => [capture.orderId, capture.amountPaisa]));
  const refunds = new Map(groupBy(books.refunds, (refund) => refund.orderId));
  return [...payments.values()].map((payment) => {
    const own = payment.attempts.flatMap(({ providerOrderId }) => {
      const order = orders.get(providerOrderId ?? "");
      return order ? [{ ...order, captured: captures.get(order.orderId) ?? 0 }] : [];
    });
    return { payment, orders: own, refunds: own.flatMap((one) => refunds.get(one.orderId) ?? []) };
  });
}

function lostPayments(
  calls: readonly RecordedCall[],
  payments: ReadonlyMap<string, PaymentStatus>,
): Finding[] {
  const acknowledged = calls.filter(
    ({ operation, answer }) => operation === "initiate" && answer && answer.status < 300,
  );
  const ids = new Set(acknowledged.map(({ merchantOrderId }) => merchantOrderId ?? ""));
  return [...ids]
    .filter((id) => !payments.has(id))
    .map((id) => ({ rule: "lost_payment", about: id, detail: "acknowledged, and not there" }));
}

function lostRefunds(
  calls: readonly RecordedCall[],
  payments: ReadonlyMap<string, PaymentStatus>,
): Finding[] {
  const shown = calls.flatMap((call) =>
    call.answer === null || call.operation !== "refund"
      ? []
      : refundSightsOf({ ...call, answer: call.answer }),
  );
  const missing = shown.filter(
    ({ merchantOrderId, merchantRefundId, amount }) =>
      !payments
        .get(merchantOrderId)
        ?.refunds.some(
          (refund) => refund.merchantRefundId === merchantRefundId && refund.amount === amount,
        ),
  );
  const ids = new Set(missing.map(({ merchantRefundId }) => merchantRefundId));
  return [...ids].map((id) => ({
    rule: "lost_refund",
    about: id,
    detail: "acknowledged, and not there",
  }));
}

/** An order at the provider that no payment of the gateway knows: nobody would see its money. */
function strayOrders(
  payments: ReadonlyMap<string, PaymentStatus>,
  { orders }: FullBooks,
): Finding[] {
  const known = new Set(
    [...payments.values()].flatMap(({ attempts }) =>
      attempts.map(({ providerOrderId }) => providerOrderId),
    ),
  );
  return orders
    .filter(({ merchantOrderId }) => !known.has(merchantOrderId))
    .map(({ merchantOrderId, state }) => ({
      rule: "lost_order",
      about: merchantOrderId,
      detail: `${state} at the provider, unknown to us`,
    }));
}

/** I1: of all orders that the provider would still take money for, a payer holds one. */
function doublePayable({ payment, orders }: Case): Finding[] {
  const payable = payment.attempts.filter(
    ({ state, providerOrderId }) =>
      state !== "ABANDONED" &&
      orders.some(
        (order) => order.merchantOrderId === providerOrderId && order.state === "PENDING",
      ),
  );
  if (payable.length < 2) return [];
  const detail = payable.map(({ providerOrderId }) => providerOrderId).join(" and ");
  return [{ rule: "double_payable", about: payment.merchantOrderId, detail }];
}

/** I2: one capture is the payment's, every other one has gone back whole; what both sides say is the same. */
function wrongMoney({ payment, orders, refunds }: Case): Finding[] {
  const about = payment.merchantOrderId;
  const captured = orders.filter((order) => order.captured > 0);
  const says = payment.state === "COMPLETED";
  if (says !== captured.length > 0) {
    const detail = `${payment.state}, captured at the provider: ${captured.length}`;
    return [{ rule: says ? "untrue_capture" : "lost_capture", about, detail }];
  }
  const failed = orders.filter(({ state }) => state === "FAILED").length;
  if (payment.state === "PENDING" && orders.length > 0 && failed === orders.length) {
    return [{ rule: "lost_end", about, detail: "PENDING, failed at the provider" }];
  }
  if (orders.some(({ amountPaisa }) => amountPaisa !== payment.amount)) {
    return [{ rule: "other_amount", about, detail: `${payment.amount} asked for` }];
  }
  const returned = payment.refunds.filter(
    (one) => one.reason === "duplicate_capture" && one.state === "COMPLETED",
  );
  const inBooks = returned.filter(({ merchantRefundId }) =>
    refunds.some((one) => one.merchantRefundId === merchantRefundId && one.state === "COMPLETED"),
  );
  if (inBooks.length === Math.max(0, captured.length - 1)) return [];
  const detail = `${captured.length} captures, ${inBooks.length} of them given back as duplicates`;
  return [{ rule: "double_capture", about, detail }];
}

/** I3, and that both sides know the same refunds in the same states. */
function wrongRefunds({ payment, orders, refunds }: Case): Finding[] {
  const about = payment.merchantOrderId;
  const over = orders.filter(({ orderId: order, captured }) => {
    const given = refunds.filter((one) => one.orderId === order && one.state !== "FAILED");
    return given.reduce((sum, { amountPaisa }) => sum + amountPaisa, 0) > captured;
  });
  const ours = new Map(payment.refunds.map((refund) => [refund.merchantRefundId, refund]));
  const differing = refunds.filter(({ merchantRefundId, state, amountPaisa }) => {
    const own = ours.get(merchantRefundId);
    return own?.state !== state || own.amount !== amountPaisa;
  });
  const theirs = new Set(refunds.map(({ merchantRefundId }) => merchantRefundId));
  const imagined = payment.refunds.filter(
    ({ state, merchantRefundId }) => state === "COMPLETED" && !theirs.has(merchantRefundId),
  );
  return [
    ...over.map((order) => ({
      rule: "double_refund",
      about,
      detail: `more given back than ${order.captured} of ${order.merchantOrderId}`,
    })),
    ...[...differing, ...imagined].map(({ merchantRefundId, state }) => ({
      rule: "untrue_refund",
      about,
      detail: `${merchantRefundId}: ${state} on one side only`,
    })),
  ];
}

/** I8: what we answered 200 to has come into effect. */
function lostWebhooks(cases: readonly Case[], { webhooks }: FullBooks): Finding[] {
  const byOrder = new Map(
    cases.flatMap(({ payment, orders }) =>
      orders.map(({ merchantOrderId }) => [merchantOrderId, payment]),
    ),
  );
  return acknowledgedWebhooks(webhooks).flatMap((webhook) => {
    const { event, merchantOrderId, merchantRefundId } = webhook;
    const payment = byOrder.get(merchantOrderId);
    if (payment && showsEvent(payment, webhook)) return [];
    const detail = `${event} was answered 200, the payment is ${payment?.state ?? "unknown"}`;
    return [{ rule: "lost_webhook", about: merchantRefundId || merchantOrderId, detail }];
  });
}

export function acknowledgedWebhooks(webhooks: FullBooks["webhooks"]): FullBooks["webhooks"] {
  return webhooks.filter(({ state }) => state === "DELIVERED");
}

/** A failed order ends its payment only if no other of it can still be paid, so its attempt is what must show it. */
function showsEvent(
  { attempts, refunds }: PaymentStatus,
  { event, merchantOrderId, merchantRefundId }: FullBooks["webhooks"][number],
): boolean {
  const attempt = attempts.find(({ providerOrderId }) => providerOrderId === merchantOrderId);
  const refund = refunds.find((one) => one.merchantRefundId === merchantRefundId);
  switch (event) {
    case "checkout.order.completed":
      return attempt?.state === "CAPTURED";
    case "checkout.order.failed":
      return attempt?.state === "DEAD" || attempt?.state === "CAPTURED";
    case "pg.refund.completed":
      return refund?.state === "COMPLETED";
    case "pg.refund.failed":
      return refund?.state === "FAILED";
    default:
      return true; // It speaks of no end.
  }
}
