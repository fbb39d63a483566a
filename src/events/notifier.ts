/**
 * Brings one notification to a merchant's server, once: Standard Webhooks, signed at the moment of the try
 * (WHK-1 to WHK-5). When to try again is the outbox's business.
 */
import { type Clock, type MerchantId, retryAfterMsOf, SECOND_MS } from "#base";
import type { DeliveryOutcome, OutboxNotification } from "#payments";
import { type AddressPolicy, isAllowedNotifyUrl } from "./notify-url.ts";

export interface Endpoint {
  readonly url: string;
  /** The current secret first; a second one while it is being rotated. */
  readonly secrets: readonly string[];
}

export interface NotifierPorts {
  readonly nowMs: Clock;
  readonly policy: AddressPolicy;
  readonly endpointOf: (merchantId: MerchantId) => Promise<Endpoint | undefined>;
  readonly sign: (
    secrets: readonly string[],
    message: { readonly id: string; readonly timestampSec: number; readonly body: string },
  ) => Promise<string>;
  readonly post: (request: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }) => Promise<
    | { readonly type: "answer"; readonly status: number; readonly retryAfter: string | null }
    | { readonly type: "no_answer" }
  >;
  /** Whether the receiver has said 410 at this address; kept per merchant (WHK-5). */
  readonly isOff: (merchantId: MerchantId, url: string) => Promise<boolean>;
  readonly turnOff: (merchantId: MerchantId, url: string) => Promise<void>;
}

/** 429, 502 and 504 say "slower" (WHK-5): never sooner than this. */
const SLOWER_MS = 60 * SECOND_MS;

export async function deliverNotification(
  ports: NotifierPorts,
  merchantId: MerchantId,
  notification: OutboxNotification,
): Promise<DeliveryOutcome> {
  const endpoint = await ports.endpointOf(merchantId);
  if (!endpoint) return { type: "unwanted" };
  if (!isAllowedNotifyUrl(endpoint.url, ports.policy)) {
    return { type: "hopeless", reason: "address_refused" };
  }
  if (await ports.isOff(merchantId, endpoint.url)) {
    return { type: "hopeless", reason: "endpoint_gone" };
  }
  const { id, body } = notification;
  const timestampSec = Math.floor(ports.nowMs() / SECOND_MS);
  const answer = await ports.post({
    url: endpoint.url,
    headers: {
      "content-type": "application/json",
      "user-agent": "Foolproof-Notifications/1",
      "webhook-id": id,
      "webhook-timestamp": String(timestampSec),
      "webhook-signature": await ports.sign(endpoint.secrets, { id, timestampSec, body }),
    },
    body,
  });
  if (answer.type === "no_answer") return { type: "retry", retryAfterMs: null };
  const { status } = answer;
  // Success is 2xx and nothing else; a redirect is a failure and is not followed.
  if (status >= 200 && status < 300) return { type: "delivered" };
  if (status === 410) {
    await ports.turnOff(merchantId, endpoint.url);
    return { type: "hopeless", reason: "endpoint_gone" };
  }
  const asked = retryAfterMsOf(answer.retryAfter, ports.nowMs());
  const slower = status === 429 || status === 502 || status === 504;
  return { type: "retry", retryAfterMs: slower ? Math.max(SLOWER_MS, asked ?? 0) : asked };
}
