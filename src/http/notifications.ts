import { merchantOrderIdSchema } from "#base";
import { Problem } from "#problems";
import { callPayment } from "./call-payment.ts";
import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";
import { invalidField } from "./validate.ts";

/** `GET /api/payments/notifications?state=parked`: what waits for an operator after its 72 hours (api.md 6). */
export const parkedNotificationsOperation: Operation<typeof noBody> = {
  scope: "security:read",
  rateClass: "security",
  schema: noBody,
  handle: parkedNotifications,
};

/** `POST /api/payments/notifications/{merchantOrderId}/{sequence}/replay`: sends a parked one again, with its full life. */
export const replayNotificationOperation: Operation<typeof noBody> = {
  scope: "security:write",
  rateClass: "security",
  schema: noBody,
  handle: replayNotification,
};

async function parkedNotifications({ c, deps, merchant }: Call<undefined>): Promise<Response> {
  if (c.req.query("state") !== "parked") {
    throw invalidField("/state", "invalid_value", "parked: others are on their way");
  }
  const notifications = await deps.ledger.parked(merchant.id);
  return jsonAnswer(200, JSON.stringify({ notifications }));
}

async function replayNotification({ c, deps, merchant }: Call<undefined>): Promise<Response> {
  const orderId = merchantOrderIdSchema.safeParse(c.req.param("id"));
  const digits = c.req.param("sequence") ?? "";
  if (!orderId.success || !/^\d{1,15}$/.test(digits)) throw new Problem("payment_not_found");
  const sequence = Number(digits);
  // Off the list first: should it be parked again at once, it is listed again.
  await deps.ledger.unpark(merchant.id, orderId.data, sequence);
  const { replayed } = await callPayment(deps, () =>
    deps.payments.replayNotification(merchant.id, orderId.data, sequence),
  );
  if (!replayed) {
    throw new Problem("state_conflict", { detail: "No parked notification has this number." });
  }
  return jsonAnswer(202, JSON.stringify({ replayed: true }));
}
