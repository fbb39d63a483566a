/** PhonePe's webhooks, as PhonePe sends them. */
import { BASE, send, type TestAnswer } from "../../support/call.ts";

export const WEBHOOK = "/api/payments/webhook";

const encoder = new TextEncoder();

/** The `Authorization` of SHA mode for merchant `alpha` or `beta` of the tests (contract.md 6.2). */
export async function authorizationOf(name: "alpha" | "beta"): Promise<string> {
  const text = encoder.encode(`hook_${name}:hookPassword${name}`);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", text)).toHex();
}

export interface Webhook {
  readonly path?: string;
  readonly authorization?: string | null;
  readonly body: unknown;
}

export async function sendWebhook(webhook: Webhook): Promise<TestAnswer> {
  const { path = WEBHOOK, body } = webhook;
  const authorization =
    webhook.authorization === undefined ? await authorizationOf("alpha") : webhook.authorization;
  const headers = new Headers({ "content-type": "application/json" });
  if (authorization !== null) headers.set("authorization", authorization);
  const raw = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  const bytes = new Uint8Array(typeof raw === "string" ? encoder.encode(raw) : raw);
  return send(new Request(`${BASE}${path}`, { method: "POST", headers, body: bytes }));
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
