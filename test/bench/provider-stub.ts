/** PhonePe as far as the benchmark needs it (test/sandbox is the real simulator): every call succeeds at once. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export interface ProviderStub {
  readonly url: string;
  stop(): Promise<void>;
}

export interface ProviderOptions {
  readonly delayMs: number;
  /** Every order has this amount. */
  readonly amountPaisa: number;
}

const HOUR_SEC = 3600;
const STATUS_PATH = /^\/checkout\/v2\/order\/([^/]+)\/status$/;

export async function startProvider(options: ProviderOptions): Promise<ProviderStub> {
  const server = createServer((request, response) => {
    void answer(options, request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the stub has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function answer(
  { delayMs, amountPaisa }: ProviderOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const text = await readText(request);
  if (delayMs > 0) await sleep(delayMs);
  const { pathname } = new URL(request.url ?? "/", "http://stub");
  const body = bodyFor(pathname, text, amountPaisa);
  response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
  response.end(JSON.stringify(body ?? { code: "NOT_FOUND" }));
}

/** The wire forms of test/sandbox: a token, an order placed, an order paid. */
function bodyFor(path: string, text: string, amountPaisa: number): object | undefined {
  const nowMs = Date.now();
  const nowSec = Math.floor(nowMs / 1_000);
  if (path === "/v1/oauth/token") {
    const expiresAtSec = nowSec + HOUR_SEC;
    return {
      access_token: "bench-token",
      token_type: "O-Bearer",
      issued_at: nowSec,
      expires_at: expiresAtSec,
      session_expires_at: expiresAtSec,
    };
  }
  const expireAt = nowMs + HOUR_SEC * 1_000;
  if (path === "/checkout/v2/pay") {
    const orderId = `OMO_${JSON.parse(text).merchantOrderId}`;
    return { orderId, state: "PENDING", expireAt, redirectUrl: "https://pay.example/page" };
  }
  const merchantOrderId = STATUS_PATH.exec(path)?.[1];
  if (merchantOrderId === undefined) return undefined;
  return {
    merchantOrderId,
    orderId: `OMO_${merchantOrderId}`,
    state: "COMPLETED",
    amount: amountPaisa,
    expireAt,
    paymentDetails: [],
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
