import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  acceptSignature,
  type Client,
  type ClientOptions,
  createClient,
  type Fetch,
  ProblemError,
  type RequestToSign,
  type SignedRequest,
  signRequest,
  verifyAnswer,
} from "#client";
import { signAnswer, verifySignedRequest } from "#door";
import { oneKey } from "../door/keys.ts";
import { base64, hmac } from "../support/raw-sign.ts";

const KEY = { keyId: "ak_shop", secret: "secret-of-the-shop" };
const KEYS = oneKey(KEY.keyId, KEY.secret);
const NOW_SEC = 1_795_564_800;
const NO_BODY = new Uint8Array(0);
const utf8 = (text: string) => new Uint8Array(new TextEncoder().encode(text));

const STATUS = {
  paymentId: "pay_1",
  merchantOrderId: "order-1",
  state: "COMPLETED",
  amount: 49_900,
  capturedAmount: 49_900,
  refundedAmount: 0,
  attempts: [],
  refunds: [],
  timeline: [],
};
const READ: RequestToSign = { method: "GET", url: "https://gw.example.in/api/payments/status/o" };

const sign = (nonce?: string, request = READ, key = KEY) =>
  signRequest(request, key, { createdSec: NOW_SEC, ...(nonce !== undefined && { nonce }) });

/** The gateway's own door, which signs what it is given. */
async function signedByGateway(
  response: Response,
  sent: {
    url: string;
    method: string;
    headers: Record<string, string>;
    body?: Uint8Array<ArrayBuffer>;
  },
  nowSec = NOW_SEC,
): Promise<Response> {
  const { url, body, ...init } = sent;
  const request = new Request(url, { ...init, ...(body !== undefined && { body }) });
  const options = { findKey: KEYS, nowSec };
  const verified = await verifySignedRequest(request, body ?? NO_BODY, options);
  if (!verified.ok) throw new Error(verified.refusal);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { status, headers } = response;
  const answer = { status, headers, body: bytes };
  const added = await signAnswer(answer, request, { signer: verified.value, nowSec });
  const whole = new Response(bytes, { status, headers });
  for (const [name, value] of Object.entries(added)) whole.headers.set(name, value);
  return whole;
}

interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

interface Exchange {
  readonly request: SignedRequest;
  readonly answer: Received;
}

async function exchange(nonce?: string, answer = Response.json(STATUS)): Promise<Exchange> {
  const request = await sign(nonce);
  const headers = { ...request.headers, "accept-signature": acceptSignature(KEY.keyId) };
  const response = await signedByGateway(answer, {
    method: request.method,
    url: request.url,
    headers,
  });
  const body = new Uint8Array(await response.arrayBuffer());
  return { request, answer: { status: response.status, headers: response.headers, body } };
}

const verdictOf = (
  { request, answer }: Exchange,
  more: { nowSec?: number; key?: typeof KEY } = {},
) => verifyAnswer(answer, { request, key: KEY, nowSec: NOW_SEC, ...more });

const withHeader =
  (name: string, edit: (value: string) => string) =>
  ({ request, answer }: Exchange): Exchange => {
    const headers = new Headers(answer.headers);
    headers.set(name, edit(headers.get(name) ?? ""));
    return { request, answer: { ...answer, headers } };
  };
const without =
  (...names: string[]) =>
  ({ request, answer }: Exchange): Exchange => {
    const headers = new Headers(answer.headers);
    for (const name of names) headers.delete(name);
    return { request, answer: { ...answer, headers } };
  };

