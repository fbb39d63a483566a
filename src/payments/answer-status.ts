import type { RefundStatusAnswer, StatusAnswer } from "./commands.ts";
import { findRefund } from "./draft.ts";
import type { Payment } from "./model.ts";
import { refundAnswerView, type RequestIdentity, statusView } from "./presenter.ts";
import type { Shell } from "./shell.ts";
import { loadTimeline } from "./store.ts";

/** The payment as it stands. */
export function answerStatus(
  { storage, loaded, checkout }: Shell,
  identity: RequestIdentity,
): StatusAnswer {
  const view = statusView(loaded(), loadTimeline(storage), { identity, checkout: checkout() });
  return { outcome: "found", body: JSON.stringify(view) };
}

/** One refund as it stands. */
export function answerRefundStatus(
  payment: Payment | undefined,
  merchantRefundId: string,
  identity: RequestIdentity,
): RefundStatusAnswer {
  const refund = payment && findRefund(payment, merchantRefundId);
  if (!payment || !refund) return { outcome: "not_found" };
  return { outcome: "found", body: JSON.stringify(refundAnswerView(payment, refund, identity)) };
}
