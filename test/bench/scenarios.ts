/** What is measured: who is asked, for what, and the answer that proves that the work was done. */
import { randomBytes, randomUUID } from "node:crypto";
import { type RequestToSign, type SignedRequest, signRequest } from "#client";
import type { GatewayKey } from "./gateway.ts";

export type Scenario = "hello" | "health" | "unsigned" | "wrongMac" | "status" | "initiate";

export interface Target {
  readonly helloUrl: string;
  readonly gatewayUrl: string;
  readonly keys: readonly GatewayKey[];
}

interface ScenarioRow {
  readonly title: string;
  /** The only answer that counts. */
  readonly status: number;
  /** Whether the same bytes get the same answer again: no nonce is spent. */
  readonly repeatable: boolean;
  /** The key that signs is the caller's choice, so that the load is spread over all. */
  readonly make: (target: Target, key: GatewayKey) => Promise<SignedRequest>;
}

export const AMOUNT_PAISA = 49_900;
const FINISHED_ORDER = "bench-finished";

const get = (url: string): RequestToSign => ({ method: "GET", url });

export const SCENARIO_ROWS: Readonly<Record<Scenario, ScenarioRow>> = {
  hello: {
    title: "hello: a Worker that does nothing",
    status: 200,
    repeatable: true,
    make: async ({ helloUrl }, key) => unsigned(await signed(get(`${helloUrl}/`), key)),
  },
  health: {
    title: "health",
    status: 200,
    repeatable: true,
    make: async ({ gatewayUrl }, key) =>
      unsigned(await signed(get(`${gatewayUrl}/api/payments/health`), key)),
  },
  unsigned: {
    title: "flood: initiate without signature",
    status: 401,
    repeatable: true,
    make: async ({ gatewayUrl }, key) => unsigned(await signed(initiateOf(gatewayUrl), key)),
  },
  wrongMac: {
    title: "flood: initiate with a wrong MAC",
    status: 401,
    repeatable: true,
    make: async ({ gatewayUrl }, key) => {
      const request = await signed(initiateOf(gatewayUrl), key);
      const signature = `sig1=:${randomBytes(32).toString("base64")}:`;
      return { ...request, headers: { ...request.headers, signature } };
    },
  },
  status: {
    title: "signed status of a finished payment",
    status: 200,
    repeatable: false,
    make: ({ gatewayUrl }, key) => signed(get(statusUrl(gatewayUrl)), key),
  },
  initiate: {
    title: "signed initiate",
    status: 201,
    repeatable: false,
    make: ({ gatewayUrl }, key) => signed(initiateOf(gatewayUrl), key),
  },
};

/** The two calls that make the finished payment: it is placed, then found paid. */
export async function preparation({ gatewayUrl }: Target, key: GatewayKey) {
  return [
    await signed(initiateOf(gatewayUrl, FINISHED_ORDER), key),
    await signed(get(`${statusUrl(gatewayUrl)}?refresh=true`), key),
  ];
}

function statusUrl(gatewayUrl: string): string {
  return `${gatewayUrl}/api/payments/status/${FINISHED_ORDER}`;
}

function initiateOf(gatewayUrl: string, merchantOrderId: string = randomUUID()): RequestToSign {
  return {
    method: "POST",
    url: `${gatewayUrl}/api/payments/initiate`,
    body: JSON.stringify({
      merchantOrderId,
      amount: AMOUNT_PAISA,
      redirectUrl: "https://shop.example/orders/back",
      message: "Order of the benchmark",
      metaInfo: { udf1: "bench", udf2: merchantOrderId },
      customer: { id: "cust_4711", phone: "+919999999999", email: "payer@shop.example" },
      device: { ip: "198.51.100.7", userAgent: "Mozilla/5.0 (Linux; Android 16) Chrome/140.0" },
    }),
    idempotencyKey: merchantOrderId,
  };
}

function signed(request: RequestToSign, key: GatewayKey): Promise<SignedRequest> {
  return signRequest(request, key, { createdSec: Math.floor(Date.now() / 1_000) });
}

function unsigned(request: SignedRequest): SignedRequest {
  const { signature: _, "signature-input": __, ...headers } = request.headers;
  return { ...request, headers };
}
