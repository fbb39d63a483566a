/**
 * A provider's webhook (api.md 5): who sent it is proven, what it says is a hint (I4). It is answered 200 only
 * once it is durable with its payment, or kept with the unmatched ones (I8); the provider is asked afterwards.
 */
import { type MerchantId, merchantIdSchema, sha256, toHex, unreachable } from "#base";
import { isAllowedAddress, readBody } from "#door";
import type { ProviderWebhook, WebhookHint } from "#payments";
import { Problem } from "#problems";
import { clientAddress, refusedCredentials } from "./admission.ts";
import type { HttpDeps, WebhookOrigin } from "./deps.ts";
import { type AppContext, jsonAnswer } from "./operation.ts";
import { parseJson } from "./parse-json.ts";

const EVENT_MAX = 100;

/** A webhook that is verified and read, with what makes it the same one again. */
interface Received {
  readonly origin: WebhookOrigin;
  readonly webhook: ProviderWebhook;
  readonly eventKey: string;
}

/** `POST /api/payments/webhook`, also with a provider's name and a merchant's id behind it. */
export async function receiveWebhook(c: AppContext, deps: HttpDeps): Promise<Response> {
  const raw = await readBody(c.req.raw);
  const origin = await authenticate(c, deps, raw);
  if (!isAllowedAddress(clientAddress(c), origin.allowIps)) throw new Problem("ip_not_allowed");
  const read = deps.webhooks.read(origin, parseJson(raw));
  if (!read.ok) {
    throw new Problem("validation_failed", {
      detail: "An event about an order or refund needs its ids and payload.state.",
    });
  }
  const webhook = read.value;
  const { subject } = webhook;
  const eventKey = await eventKeyOf(webhook, raw);
  const answer = await deliver(deps, { origin, webhook, eventKey });
  if (answer.matched === false && subject.kind === "order") {
    const unmatched = { eventKey, orderId: subject.providerOrderId };
    c.get("afterAnswer")(deps.webhooks.confirmUnmatched(origin, unmatched));
  }
  return jsonAnswer(200, JSON.stringify({ accepted: true, ...answer }));
}

/** One name behind the path is a provider's, if there is such a provider, or else a merchant's. */
async function authenticate(
  c: AppContext,
  deps: HttpDeps,
  rawBody: Uint8Array<ArrayBuffer>,
): Promise<WebhookOrigin> {
  const { provider, merchantId: tail } = c.req.param();
  if (provider !== undefined && !deps.webhooks.knows(provider))
    throw new Problem("route_not_found");
  const onlyProvider = provider === undefined && tail !== undefined && deps.webhooks.knows(tail);
  const named = onlyProvider || tail === undefined ? undefined : merchantOf(c, deps, tail);
  const origin = await deps.webhooks.authenticate(
    { headers: c.req.raw.headers, rawBody },
    { provider: onlyProvider ? tail : provider, merchantId: named },
  );
  if (!origin) throw refusedCredentials(c, deps, "webhook_signature_invalid");
  return origin;
}

function merchantOf(c: AppContext, deps: HttpDeps, tail: string): MerchantId {
  const named = merchantIdSchema.safeParse(tail);
  if (!named.success) throw refusedCredentials(c, deps, "webhook_signature_invalid");
  c.set("merchantNamed", named.data);
  return named.data;
}

async function deliver(
  deps: HttpDeps,
  received: Received,
): Promise<{ duplicate: boolean; matched?: false }> {
  const { origin, webhook, eventKey } = received;
  const { merchantId } = origin;
  const { subject } = webhook;
  if (subject.kind !== "other") {
    const matched = await deliverToPayment(deps, merchantId, hintOf(received, subject));
    if (matched) return matched;
  }
  const { duplicate } = await deps.ledger.keepUnmatched(merchantId, {
    eventKey,
    provider: origin.provider,
    event: webhook.event.slice(0, EVENT_MAX),
    state: webhook.state,
    orderId: subject.kind === "other" ? null : subject.providerOrderId,
    refundId: subject.kind === "refund" ? subject.merchantRefundId : null,
  });
  return { duplicate, matched: false };
}

async function deliverToPayment(
  deps: HttpDeps,
  merchantId: MerchantId,
  hint: WebhookHint,
): Promise<{ duplicate: boolean } | undefined> {
  const direct = await deps.payments.webhook(merchantId, hint.providerOrderId, hint);
  if (direct.matched) return { duplicate: direct.duplicate };
  const owner = await deps.payments.ownerOfOrderId(merchantId, hint.providerOrderId);
  if (owner === null) return undefined;
  const owned = await deps.payments.webhook(merchantId, owner, hint);
  return owned.matched ? { duplicate: owned.duplicate } : undefined;
}

function hintOf(
  { webhook, eventKey }: Received,
  subject: Exclude<ProviderWebhook["subject"], { kind: "other" }>,
): WebhookHint {
  return {
    eventKey,
    providerOrderId: subject.providerOrderId,
    refund: subject.kind === "refund" ? subject : null,
    decisive: webhook.decisive,
  };
}

/**
 * (event, id, state): the same thing said again, never the order id alone (contract.md 6.7, PP-07). Of an event
 * whose ids we do not know only the same bytes are the same thing.
 */
async function eventKeyOf(
  { event, state, subject }: ProviderWebhook,
  raw: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const name = event.slice(0, EVENT_MAX);
  switch (subject.kind) {
    case "order":
      return JSON.stringify([name, subject.providerOrderId, state]);
    case "refund": {
      const { providerOrderId, merchantRefundId, providerRefundId } = subject;
      return JSON.stringify([name, providerOrderId, merchantRefundId, providerRefundId, state]);
    }
    case "other":
      return JSON.stringify([name, toHex(await sha256(raw))]);
    default:
      return unreachable(subject);
  }
}
