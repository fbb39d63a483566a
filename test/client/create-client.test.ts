import { describe, expect, it } from "vitest";
import {
  type ClientOptions,
  ConnectionError,
  createClient,
  type Fetch,
  ProblemError,
} from "#client";

const SECRET = "s3cr3t-of-the-shop";
const NOW_MS = 1_795_564_800_999;

const PAYMENT = {
  paymentId: "pay_1",
  merchantOrderId: "order-1",
  state: "PENDING",
  amount: 49_900,
  currency: "INR",
  createdAt: NOW_MS,
  redirectUrl: "https://pay.example/x",
};
const STATUS = {
  ...PAYMENT,
  state: "COMPLETED",
  capturedAmount: 49_900,
  refundedAmount: 0,
  attempts: [],
  refunds: [],
  timeline: [],
};
const REFUND = {
  merchantRefundId: "refund-1",
  merchantOrderId: "order-1",
  state: "PENDING",
  amount: 100,
};

type Sent = Parameters<Fetch>[1] & { url: string };
type Answer = Response | Error;

/** A gateway that gives these answers in turn, and a client of it that never really waits. */
function gateway(answers: readonly Answer[], options: Partial<ClientOptions> = {}) {
  const sent: Sent[] = [];
  const waits: number[] = [];
  const client = createClient({
    baseUrl: "https://gw.example.in",
    keyId: "ak_test_01",
    secret: SECRET,
    nowMs: () => NOW_MS,
    fetch: async (url, init) => {
      const answer = answers[sent.length];
      sent.push({ url, ...init });
      if (answer === undefined) throw new Error("unexpected call");
      if (answer instanceof Error) throw answer;
      return answer;
    },
    sleep: async (ms) => {
      waits.push(ms);
    },
    ...options,
  });
  return { client, sent, waits };
}

const json = (body: unknown, status = 200) => Response.json(body, { status });

function problem(status: number, code: string, headers: Record<string, string> = {}) {
  const body = { type: `/problems/${code}`, title: "No.", status, code, requestId: "req-1" };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  });
}

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const ORDER = { merchantOrderId: "order-1", amount: 49_900, redirectUrl: "https://shop.example/r" };

const input = (request: Sent | undefined) => request?.headers["signature-input"] ?? "";
const nonce = (request: Sent | undefined) => /nonce="([^"]+)"/.exec(input(request))?.[1];
const idempotencyKey = (request: Sent | undefined) => request?.headers["idempotency-key"];

describe("the four calls", () => {
  it("initiate posts the order as JSON", async () => {
    const { client, sent } = gateway([json(PAYMENT, 201)]);

    await expect(client.initiate(ORDER)).resolves.toEqual(PAYMENT);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      url: "https://gw.example.in/api/payments/initiate",
      method: "POST",
      redirect: "manual",
    });
    expect(JSON.parse(new TextDecoder().decode(sent[0]?.body))).toEqual(ORDER);
    expect(input(sent[0])).toContain(";created=1795564800;");
    expect(input(sent[0])).toContain('"idempotency-key")');
  });

  it("initiate gives a 202 as it is: the payment is INITIATING", async () => {
    const { redirectUrl: _, ...open } = { ...PAYMENT, state: "INITIATING" };
    const { client } = gateway([json(open, 202)]);
    await expect(client.initiate(ORDER)).resolves.toEqual(open);
  });

  it.each([
    [undefined, "https://gw.example.in/api/payments/status/order-1"],
    [{ refresh: false }, "https://gw.example.in/api/payments/status/order-1"],
    [{ refresh: true }, "https://gw.example.in/api/payments/status/order-1?refresh=true"],
  ])("status %j reads %s", async (options, url) => {
    const { client, sent } = gateway([json(STATUS)]);

    await expect(client.status("order-1", options)).resolves.toEqual(STATUS);
    expect(sent[0]).toMatchObject({ url, method: "GET" });
    expect(sent[0]?.body).toBeUndefined();
    expect(idempotencyKey(sent[0])).toBeUndefined();
  });

  it("refund posts the refund as JSON", async () => {
    const { client, sent } = gateway([json(REFUND, 201)]);
    const request = { merchantRefundId: "refund-1", merchantOrderId: "order-1", amount: 100 };

    await expect(client.refund(request)).resolves.toEqual(REFUND);
    expect(sent[0]).toMatchObject({
      url: "https://gw.example.in/api/payments/refund",
      method: "POST",
    });
    expect(JSON.parse(new TextDecoder().decode(sent[0]?.body))).toEqual(request);
  });

  it("refundStatus reads a refund of an order", async () => {
    const { client, sent } = gateway([json(REFUND)]);

    await expect(client.refundStatus("refund-1", "order-1")).resolves.toEqual(REFUND);
    expect(sent[0]).toMatchObject({
      url: "https://gw.example.in/api/payments/refund/refund-1?merchantOrderId=order-1",
      method: "GET",
    });
  });

  it.each(["https://gw.example.in/pay", "https://gw.example.in/pay/"])(
    "a base URL with a path: %s",
    async (baseUrl) => {
      const { client, sent } = gateway([json(STATUS)], { baseUrl });
      await client.status("order-1");
      expect(sent[0]?.url).toBe("https://gw.example.in/pay/api/payments/status/order-1");
    },
  );

  it("UAT-32: fields that came later than this client are kept", async () => {
    const { client } = gateway([json({ ...STATUS, newcomer: 1 })]);
    await expect(client.status("order-1")).resolves.toMatchObject({ newcomer: 1 });
  });
});

