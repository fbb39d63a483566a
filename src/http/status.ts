import { merchantOrderIdSchema, unreachable } from "#base";
import { Problem } from "#problems";
import { readPayment } from "./call-payment.ts";
import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";
import { invalidField } from "./validate.ts";

/** `GET /api/payments/status/{merchantOrderId}`, with `?refresh=true` after asking the provider (api.md 4). */
export const statusOperation: Operation<typeof noBody> = {
  scope: "payments:read",
  rateClass: "read",
  schema: noBody,
  handle: status,
};

async function status({ c, deps, merchant, identity }: Call<undefined>): Promise<Response> {
  const refresh = c.req.query("refresh") ?? "false";
  if (refresh !== "true" && refresh !== "false") {
    throw invalidField("/refresh", "invalid_value", "true or false");
  }
  // What cannot be an id is not found, like an id that is nobody's (API-1).
  const id = merchantOrderIdSchema.safeParse(c.req.param("id"));
  if (!id.success) throw new Problem("payment_not_found");
  const command = { refresh: refresh === "true", identity };
  const answer = await readPayment(() => deps.payments.status(merchant.id, id.data, command));
  switch (answer.outcome) {
    case "found":
      return jsonAnswer(200, answer.body);
    case "not_found":
      throw new Problem("payment_not_found");
    case "provider_timeout":
      throw new Problem("provider_timeout", {
        detail: "Without refresh the gateway's own knowledge is answered.",
      });
    default:
      return unreachable(answer);
  }
}
