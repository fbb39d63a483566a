/**
 * Brings one notification to a merchant's server, once: Standard Webhooks, signed at the moment of the try
 * (WHK-1 to WHK-5). When to try again is the outbox's business.
 */
import { type Clock, type MerchantId, SECOND_MS } from "#base";
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
  readonly endpointOf: (merchantId: MerchantId) => Endpoint | undefined;
  readonly sign: (
    secrets: readonly string[],
    message: { readonly id: string; readonly timestampSec: number; readonly body: string },
  ) => Promise<string>;
  readonly post: (request: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly timeoutMs: number;
  }) => Promise<
    | { readonly type: "answer"; readonly status: number; readonly retryAfter: string | null }
    | { readonly type: "no_answer" }
  >;
  /** Whether the receiver has said 410 at this address; kept per merchant (WHK-5). */
  readonly isOff: (merchantId: MerchantId, url: string) => Promise<boolean>;
  readonly turnOff: (merchantId: MerchantId, url: string) => Promise<void>;
}

const TIMEOUT_MS = 15 * SECOND_MS;
/** 429, 502 and 504 say "slower" (WHK-5): never sooner than this. */
const SLOWER_MS = 60 * SECOND_MS;

export async function deliverNotification(
  ports: NotifierPorts,
  merchantId: MerchantId,
  notification: OutboxNotification,
): Promise<DeliveryOutcome> {
  const endpoint = ports.endpointOf(merchantId);
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
    timeoutMs: TIMEOUT_MS,
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

/** The forms of RFC 9110 5.6.7. The date parser makes a date of almost any text with a number in it. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w:\- ]+$/;

/** Seconds or an HTTP date (RFC 9110 10.2.3); anything else counts as not sent. */
export function retryAfterMsOf(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * SECOND_MS;
  if (!HTTP_DATE.test(header)) return null;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? null : Math.max(0, dateMs - nowMs);
}
