import { describe, expect, it } from "vitest";
import { BASE, call, freshId, initiateBody, send, type TestAnswer } from "../../support/call.ts";
import { signRaw } from "../../support/raw-sign.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { INITIATE, seen, statusOf } from "../payments.ts";
import { expectCommonHeaders, expectProblem } from "../problem-shape.ts";

const encoder = new TextEncoder();

/** What may be wrong with an initiate, in the order in which api.md 1 says it is told. */
const FAULTS = ["413", "401", "403", "415", "400", "422"] as const;
type Fault = (typeof FAULTS)[number];
const CODES = {
  413: "body_too_large",
  401: "signature_invalid",
  403: "scope_missing",
  415: "unsupported_media_type",
  400: "malformed_json",
  422: "validation_failed",
} as const;

async function withFaults(faults: readonly Fault[]): Promise<TestAnswer> {
  const has = (fault: Fault) => faults.includes(fault);
  const reader = has("403") ? TEST_KEYS.alphaReader : TEST_KEYS.alpha;
  const text = JSON.stringify(initiateBody(has("422") ? { amount: 1 } : {}));
  const broken = has("400") ? `${text}}` : text;
  const padded = has("413") ? broken + " ".repeat(65_537) : broken;
  const request = await signRaw({
    method: "POST",
    url: `${BASE}${INITIATE}`,
    key: has("401") ? { ...reader, secret: "wrong" } : reader,
    fields: [["content-type", has("415") ? "text/plain" : "application/json"]],
    body: new Uint8Array(encoder.encode(padded)),
  });
  return send(request);
}

const PAIRS = FAULTS.flatMap((first, at) =>
  FAULTS.slice(at + 1).map((later) => [first, later] as const),
);

describe("order of answers", () => {
  it("api.md 1: without a fault it is a payment", async () => {
    expect((await withFaults([])).status).toBe(201);
  });

  it.each(FAULTS)("api.md 2: %s alone is told, with no effect", async (fault) => {
    const before = seen();
    expectProblem(await withFaults([fault]), CODES[fault], INITIATE);
    expect(seen()).toEqual(before);
  });

  it.each(PAIRS)("api.md 1: %s is told before %s", async (first, later) => {
    const before = seen();
    expectProblem(await withFaults([first, later]), CODES[first], INITIATE);
    expect(seen()).toEqual(before);
  });

  it("api.md 1: with all faults the first is told", async () => {
    expectProblem(await withFaults(FAULTS), "body_too_large", INITIATE);
  });

  it("api.md 1: 404 comes before everything, unsigned and signed", async () => {
    const big = "x".repeat(70_000);
    for (const path of [
      "/",
      "/nope",
      "/api/payments",
      "/api/payments/nope",
      `${INITIATE}/`,
      "/api/payments/status/",
    ]) {
      expectProblem(await send(new Request(`${BASE}${path}`)), "route_not_found", path);
      const post = new Request(`${BASE}${path}`, { method: "POST", body: big });
      expectProblem(await send(post), "route_not_found", path);
    }
    expectProblem(await call({ path: "/nope" }), "route_not_found", "/nope");
  });

  it("api.md 1: 400 for a header comes before 422, and after 403", async () => {
    const fields = [["idempotency-key", "a b"]] as const;
    const body = new Uint8Array(encoder.encode('{"amount":1}'));
    const raw = { method: "POST", url: `${BASE}${INITIATE}`, fields, body };
    const bad = await send(await signRaw({ ...raw, key: TEST_KEYS.alpha }));
    expectProblem(bad, "malformed_header", INITIATE);
    const reader = await send(await signRaw({ ...raw, key: TEST_KEYS.alphaReader }));
    expectProblem(reader, "scope_missing", INITIATE);
  });

  it("api.md 1: idempotency_key_reused is told after what validation has to say", async () => {
    const request = { path: INITIATE, body: initiateBody(), idempotencyKey: freshId("key") };
    await call(request);
    expectProblem(await call({ ...request, body: { amount: 1 } }), "validation_failed", INITIATE);
  });

  it("api.md 1: nonce_replayed is told before 403, 415, 400, 422", async () => {
    const nonce = crypto.randomUUID();
    await call({ path: INITIATE, body: initiateBody(), nonce });
    const sign = (contentType: string, text: string) =>
      call({ path: INITIATE, body: text, contentType, nonce });
    for (const answer of [
      await sign("text/plain", "{}"),
      await sign("application/json", "{"),
      await sign("application/json", "{}"),
    ]) {
      expectProblem(answer, "nonce_replayed", INITIATE);
    }
  });
});

