import { type Books, type Due, dueNow, removeDue } from "./books.ts";
import { applyTemplate, expire, settlePending } from "./orders.ts";
import { stepRefund } from "./refunds.ts";
import type { Delivery } from "./schema.ts";
import { claimDelivery } from "./webhooks.ts";

/**
 * Does the work whose time has come and returns the webhooks to send. An item is removed in one transaction with its
 * effect, so an alarm that fires twice does nothing twice.
 */
export function runDue(books: Books): Delivery[] {
  const claimed = dueNow(books).map((due) =>
    books.atomically(() => {
      removeDue(books, due.dueId);
      return perform(books, due);
    }),
  );
  return claimed.filter((delivery) => delivery !== undefined);
}

function perform(books: Books, due: Due): Delivery | undefined {
  switch (due.kind) {
    case "order-expiry":
      expire(books, due.ref);
      return undefined;
    case "attempt-settle":
      settlePending(books, due.ref);
      return undefined;
    case "template":
      applyTemplate(books, due.ref);
      return undefined;
    case "refund-step":
      stepRefund(books, due.ref);
      return undefined;
    default:
      return claimDelivery(books, Number(due.ref));
  }
}
