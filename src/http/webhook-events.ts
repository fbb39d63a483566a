import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";
import { invalidField } from "./validate.ts";

/**
 * `GET /api/payments/webhook-events?matched=false`: webhooks that named no order of ours (api.md 5), and whether
 * webhooks have gone silent.
 */
export const webhookEventsOperation: Operation<typeof noBody> = {
  scope: "security:read",
  rateClass: "security",
  schema: noBody,
  handle: webhookEvents,
};

async function webhookEvents({ c, deps, merchant }: Call<undefined>): Promise<Response> {
  if (c.req.query("matched") !== "false") {
    throw invalidField(
      "/matched",
      "invalid_value",
      "false: matched events stand in their payments",
    );
  }
  const [events, silentSince] = await Promise.all([
    deps.ledger.unmatched(merchant.id),
    deps.ledger.silence(merchant.id),
  ]);
  const alerts = silentSince === null ? [] : [{ code: "webhook_silence", since: silentSince }];
  return jsonAnswer(200, JSON.stringify({ events, alerts }));
}