describe("one call, many tries", () => {
  const lost = new TypeError("fetch failed");

  it("I9: the idempotency key stays, nonce and signature are new", async () => {
    const { client, sent } = gateway([lost, problem(503, "provider_unavailable"), json(PAYMENT)]);
    await client.initiate(ORDER);

    expect(sent).toHaveLength(3);
    expect(idempotencyKey(sent[0])).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(sent.map(idempotencyKey)).size).toBe(1);
    expect(new Set(sent.map(nonce)).size).toBe(3);
    expect(new Set(sent.map((request) => request.headers["signature"])).size).toBe(3);
    expect(new Set(sent.map((request) => new TextDecoder().decode(request.body))).size).toBe(1);
  });

  it("created moves with the clock", async () => {
    let nowMs = NOW_MS;
    const { client, sent } = gateway([lost, json(PAYMENT)], { nowMs: () => (nowMs += 60_000) });
    await client.initiate(ORDER);
    expect(sent.map((request) => /created=(\d+)/.exec(input(request))?.[1])).toEqual([
      "1795564860",
      "1795564920",
    ]);
  });

  it("two calls have two keys", async () => {
    const { client, sent } = gateway([json(PAYMENT), json(PAYMENT)]);
    await client.initiate(ORDER);
    await client.initiate(ORDER);
    expect(idempotencyKey(sent[0])).not.toBe(idempotencyKey(sent[1]));
  });

  it("the caller's key is used as given", async () => {
    const { client, sent } = gateway([lost, json(REFUND)]);
    const request = { merchantRefundId: "refund-1", merchantOrderId: "order-1", amount: 100 };
    await client.refund(request, { idempotencyKey: "mine-1" });
    expect(sent.map(idempotencyKey)).toEqual(["mine-1", "mine-1"]);
  });

  it("gives up after two more tries, and names the key for a later one", async () => {
    const { client, sent, waits } = gateway([lost, lost, lost]);
    const error = await caught(client.initiate(ORDER));

    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ cause: lost, idempotencyKey: idempotencyKey(sent[0]) });
    expect(sent).toHaveLength(3);
    expect(waits).toHaveLength(2);
  });

  it("retries: 0 tries once", async () => {
    const { client, sent } = gateway([lost], { retries: 0 });
    await expect(client.status("order-1")).rejects.toBeInstanceOf(ConnectionError);
    expect(sent).toHaveLength(1);
  });

  it("waits as long as Retry-After says", async () => {
    const limited = problem(429, "rate_limited", { "retry-after": "3" });
    const { client, waits } = gateway([limited, json(STATUS)]);
    await client.status("order-1");
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThanOrEqual(3000);
    expect(waits[0]).toBeLessThan(3250);
  });

  it("does not hang for an hour", async () => {
    const { client, waits } = gateway([problem(429, "rate_limited", { "retry-after": "3600" })]);
    await expect(client.status("order-1")).rejects.toMatchObject({ retryAfterSec: 3600 });
    expect(waits).toEqual([]);
  });

  it("a time-out is a ConnectionError", async () => {
    const { client } = gateway([], {
      timeoutMs: 1,
      retries: 0,
      fetch: (_url, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
          });
        }),
    });
    const error = await caught(client.status("order-1"));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ message: "The gateway gave no answer within 1 ms." });
  });

  it("an answer that breaks off is a ConnectionError", async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new TypeError("terminated"));
      },
    });
    const { client } = gateway([new Response(broken)], { retries: 0 });
    await expect(client.status("order-1")).rejects.toBeInstanceOf(ConnectionError);
  });
});