describe("405", () => {
  const ALLOW: Record<string, string> = {
    [INITIATE]: "POST",
    "/api/payments/refund": "POST",
    "/api/payments/webhook": "POST",
    "/api/payments/webhook/phonepe": "POST",
    "/api/payments/webhook/phonepe/alpha": "POST",
    "/api/payments/webhook/alpha": "POST",
    "/api/payments/status/x": "GET, HEAD",
    "/api/payments/refund/x": "GET, HEAD",
    "/api/payments/webhook-events": "GET, HEAD",
    "/api/payments/health": "GET, HEAD",
  };
  const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

  it.each(Object.entries(ALLOW))("api.md 2: %s allows %s", async (path, allow) => {
    const refused = METHODS.filter((method) => !allow.split(", ").includes(method));
    for (const method of refused) {
      const answer = await send(new Request(`${BASE}${path}`, { method }));
      expectProblem(answer, "method_not_allowed", path);
      expect(answer.headers.get("allow")).toBe(allow);
    }
  });

  it("api.md 1: 405 comes before 413 and 401", async () => {
    const request = new Request(`${BASE}${INITIATE}`, { method: "PUT", body: "x".repeat(70_000) });
    expectProblem(await send(request), "method_not_allowed", INITIATE);
  });

  it("HDR-6: HEAD of a POST route is refused with all headers", async () => {
    const answer = await send(new Request(`${BASE}${INITIATE}`, { method: "HEAD" }));
    expect(answer.status).toBe(405);
    expectCommonHeaders(answer);
  });
});

describe("413", () => {
  const padded = (bytes: number) => {
    const text = JSON.stringify(initiateBody());
    return text + " ".repeat(bytes - text.length);
  };

  it("api.md 2: 64 KiB exactly are taken, one byte more is not", async () => {
    expect((await call({ path: INITIATE, body: padded(65_536) })).status).toBe(201);
    const before = seen();
    expectProblem(await call({ path: INITIATE, body: padded(65_537) }), "body_too_large", INITIATE);
    expect(seen()).toEqual(before);
  });

  it.each([
    [65_536, 201],
    [65_537, 413],
  ])("api.md 2: %i bytes in parts, without a declared length: %i", async (bytes, status) => {
    const body = new Uint8Array(encoder.encode(padded(bytes)));
    const signed = await signRaw({
      method: "POST",
      url: `${BASE}${INITIATE}`,
      key: TEST_KEYS.alpha,
      body,
    });
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < body.length; at += 10_000) {
          controller.enqueue(body.slice(at, at + 10_000));
        }
        controller.close();
      },
    });
    const { url, headers } = signed;
    const answer = await send(new Request(url, { method: "POST", headers, body: stream }));
    expect(answer.status).toBe(status);
    if (status === 413) expectProblem(answer, "body_too_large", INITIATE);
  });
});

describe("415", () => {
  it.each([
    "text/plain",
    "application/jsonp",
    "application/x-www-form-urlencoded",
    "text/json",
    "application/json; charset=utf-16",
    "application/json, text/plain",
    "application/problem+json",
  ])("api.md 2: %s is not taken, and has no effect", async (contentType) => {
    const body = initiateBody();
    const before = seen();
    const answer = await call({ path: INITIATE, body, contentType });
    expectProblem(answer, "unsupported_media_type", INITIATE);
    expect(seen()).toEqual(before);
    expect((await call({ path: INITIATE, body })).status).toBe(201);
  });
});

