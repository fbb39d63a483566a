import * as z from "zod";
import { ok, once, refused, type Result } from "#base";
import type { ProviderWebhook } from "#payments";

const loose = z.string().max(128).optional().catch(undefined);
const payloadSchema = once(() =>
  z.object({
    state: loose,
    merchantOrderId: loose,
    originalMerchantOrderId: loose,
    merchantRefundId: loose,
    refundId: loose,
  }),
);
const bodySchema = once(() => z.object({ event: loose, payload: z.unknown().optional() }));

const ORDER_EVENT = /^(checkout|pg)\.(order|transaction)\./;
const REFUND_EVENT = /^pg\.refund\./;

/**
 * Reads a body of contract.md 6.3 to 6.6. `event` tells events apart, never `type` (UAT-44); `payload.state`
 * decides (UAT-43); a bare payload counts as the payload (EM-12). Refused: an event about orders or refunds
 * without the ids and state that matter.
 */
export function readPhonePeWebhook(body: unknown): Result<ProviderWebhook, "fields_missing"> {
  const outer = bodySchema().safeParse(body);
  if (!outer.success) return refused("fields_missing");
  const wrapped = typeof outer.data.payload === "object" && outer.data.payload !== null;
  const payload = payloadSchema().safeParse(wrapped ? outer.data.payload : body);
  if (!payload.success) return refused("fields_missing");
  const event = outer.data.event ?? "";
  const fields = payload.data;
  const isRefund = REFUND_EVENT.test(event) || (event === "" && !!fields.originalMerchantOrderId);
  if (isRefund) return readRefund(event, fields);
  const isOrder = ORDER_EVENT.test(event) || event === "";
  if (isOrder) return readOrder(event, fields);
  return ok({ event, state: fields.state ?? "", subject: { kind: "other" }, decisive: false });
}

type Fields = z.infer<ReturnType<typeof payloadSchema>>;

function readOrder(event: string, fields: Fields): Result<ProviderWebhook, "fields_missing"> {
  if (!fields.merchantOrderId || !fields.state) return refused("fields_missing");
  const ofAttempt = /^(checkout|pg)\.transaction\./.test(event);
  return ok({
    event,
    state: fields.state,
    subject: { kind: "order", providerOrderId: fields.merchantOrderId },
    decisive: !ofAttempt && fields.state !== "PENDING",
  });
}

function readRefund(event: string, fields: Fields): Result<ProviderWebhook, "fields_missing"> {
  const { merchantRefundId = null, refundId = null, originalMerchantOrderId, state } = fields;
  if (!originalMerchantOrderId || !state || (merchantRefundId ?? refundId) === null) {
    return refused("fields_missing");
  }
  return ok({
    event,
    state,
    subject: {
      kind: "refund",
      providerOrderId: originalMerchantOrderId,
      merchantRefundId,
      providerRefundId: refundId,
    },
    decisive: true,
  });
}