describe("refusals", () => {
  it("carry what problem+json says", async () => {
    const body = {
      type: "https://gw.example.in/problems/validation_failed",
      title: "The request is not valid.",
      status: 422,
      detail: "One field is off.",
      code: "validation_failed",
      requestId: "req-9",
      errors: [{ pointer: "/amount", code: "too_small", detail: "At least 100." }, "noise"],
    };
    const headers = { "content-type": "application/problem+json; charset=utf-8" };
    const { client, sent } = gateway([
      new Response(JSON.stringify(body), { status: 422, headers }),
    ]);
    const error = await caught(client.initiate(ORDER));

    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({
      name: "ProblemError",
      message: "422 validation_failed: The request is not valid. One field is off.",
      code: "validation_failed",
      status: 422,
      title: "The request is not valid.",
      detail: "One field is off.",
      requestId: "req-9",
      errors: [{ pointer: "/amount", code: "too_small", detail: "At least 100." }],
      replayed: false,
    });
    expect(sent).toHaveLength(1);
  });

  it("tell that they are replayed", async () => {
    const stored = problem(503, "provider_unavailable", { "idempotency-replayed": "true" });
    const { client, sent } = gateway([stored]);
    await expect(client.initiate(ORDER)).rejects.toMatchObject({ replayed: true });
    expect(sent).toHaveLength(1);
  });

  it.each<[string, Response]>([
    ["a proxy's page", new Response("<h1>Bad gateway</h1>", { status: 502 })],
    ["JSON that is no problem", json({ code: "rate_limited" }, 400)],
    [
      "a problem without a code",
      new Response("{}", { status: 400, headers: { "content-type": "application/problem+json" } }),
    ],
    [
      "a broken problem",
      new Response("{", { status: 400, headers: { "content-type": "application/problem+json" } }),
    ],
    [
      "a redirect",
      new Response(null, { status: 302, headers: { location: "https://evil.example" } }),
    ],
    ["a page with status 200", new Response("<h1>Hello</h1>")],
    ["an empty answer", new Response(null, { status: 204 })],
    ["JSON null", json(null)],
    ["a list", json([STATUS])],
    ["a status without an amount", json({ ...STATUS, amount: undefined })],
    ["an amount that is no integer", json({ ...STATUS, amount: 499.5 })],
    ["a state that nobody knows", json({ ...STATUS, state: "PAID" })],
    [
      "a refund in a state that nobody knows",
      json({ ...STATUS, refunds: [{ ...REFUND, state: "DONE" }] }),
    ],
    ["an answer over 1 MiB", new Response(`"${"x".repeat(1024 * 1024)}"`)],
  ])("unexpected_response: %s", async (_name, answer) => {
    const { client, sent } = gateway([answer]);
    const error = await caught(client.status("order-1"));

    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ code: "unexpected_response", status: answer.status });
    expect(sent).toHaveLength(1);
  });

  it("x-request-id stands in where the body names no request", async () => {
    const headers = { "x-request-id": "req-7" };
    const { client } = gateway([new Response("no", { status: 500, headers })]);
    await expect(client.status("order-1")).rejects.toMatchObject({ requestId: "req-7" });
  });

  it("I10: no error quotes the secret", async () => {
    const answers = [new TypeError("fetch failed"), problem(401, "signature_invalid")];
    for (const answer of answers) {
      const { client } = gateway([answer], { retries: 0 });
      const error = await caught(client.initiate(ORDER));
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(SECRET);
    }
  });
});

describe("what is refused before anything is sent", () => {
  it.each([
    ["http in the open", { baseUrl: "http://gw.example.in" }],
    ["a host that looks local", { baseUrl: "http://127.0.0.1.example.in" }],
    ["another scheme", { baseUrl: "ftp://gw.example.in" }],
    ["no URL", { baseUrl: "gw.example.in" }],
    ["a password in the URL", { baseUrl: "https://a:b@gw.example.in" }],
    ["a query in the URL", { baseUrl: "https://gw.example.in?x=1" }],
    ["an empty secret", { secret: "" }],
    ["a negative number of retries", { retries: -1 }],
    ["too many retries", { retries: 11 }],
    ["no time at all", { timeoutMs: 0 }],
    ["endless time", { timeoutMs: Number.POSITIVE_INFINITY }],
  ])("%s", (_name, options) => {
    expect(() => gateway([], options)).toThrow(TypeError);
  });

  it.each(["http://localhost:8787", "http://127.0.0.1:8787", "http://[::1]:8787"])(
    "http to this machine is allowed: %s",
    async (baseUrl) => {
      const { client } = gateway([json(STATUS)], { baseUrl });
      await expect(client.status("order-1")).resolves.toEqual(STATUS);
    },
  );

  it.each(["", "..", "a/b", "a?b", "a%2Fb", "चाय", "x".repeat(64)])(
    "the id %j, which could name another path",
    async (id) => {
      const { client, sent } = gateway([]);
      await expect(client.status(id)).rejects.toBeInstanceOf(TypeError);
      await expect(client.refundStatus(id, "order-1")).rejects.toBeInstanceOf(TypeError);
      await expect(client.refundStatus("refund-1", id)).rejects.toBeInstanceOf(TypeError);
      expect(sent).toEqual([]);
    },
  );

  it("a malformed idempotency key", async () => {
    const { client, sent } = gateway([]);
    const call = client.initiate(ORDER, { idempotencyKey: "a b" });
    await expect(call).rejects.toBeInstanceOf(TypeError);
    expect(sent).toEqual([]);
  });
});
