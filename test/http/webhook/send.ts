/** PhonePe's webhooks, as PhonePe sends them. */
import { BASE, send, type TestAnswer } from "../../support/call.ts";

export const WEBHOOK = "/api/payments/webhook";

const encoder = new TextEncoder();

/** The `Authorization` of SHA mode for a merchant of the tests (contract.md 6.2). */
export async function authorizationOf(name: string): Promise<string> {
  const text = encoder.encode(`hook_${name}:hookPassword${name}`);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", text)).toHex();
}

export interface Webhook {
  readonly path?: string;
  readonly authorization?: string | null;
  readonly body: unknown;
  readonly moreHeaders?: Readonly<Record<string, string>>;
}

export async function sendWebhook(webhook: Webhook): Promise<TestAnswer> {
  return send(await webhookRequest(webhook));
}

export async function webhookRequest(webhook: Webhook): Promise<Request> {
  const { path = WEBHOOK, body } = webhook;
  const authorization =
    webhook.authorization === undefined ? await authorizationOf("alpha") : webhook.authorization;
  const headers = new Headers({ "content-type": "application/json", ...webhook.moreHeaders });
  if (authorization !== null) headers.set("authorization", authorization);
  const raw = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  const bytes = new Uint8Array(typeof raw === "string" ? encoder.encode(raw) : raw);
  return new Request(`${BASE}${path}`, { method: "POST", headers, body: bytes });
}

export const completed = (merchantOrderId: string) => ({
  event: "checkout.order.completed",
  payload: {
    merchantOrderId,
    orderId: `OMO_${merchantOrderId}`,
    state: "COMPLETED",
    amount: 49_900,
  },
});