describe("verifyAnswer", () => {
  it("RFC 9421 5: takes what the gateway signed for this request", async () => {
    expect(await verdictOf(await exchange())).toBe("holds");
    expect(await verdictOf(await exchange(undefined, new Response("₹")))).toBe("holds");
  });

  it("RFC 9421 5: the answer to another request is refused, though it is the gateway's", async () => {
    const mine = await exchange();
    const other = await exchange();
    expect(await verdictOf({ request: mine.request, answer: other.answer })).toBe("wrong");
  });

  it.each<[string, (made: Exchange) => Exchange]>([
    ["another body", (made) => ({ ...made, answer: { ...made.answer, body: utf8("{}") } })],
    ["no body", (made) => ({ ...made, answer: { ...made.answer, body: NO_BODY } })],
    ["another status", (made) => ({ ...made, answer: { ...made.answer, status: 202 } })],
    ["another content type", withHeader("content-type", () => "text/html")],
    ["no content type", without("content-type")],
    ["no digest", without("content-digest")],
    ["another digest", withHeader("content-digest", () => `sha-256=:${btoa("x".repeat(32))}:`)],
    ["a digest beside the digest", withHeader("content-digest", (value) => `${value}, md5=:AA==:`)],
    ["a digest in hex", withHeader("content-digest", () => "sha-256=abcdef")],
    ["no Signature", without("signature")],
    ["no Signature-Input", without("signature-input")],
    ["an empty signature", withHeader("signature", () => "answer=::")],
    ["a short signature", withHeader("signature", () => "answer=:AAAA:")],
    ["another signature", withHeader("signature", () => `answer=:${"A".repeat(43)}=:`)],
    ["another label", withHeader("signature", (value) => value.replace("answer", "other"))],
    ["a second label in Signature", withHeader("signature", (value) => `${value}, b=:AAAA:`)],
    [
      "a second label in Signature-Input",
      withHeader("signature-input", (value) => `${value}, b=()`),
    ],
    ["a component less", withHeader("signature-input", (value) => value.replace('"@status" ', ""))],
    ["a parameter more", withHeader("signature-input", (value) => `${value};tag="x"`)],
    ["a parameter twice", withHeader("signature-input", (value) => `${value};alg="hmac-sha256"`)],
    ["another alg", withHeader("signature-input", (value) => value.replace("sha256", "sha512"))],
    ["another key id", withHeader("signature-input", (value) => value.replace("ak_shop", "ak_x"))],
    [
      "another time",
      withHeader("signature-input", (value) => value.replace(`${NOW_SEC}`, `${NOW_SEC - 1}`)),
    ],
    ["no time", withHeader("signature-input", (value) => value.replace(/;created=\d+/, ""))],
    [
      "a time that is none",
      withHeader("signature-input", (value) => value.replace(/created=(\d+)/, 'created="$1"')),
    ],
  ])("RFC 9421 3.2: with %s it is refused", async (_, change) => {
    expect(await verdictOf(change(await exchange()))).toBe("wrong");
  });

  it("RFC 9421 5: an answer that nobody signed is told apart from one signed wrongly", async () => {
    const bare = without("signature", "signature-input")(await exchange());
    expect(await verdictOf(bare)).toBe("missing");
  });

  it.each([
    [-301, "wrong"],
    [-300, "holds"],
    [300, "holds"],
    [301, "wrong"],
  ])("SIG-9: by a clock %i s from the gateway's it is %s", async (skewSec, expected) => {
    expect(await verdictOf(await exchange(), { nowSec: NOW_SEC + skewSec })).toBe(expected);
  });

  it("DAY-1: another secret, or another key of the same one, is refused", async () => {
    const made = await exchange();
    expect(await verdictOf(made, { key: { ...KEY, secret: "other" } })).toBe("wrong");
    expect(await verdictOf(made, { key: { ...KEY, keyId: "ak_other" } })).toBe("wrong");
  });

  it("DAY-1: the secret itself, or yesterday's key, is no key for an answer", async () => {
    const made = await exchange();
    const member = (made.answer.headers.get("signature-input") ?? "").slice("answer=".length);
    const base = [
      `"@status": ${made.answer.status}`,
      `"content-type": ${made.answer.headers.get("content-type")}`,
      `"content-digest": ${made.answer.headers.get("content-digest")}`,
      `"signature";req;key="sig1": ${(made.request.headers["signature"] ?? "").slice("sig1=".length)}`,
      `"@signature-params": ${member}`,
    ].join("\n");
    const signedBy = async (key: Uint8Array<ArrayBuffer> | ArrayBuffer) => {
      const mac = base64(await hmac(key, base));
      return verdictOf(withHeader("signature", () => `answer=:${mac}:`)(made));
    };
    const dayKey = (sec: number) =>
      hmac(utf8(KEY.secret), `foolproof-v1/${new Date(sec * 1_000).toISOString().slice(0, 10)}`);
    expect(await signedBy(await dayKey(NOW_SEC))).toBe("holds");
    expect(await signedBy(await dayKey(NOW_SEC - 86_400))).toBe("wrong");
    expect(await signedBy(utf8(KEY.secret))).toBe("wrong");
  });

  it("RFC 9421 3.2: of any one bit changed in body, digest, signature or member nothing holds", async () => {
    const made = await exchange();
    const fields = ["content-digest", "signature", "signature-input", "content-type"];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("body", ...fields),
        fc.nat(),
        fc.nat(6),
        async (where, at, bit) => {
          const flip = (bytes: Uint8Array) => {
            const copy = new Uint8Array(bytes);
            copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ (1 << bit);
            return copy;
          };
          const text = (value: string) => new TextDecoder().decode(flip(utf8(value)));
          const get = (name: string) => {
            const value = made.answer.headers.get(name) ?? "";
            return name === where ? text(value) : value;
          };
          const body = where === "body" ? flip(made.answer.body) : made.answer.body;
          const answer = { ...made.answer, body, headers: { get } };
          const context = { request: made.request, key: KEY, nowSec: NOW_SEC };
          expect(await verifyAnswer(answer, context)).toBe("wrong");
        },
      ),
      { numRuns: 300 },
    );
  });

  it("SIG-16: signature fields of any text are refused, never an error", async () => {
    const made = await exchange();
    const text = fc.string({ unit: fc.constantFrom(...'answer=:();"@, \\?#-_z0129.*%'.split("")) });
    await fc.assert(
      fc.asyncProperty(text, text, async (input, signature) => {
        const headers = new Headers(made.answer.headers);
        headers.set("signature-input", input);
        headers.set("signature", signature);
        expect(await verdictOf({ ...made, answer: { ...made.answer, headers } })).toBe("wrong");
      }),
      { numRuns: 200 },
    );
  });
});

