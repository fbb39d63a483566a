/** The merchant's server: calls the gateway with the SDK and by hand, and keeps every answer it got. */
import { randomUUID } from "node:crypto";
import { type Client, createClient, signRequest, type SigningKey } from "#client";
import type { ChaosMerchant } from "./merchants.ts";
import type { Scenario } from "./scenarios.ts";

export interface ShopAnswer {
  /** 0: the connection broke off. */
  readonly status: number;
  readonly text: string;
}

export interface Shop {
  readonly orderId: string;
  readonly client: Client;
  /** Pay URLs that the merchant was given, and could send a payer to. */
  readonly payUrls: Set<string>;
  initiate(more?: { readonly amount?: number; readonly timeoutMs?: number }): Promise<ShopAnswer>;
  status(options?: { readonly refresh?: boolean }): Promise<ShopAnswer>;
  refund(merchantRefundId: string, amount: number): Promise<ShopAnswer>;
  rotateKey(): Promise<ShopAnswer>;
}

const RETRIES = 8;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export function openShop(gatewayUrl: string, merchant: ChaosMerchant, scenario: Scenario): Shop {
  let key: SigningKey = merchant.apiKey;
  const orderId = `${scenario.id}-${randomUUID().slice(0, 8)}`;
  const idempotencyKey = randomUUID();
  const payUrls = new Set<string>();

  async function call(
    method: string,
    path: string,
    request: { readonly body?: object; readonly key?: string; readonly timeoutMs?: number } = {},
  ): Promise<ShopAnswer> {
    const signed = await signRequest(
      {
        method,
        url: `${gatewayUrl}/api/payments${path}`,
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        ...(request.key === undefined ? {} : { idempotencyKey: request.key }),
      },
      key,
      { createdSec: Math.floor(Date.now() / 1000) },
    );
    try {
      const response = await fetch(signed.url, {
        method: signed.method,
        headers: signed.headers,
        ...(signed.body === undefined ? {} : { body: signed.body }),
        signal: AbortSignal.timeout(request.timeoutMs ?? 30_000),
      });
      const text = await response.text();
      const url = /"redirectUrl":"([^"]+)"/.exec(text)?.[1];
      if (url !== undefined) payUrls.add(url);
      return { status: response.status, text };
    } catch {
      return { status: 0, text: "" }; // Killed, or given up on.
    }
  }

  return {
    orderId,
    payUrls,
    client: createClient({
      baseUrl: gatewayUrl,
      ...merchant.apiKey,
      retries: RETRIES,
      sleep: () => sleep(30),
    }),
    initiate: ({ amount = scenario.amount, ...more } = {}) =>
      call("POST", "/initiate", {
        body: initiateBody(orderId, amount, merchant),
        key: idempotencyKey,
        ...more,
      }),
    status: ({ refresh = false } = {}) =>
      call("GET", `/status/${orderId}${refresh ? "?refresh=true" : ""}`),
    refund: (merchantRefundId, amount) =>
      call("POST", "/refund", {
        body: { merchantRefundId, merchantOrderId: orderId, amount },
        key: `key-${merchantRefundId}`,
      }),
    async rotateKey() {
      const answer = await call("POST", `/api-keys/${key.keyId}/rotate`, { body: {} });
      if (answer.status < 300 && answer.status > 0) {
        const { id, secret } = JSON.parse(answer.text);
        key = { keyId: id, secret };
      }
      return answer;
    },
  };
}

/** Five minutes are the shortest life that a payment can have. */
export const EXPIRE_AFTER_SEC = 300;

export function initiateBody(orderId: string, amount: number, { customer }: ChaosMerchant) {
  return {
    merchantOrderId: orderId,
    amount,
    redirectUrl: "http://localhost:8788/return",
    expireAfter: EXPIRE_AFTER_SEC,
    customer,
  };
}