describe("401", () => {
  const url = `${BASE}${INITIATE}`;
  const rawOf = (body: Record<string, unknown>) => ({
    method: "POST",
    url,
    key: TEST_KEYS.alpha,
    body: new Uint8Array(encoder.encode(JSON.stringify(body))),
  });

  it.each([
    ["signature_missing", (request: Request) => request.headers.delete("signature")],
    ["signature_invalid", (request: Request) => request.headers.set("signature", "sig1=:AAAA:")],
    ["signature_invalid", (request: Request) => request.headers.set("signature-input", "x")],
  ] as const)("api.md 1: %s, and the payment is not made", async (code, spoil) => {
    const body = initiateBody();
    const before = seen();
    const request = await signRaw(rawOf(body));
    spoil(request);
    expectProblem(await send(request), code, INITIATE);
    expect(seen()).toEqual(before);
    expect((await statusOf(String(body["merchantOrderId"]))).status).toBe(404);
    expect((await call({ path: INITIATE, body })).status).toBe(201);
  });

  it.each([-301, 31])("SIG-9: created %i s from now is expired", async (inSec) => {
    const createdSec = Math.floor(Date.now() / 1_000) + inSec + Math.sign(inSec);
    const answer = await call({ path: INITIATE, body: initiateBody(), createdSec });
    expectProblem(answer, "signature_expired", INITIATE);
  });

  it("SIG-14: a body that differs from its digest", async () => {
    const signed = await signRaw(rawOf(initiateBody()));
    const body = JSON.stringify(initiateBody({ amount: 100 }));
    const { headers } = signed;
    const answer = await send(new Request(url, { method: "POST", headers, body }));
    expectProblem(answer, "digest_mismatch", INITIATE);
  });

  it("api.md 1: a key of nobody", async () => {
    const key = { keyId: "ak_nobody", secret: "x" };
    expectProblem(await call({ path: INITIATE, body: initiateBody(), key }), "key_unknown");
  });

  it("api.md 1: a revoked key", async () => {
    const answer = await call({
      path: INITIATE,
      body: initiateBody(),
      key: TEST_KEYS.alphaRevoked,
    });
    expectProblem(answer, "key_revoked", INITIATE);
  });

  it("SIG-11: a request that comes again is refused, its first coming counts", async () => {
    const signed = await signRaw(rawOf(initiateBody()));
    const again = signed.clone();
    expect((await send(signed)).status).toBe(201);
    const before = seen();
    expectProblem(await send(again), "nonce_replayed", INITIATE);
    expect(seen()).toEqual(before);
  });

  it("SIG-11: a bad MAC does not burn the nonce", async () => {
    const nonce = crypto.randomUUID();
    const body = initiateBody();
    const wrong = { ...TEST_KEYS.alpha, secret: "wrong" };
    expectProblem(await call({ path: INITIATE, body, nonce, key: wrong }), "signature_invalid");
    expect((await call({ path: INITIATE, body, nonce })).status).toBe(201);
  });

  it("SIG-11: a nonce counts per key, also of one merchant", async () => {
    const nonce = crypto.randomUUID();
    const body = initiateBody();
    expect((await call({ path: INITIATE, body, nonce })).status).toBe(201);
    expect((await call({ path: INITIATE, body, nonce, key: TEST_KEYS.alphaNext })).status).toBe(
      200,
    );
    expect((await call({ path: INITIATE, body, nonce, key: TEST_KEYS.beta })).status).toBe(201);
  });

  it("SIG-18: no refusal tells the base or a MAC", async () => {
    const signed = await signRaw({
      ...rawOf(initiateBody()),
      key: { ...TEST_KEYS.alpha, secret: "x" },
    });
    const answer = await send(signed);
    expect(answer.text).not.toMatch(/@method|@signature-params|[A-Za-z0-9+/]{43}=/);
  });
});