interface Proxy {
  /** What happens to an answer on its way, or in place of it. */
  readonly change?: (response: Response) => Response | Promise<Response>;
  readonly options?: Partial<ClientOptions>;
}

/** A client of a gateway that signs, with something on the line between them. */
function shop(answer: () => Response, { change = (response) => response, options }: Proxy = {}) {
  const sent: Parameters<Fetch>[1][] = [];
  const client = createClient({
    baseUrl: "https://gw.example.in",
    ...KEY,
    verifyAnswers: true,
    nowMs: () => NOW_SEC * 1_000,
    sleep: async () => {},
    fetch: async (url, init) => {
      sent.push(init);
      const { method, headers, body } = init;
      const request = { url, method, headers, ...(body !== undefined && { body }) };
      return change(await signedByGateway(answer(), request));
    },
    ...options,
  });
  return { client, sent };
}

const problem = (status: number, code: string) =>
  new Response(JSON.stringify({ title: "No.", status, code, requestId: "req_9" }), {
    status,
    headers: { "content-type": "application/problem+json", "x-request-id": "req_9" },
  });
const unsigned = (response: Response) => {
  const headers = new Headers(response.headers);
  for (const name of ["signature", "signature-input", "content-digest"]) headers.delete(name);
  return new Response(response.body, { status: response.status, headers });
};
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const REFUND = { merchantRefundId: "r-1", merchantOrderId: "order-1", amount: 100 };
const calls: Record<string, (client: Client) => Promise<unknown>> = {
  status: (client) => client.status("order-1"),
  refund: (client) => client.refund(REFUND),
};

