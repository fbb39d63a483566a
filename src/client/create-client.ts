/**
 * The merchants' client: one method per endpoint of api.md section 4. It needs `fetch` and
 * WebCrypto only. It runs on a server: whoever holds the API secret can refund.
 */
import {
  isPayment,
  isPaymentStatus,
  isRefund,
  type Payment,
  type PaymentStatus,
  type Refund,
} from "./answers.ts";
import {
  encryptingSender,
  type EncryptionOptions,
  openingTransport,
  type SendBody,
} from "./encryption.ts";
import type { InitiateRequest, RefundRequest } from "./requests.ts";
import { type Fetch, send, type Transport } from "./send.ts";
import type { RequestToSign } from "./sign-request.ts";

/** Settings of {@link createClient}. */
export interface ClientOptions {
  /** The gateway's address, e.g. `https://pay.example.in`; http for localhost only. */
  readonly baseUrl: string | URL;
  /** The API key's id, e.g. `ak_test_01`. */
  readonly keyId: string;
  /** The API key's secret. It never leaves this process: it derives the keys that sign. */
  readonly secret: string;
  /** Default: the runtime's own. */
  readonly fetch?: Fetch;
  /** Epoch milliseconds; the gateway takes 30 s of skew ahead. Default: the runtime's clock. */
  readonly nowMs?: () => number;
  /** Limit of one try. Default: 15,000, since the gateway may itself take 10 s. */
  readonly timeoutMs?: number;
  /** Tries after the first, 0 to 10. Default: 2. */
  readonly retries?: number;
  /**
   * True: the gateway is asked to sign its answers, and what is not signed by it, for the request
   * that was sent, is refused as `unexpected_response`. Default: false, since older gateways do not sign.
   */
  readonly verifyAnswers?: boolean;
  /** Waits between tries. Default: a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** Encrypts requests, and with a private key asks for encrypted answers. Default: TLS alone. */
  readonly encryption?: EncryptionOptions;
}

/** Settings of one writing call. */
export interface WriteOptions {
  /** 1 to 255 visible ASCII characters. Default: a random UUID for each call. */
  readonly idempotencyKey?: string;
}

/** Settings of one status call. */
export interface StatusOptions {
  /** True: the gateway asks the provider now. Default: its last knowledge. */
  readonly refresh?: boolean;
}

/**
 * The gateway's calls. Every one throws `ProblemError` when the gateway refuses, `ConnectionError`
 * when no answer came, and `TypeError` for arguments that cannot be sent.
 */
export interface Client {
  /**
   * Starts a payment. The state is `PENDING` with a `redirectUrl`, or `INITIATING` when no provider
   * has answered yet: then ask `status` until it has moved on. Repeating with the same
   * `merchantOrderId` and content never makes a second payment.
   */
  initiate(request: InitiateRequest, options?: WriteOptions): Promise<Payment>;
  /** The state of a payment: ask it when the payer returns. Only `COMPLETED` means paid. */
  status(merchantOrderId: string, options?: StatusOptions): Promise<PaymentStatus>;
  /** Gives money back, in full or in part. The first state is never final. */
  refund(request: RefundRequest, options?: WriteOptions): Promise<Refund>;
  /** The state of a refund. */
  refundStatus(merchantRefundId: string, merchantOrderId: string): Promise<Refund>;
}

const DEFAULT_TIMEOUT_MS = 15_000;
const DEFAULT_RETRIES = 2;
const RETRIES_MAX = 10;
/** Ids of orders and refunds. It also keeps `..` and `/` out of paths. */
const ID_FORM = /^[A-Za-z0-9_-]{1,63}$/;
const LOOPBACK_HOST = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])$/;

/**
 * Makes a client for one API key. It holds no connection, and with `encryption` the gateway's public
 * keys for an hour: make one per process, or per request, as you like.
 *
 * @throws {TypeError} for settings that cannot work; no message quotes the secret
 */
export function createClient(options: ClientOptions): Client {
  const base = parseBaseUrl(options.baseUrl);
  const { encryption } = options;
  const plain = parseTransport(options);
  const transport = encryption ? openingTransport(plain, encryption) : plain;
  const sendBody: SendBody = encryption
    ? encryptingSender(transport, encryption, `${base}/.well-known/jwks.json`)
    : (request, isAnswer) => send(request, transport, isAnswer);
  const endpoint = (path: string) => `${base}/api/payments/${path}`;

  return {
    initiate: async (request, write) =>
      sendBody(post(endpoint("initiate"), request, write), isPayment),
    status: async (merchantOrderId, read) => {
      const query = read?.refresh === true ? "?refresh=true" : "";
      const url = endpoint(`status/${checkedId(merchantOrderId)}${query}`);
      return send({ method: "GET", url }, transport, isPaymentStatus);
    },
    refund: async (request, write) => sendBody(post(endpoint("refund"), request, write), isRefund),
    refundStatus: async (merchantRefundId, merchantOrderId) => {
      const query = `?merchantOrderId=${checkedId(merchantOrderId)}`;
      const url = endpoint(`refund/${checkedId(merchantRefundId)}${query}`);
      return send({ method: "GET", url }, transport, isRefund);
    },
  };
}

/** The key is made once per call, before the first try: all tries carry the same one. */
function post(url: string, request: InitiateRequest | RefundRequest, write?: WriteOptions) {
  const idempotencyKey = write?.idempotencyKey ?? crypto.randomUUID();
  return {
    method: "POST",
    url,
    body: JSON.stringify(request),
    idempotencyKey,
  } satisfies RequestToSign;
}

function checkedId(id: string): string {
  if (ID_FORM.test(id)) return id;
  throw new TypeError("An id needs 1 to 63 of A-Z, a-z, 0-9, _ and -.");
}

/** Payers' data must not travel in the clear; a development gateway on this machine may. */
function parseBaseUrl(given: string | URL): string {
  const url = new URL(given);
  const isSafe =
    url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK_HOST.test(url.hostname));
  if (!isSafe) throw new TypeError("baseUrl needs https, or http to this machine.");
  if (url.search !== "" || url.username !== "" || url.password !== "") {
    throw new TypeError("baseUrl is an origin, at most with a path.");
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

function parseTransport(options: ClientOptions): Transport {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const retries = options.retries ?? DEFAULT_RETRIES;
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1) throw new TypeError("timeoutMs is off.");
  if (!Number.isSafeInteger(retries) || retries < 0 || retries > RETRIES_MAX) {
    throw new TypeError(`retries goes from 0 to ${RETRIES_MAX}.`);
  }
  if (options.secret === "") throw new TypeError("The API secret is empty.");
  return {
    key: { keyId: options.keyId, secret: options.secret },
    // Called through globalThis: Workers refuse a `fetch` that was torn off its object.
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    nowMs: options.nowMs ?? (() => new Date().getTime()),
    sleep: options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
    timeoutMs,
    retries,
    verifyAnswers: options.verifyAnswers === true,
    accept: "application/json, application/problem+json",
  };
}
