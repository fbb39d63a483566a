/**
 * A provider's webhook (api.md 5): who sent it is proven, what it says is a hint (I4). It is answered 200 only
 * once it is durable with its payment, or kept with the unmatched ones (I8); the provider is asked afterwards.
 */
import { type MerchantId, merchantIdSchema } from "#base";
import { readBody } from "#door";
import type { WebhookHint } from "#payments";
import { Problem } from "#problems";
import type { HttpDeps, ProviderWebhook, WebhookOrigin } from "./deps.ts";
import { type AppContext, jsonAnswer } from "./operation.ts";
import { parseJson } from "./parse-json.ts";

const PROVIDER = "phonepe";
const EVENT_MAX = 100;

/** `POST /api/payments/webhook`, also with `/phonepe` and `/{merchantId}` behind it. */
export async function receiveWebhook(c: AppContext, deps: HttpDeps): Promise<Response> {
  const raw = await readBody(c.req.raw);
  const origin = await authenticate(c, deps, raw);
  const read = deps.webhooks.read(origin, parseJson(raw));
  if (!read.ok) {
    throw new Problem("validation_failed", {
      detail: "An event about an order or refund needs its ids and payload.state.",
    });
  }
  const answer = await deliver(deps, origin.merchantId, read.value);
  const { subject } = read.value;
  if (answer.matched === false && subject.kind === "order") {
    const webhook = { eventKey: eventKeyOf(read.value), orderId: subject.providerOrderId };
    c.get("afterAnswer")(deps.webhooks.confirmUnmatched(origin, webhook));
  }
  return jsonAnswer(200, JSON.stringify({ accepted: true, ...answer }));
}

async function authenticate(
  c: AppContext,
  deps: HttpDeps,
  rawBody: Uint8Array<ArrayBuffer>,
): Promise<WebhookOrigin> {
  const tail = c.req.param("merchantId");
  const named = tail === undefined ? undefined : merchantIdSchema.safeParse(tail);
  if (named && !named.success) throw new Problem("webhook_signature_invalid");
  const proof = { headers: c.req.raw.headers, rawBody };
  const origin = await deps.webhooks.authenticate(proof, named?.data);
  if (!origin) throw new Problem("webhook_signature_invalid");
  return origin;
}

async function deliver(
  deps: HttpDeps,
  merchantId: MerchantId,
  webhook: ProviderWebhook,
): Promise<{ duplicate: boolean; matched?: false }> {
  const { subject } = webhook;
  if (subject.kind !== "other") {
    const hint = hintOf(webhook, subject);
    const orderId = subject.providerOrderId;
    const direct = await deps.payments.webhook(merchantId, orderId, hint);
    if (direct.matched) return { duplicate: direct.duplicate };
    const owner = await deps.payments.ownerOfOrderId(merchantId, orderId);
    if (owner !== null) {
      const owned = await deps.payments.webhook(merchantId, owner, hint);
      if (owned.matched) return { duplicate: owned.duplicate };
    }
  }
  const { duplicate } = await deps.ledger.keepUnmatched(merchantId, {
    eventKey: eventKeyOf(webhook),
    provider: PROVIDER,
    event: webhook.event.slice(0, EVENT_MAX),
    state: webhook.state,
    orderId: subject.kind === "other" ? null : subject.providerOrderId,
    refundId: subject.kind === "refund" ? subject.merchantRefundId : null,
  });
  return { duplicate, matched: false };
}

function hintOf(
  webhook: ProviderWebhook,
  subject: Exclude<ProviderWebhook["subject"], { kind: "other" }>,
): WebhookHint {
  return {
    eventKey: eventKeyOf(webhook),
    providerOrderId: subject.providerOrderId,
    refund: subject.kind === "refund" ? subject : null,
    decisive: webhook.decisive,
  };
}

/** (event, id, state): the same thing said again, never the order id alone (contract.md 6.7, PP-07). */
function eventKeyOf({ event, state, subject }: ProviderWebhook): string {
  const id = subject.kind === "other" ? null : subject.providerOrderId;
  const refund =
    subject.kind === "refund" ? [subject.merchantRefundId, subject.providerRefundId] : [];
  return JSON.stringify([event.slice(0, EVENT_MAX), id, ...refund, state]);
}