describe("createClient with verifyAnswers", () => {
  it("RFC 9421 5: asks for a signature and hands on an answer that has it", async () => {
    const { client, sent } = shop(() => Response.json(STATUS));
    expect(await client.status("order-1")).toEqual(STATUS);
    expect(sent[0]?.headers["accept-signature"]).toBe(
      'answer=("@status" "content-type" "content-digest" "signature";req;key="sig1");created;keyid="ak_shop";alg="hmac-sha256"',
    );
  });

  it("RFC 9421 5: asks for nothing and checks nothing by default", async () => {
    const options = { verifyAnswers: false };
    const { client, sent } = shop(() => Response.json(STATUS), { change: unsigned, options });
    expect(await client.status("order-1")).toEqual(STATUS);
    expect(sent[0]?.headers["accept-signature"]).toBeUndefined();
  });

  it.each(Object.keys(calls))("a signed refusal of %s keeps its code", async (name) => {
    const { client } = shop(() => problem(422, "refund_exceeds_captured"));
    const error = await caught(calls[name]?.(client) ?? Promise.resolve());
    expect(error).toMatchObject({ code: "refund_exceeds_captured", status: 422 });
  });

  it.each<[string, (response: Response) => Response | Promise<Response>, string]>([
    ["unsigned", unsigned, "missing"],
    ["changed", async (response) => new Response(`${await response.text()} `, response), "wrong"],
    [
      "given another status",
      (response) => new Response(response.body, { status: 201, headers: response.headers }),
      "wrong",
    ],
  ])(
    "an answer that was %s on its way is refused, and nothing is guessed",
    async (_, change, how) => {
      const { client, sent } = shop(() => Response.json(STATUS), { change });
      const error = await caught(client.status("order-1"));
      expect(error).toBeInstanceOf(ProblemError);
      expect(error).toMatchObject({
        code: "unexpected_response",
        title: `The signature of the answer is ${how}.`,
        replayed: false,
      });
      expect(String(error)).toContain("The outcome is unknown");
      expect(sent).toHaveLength(1);
    },
  );

  it("I9: the answer to the first try does not pass for the answer to the second", async () => {
    const kept: Response[] = [];
    const change = (response: Response) => {
      kept.push(response.clone());
      if (kept.length === 1) throw new TypeError("fetch failed");
      return kept[0] ?? response;
    };
    const { client, sent } = shop(() => Response.json(STATUS), { change });
    expect(await caught(client.status("order-1"))).toMatchObject({ code: "unexpected_response" });
    expect(sent).toHaveLength(2);
  });

  it.each([
    [401, "signature_expired"],
    [401, "key_revoked"],
    [404, "route_not_found"],
    [405, "method_not_allowed"],
    [413, "body_too_large"],
    [500, "internal_error"],
  ])(
    "%i %s comes from before the key is known: unsigned, it keeps its code",
    async (status, code) => {
      const { client } = shop(() => problem(status, code), { change: unsigned });
      expect(await caught(client.status("order-1"))).toMatchObject({ code, status });
    },
  );

  it("429 by address is waited for, unsigned", async () => {
    const answers = [problem(429, "rate_limited")];
    const change = (response: Response) => (response.ok ? response : unsigned(response));
    const { client, sent } = shop(() => answers.pop() ?? Response.json(STATUS), { change });
    expect(await client.status("order-1")).toEqual(STATUS);
    expect(sent).toHaveLength(2);
  });

  it("a proxy's page stays what it is", async () => {
    const change = () => new Response("<h1>Bad gateway</h1>", { status: 502 });
    const { client } = shop(() => Response.json(STATUS), { change });
    expect(await caught(client.status("order-1"))).toMatchObject({
      code: "unexpected_response",
      status: 502,
      title: "The answer is none that the gateway would give.",
    });
  });

  it.each([
    [404, "payment_not_found"],
    [409, "state_conflict"],
    [422, "validation_failed"],
    [401, "nonce_replayed"],
    [403, "payment_blocked"],
    [502, "provider_rejected"],
  ])("%i %s, unsigned, is not believed: the gateway would have signed it", async (status, code) => {
    const { client } = shop(() => problem(status, code), { change: unsigned });
    expect(await caught(client.refund(REFUND))).toMatchObject({
      code: "unexpected_response",
      status,
      requestId: "req_9",
      errors: [],
    });
  });

  it("a refusal that is signed wrongly is not believed, whatever its code", async () => {
    const change = async (response: Response) => {
      const headers = new Headers(response.headers);
      headers.set("signature", `answer=:${"A".repeat(43)}=:`);
      return new Response(response.body, { status: response.status, headers });
    };
    const { client } = shop(() => problem(401, "key_revoked"), { change });
    expect(await caught(client.status("order-1"))).toMatchObject({ code: "unexpected_response" });
  });
});
