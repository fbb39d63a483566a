/** From a step to the rows that tell of it, from a row to what goes out, from a try's outcome to the row's fate. */
import { unreachable } from "#base";
import { findRefund, type Step } from "./draft.ts";
import type { Payment, TimelineEntry } from "./model.ts";
import {
  type NewOutboxRow,
  type OutboxRow,
  parkOutboxRow,
  postponeOutboxRow,
  removeOutboxRow,
} from "./outbox-store.ts";
import {
  type DeliveryOutcome,
  nextTryAtMs,
  notificationData,
  type OutboxNotification,
} from "./outbox.ts";
import { type CheckoutPage, type RequestIdentity, statusView } from "./presenter.ts";

export type SettledTry =
  | { readonly type: "remove" }
  | { readonly type: "postpone"; readonly nextAtMs: number }
  | { readonly type: "park"; readonly reason: string };

const SYSTEM_IDENTITY: RequestIdentity = { requestId: "", keyId: "" };

/** What a step tells the merchant: the status object as it is after the step, without the `security` of a request. */
export function outboxRowsOf(
  { payment, notifications }: Step,
  context: {
    readonly before: Payment | undefined;
    readonly timeline: readonly TimelineEntry[];
    readonly checkout: CheckoutPage;
  },
): NewOutboxRow[] {
  const { before, timeline, checkout } = context;
  const view = statusView(payment, timeline, { identity: SYSTEM_IDENTITY, checkout });
  const { security: _, ...status } = view;
  const data = notificationData(status, (merchantRefundId) => {
    const refund = findRefund(payment, merchantRefundId);
    return refund !== undefined && !before?.refunds.includes(refund);
  });
  return notifications.map((type) => ({ type, data }));
}

/** The bytes that go out: the same at every try, since they are made of what is stored (WHK-4). */
export function notificationOf(paymentId: string, row: OutboxRow): OutboxNotification {
  const timestamp = new Date(row.at_ms).toISOString();
  const head = JSON.stringify({ type: row.type, timestamp, sequence: row.seq }).slice(0, -1);
  return { id: `${paymentId}_${row.seq}`, type: row.type, body: `${head},"data":${row.data}}` };
}

/** What becomes of a row after a try, pure. */
export function settleTry(
  row: OutboxRow,
  outcome: DeliveryOutcome,
  moment: { readonly nowMs: number; readonly random: number },
): SettledTry {
  switch (outcome.type) {
    case "delivered":
    case "unwanted":
      return { type: "remove" };
    case "hopeless":
      return { type: "park", reason: outcome.reason };
    case "retry": {
      const { retryAfterMs } = outcome;
      const { tries, since_ms: sinceMs } = row;
      const nextAtMs = nextTryAtMs({ sinceMs, tries, retryAfterMs, ...moment });
      return nextAtMs === null
        ? { type: "park", reason: "expired" }
        : { type: "postpone", nextAtMs };
    }
    default:
      return unreachable(outcome);
  }
}

export function applySettled(
  storage: DurableObjectStorage,
  seq: number,
  settled: SettledTry,
): void {
  switch (settled.type) {
    case "remove":
      return removeOutboxRow(storage, seq);
    case "postpone":
      return postponeOutboxRow(storage, seq, settled.nextAtMs);
    case "park":
      return parkOutboxRow(storage, seq, settled.reason);
    default:
      return unreachable(settled);
  }
}
