import { merchantOrderIdSchema, merchantRefundIdSchema, once, unreachable } from "#base";
import type { RefundAnswer } from "#payments";
import { Problem } from "#problems";
import { callPayment, readPayment } from "./call-payment.ts";
import { type Call, jsonAnswer, noBody, type Operation, REPLAYED } from "./operation.ts";
import { type RefundBody, refundSchema } from "./schemas.ts";
import { invalidField } from "./validate.ts";

/** `POST /api/payments/refund` (api.md 4). */
export const refundOperation = once((): Operation<ReturnType<typeof refundSchema>> => ({
  scope: "refunds:write",
  rateClass: "refund",
  schema: refundSchema(),
  idempotent: true,
  handle: refund,
}));

/** `GET /api/payments/refund/{merchantRefundId}?merchantOrderId=…` (api.md 4). */
export const refundStatusOperation: Operation<typeof noBody> = {
  scope: "payments:read",
  rateClass: "read",
  schema: noBody,
  handle: refundStatus,
};

async function refund(call: Call<RefundBody>): Promise<Response> {
  const { body, deps, merchant, identity, keyHash } = call;
  const command = {
    merchantId: merchant.id,
    merchantOrderId: body.merchantOrderId,
    merchantRefundId: body.merchantRefundId,
    amountPaisa: body.amount,
    reason: body.reason ?? null,
    identity,
    keyHash,
  };
  return answerOf(await callPayment(deps, () => deps.payments.refund(command)));
}

function answerOf(answer: RefundAnswer): Response {
  switch (answer.outcome) {
    case "created":
    case "existing":
      return jsonAnswer(
        answer.outcome === "created" ? 201 : 200,
        answer.body,
        answer.replayed ? REPLAYED : {},
      );
    case "payment_not_found":
      throw new Problem("payment_not_found");
    case "not_captured":
      throw new Problem("state_conflict", { detail: "Only a COMPLETED payment is refunded." });
    case "id_taken":
      throw new Problem("state_conflict", {
        detail: "This merchantRefundId belongs to a refund with other content.",
      });
    case "amount_below_minimum":
      throw invalidField("/amount", "too_small", "at least 100, or all that is left");
    case "exceeds_captured":
      throw new Problem("refund_exceeds_captured", {
        detail: `At most ${answer.refundablePaisa} paisa can still be refunded.`,
      });
    case "in_progress":
      throw new Problem("request_in_progress", { headers: { "retry-after": "1" } });
    default:
      return unreachable(answer);
  }
}

async function refundStatus({ c, deps, merchant, identity }: Call<undefined>): Promise<Response> {
  const orderId = merchantOrderIdSchema.safeParse(c.req.query("merchantOrderId"));
  if (!orderId.success) {
    throw invalidField("/merchantOrderId", "invalid_value", "the merchantOrderId of the payment");
  }
  const refundId = merchantRefundIdSchema.safeParse(c.req.param("id"));
  if (!refundId.success) throw new Problem("refund_not_found");
  const query = { merchantRefundId: refundId.data, identity };
  const answer = await readPayment(() =>
    deps.payments.refundStatus(merchant.id, orderId.data, query),
  );
  if (answer.outcome === "not_found") throw new Problem("refund_not_found");
  return jsonAnswer(200, answer.body);
}
