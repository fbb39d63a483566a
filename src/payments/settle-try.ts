import { unreachable } from "#base";
import {
  type OutboxRow,
  parkOutboxRow,
  postponeOutboxRow,
  removeOutboxRow,
} from "./outbox-store.ts";
import { type DeliveryOutcome, nextTryAtMs, type OutboxNotification } from "./outbox.ts";

export type SettledTry =
  | { readonly type: "remove" }
  | { readonly type: "postpone"; readonly nextAtMs: number }
  | { readonly type: "park"; readonly reason: string };

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
