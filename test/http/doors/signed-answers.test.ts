import { describe, expect, it } from "vitest";
import { acceptSignature, type ReceivedAnswer, verifyAnswer } from "#client";
import { appWith } from "../../support/app.ts";
import {
  BASE,
  freshId,
  initiateBody,
  send,
  signedRequest,
  type TestAnswer,
  type TestCall,
} from "../../support/call.ts";
import { utf8 } from "../../support/jwe.ts";
import { keyOf, TEST_KEYS, testMerchant } from "../../support/secrets.ts";
import { JOSE, openAnswer } from "../payload/encrypted.ts";
import { INITIATE, newPayment, REFUND } from "../payments.ts";
import { expectCommonHeaders } from "../problem-shape.ts";

interface Exchange {
  readonly answer: TestAnswer;
  readonly received: ReceivedAnswer;
  readonly sent: { readonly headers: Readonly<Record<string, string>> };
}

/** A signed call that asks for a signed answer, with what the SDK holds the answer against. */
async function exchange(
  request: TestCall,
  sendTo: (request: Request) => Promise<TestAnswer> = send,
): Promise<Exchange> {
  const { keyId } = request.key ?? TEST_KEYS.alpha;
  const moreHeaders = { "accept-signature": acceptSignature(keyId), ...request.moreHeaders };
  const signed = await signedRequest({ ...request, moreHeaders });
  const sent = { headers: Object.fromEntries(signed.headers) };
  const answer = await sendTo(signed);
  const { headers, status, text } = answer;
  return { answer, sent, received: { status, headers, body: utf8(text) } };
}

const verdictOf = (
  { received, sent }: Exchange,
  key: { keyId: string; secret: string } = TEST_KEYS.alpha,
) => verifyAnswer(received, { request: sent, key, nowSec: Math.floor(Date.now() / 1_000) });

async function expectSigned(
  made: Exchange,
  status: number,
  key?: { keyId: string; secret: string },
): Promise<void> {
  expect({ status: made.answer.status, text: made.answer.text }).toMatchObject({ status });
  expectCommonHeaders(made.answer);
  expect(await verdictOf(made, key)).toBe("holds");
}

async function expectUnsigned(made: Exchange, code: string): Promise<void> {
  expect(made.answer.json["code"]).toBe(code);
  expect(made.answer.headers.has("signature")).toBe(false);
  expect(made.answer.headers.has("signature-input")).toBe(false);
  expect(await verdictOf(made)).toBe("missing");
}

describe("answers that are signed when asked for", () => {
  it("RFC 9421 5: 201, its repetition, and 200", async () => {
    const request = { path: INITIATE, body: initiateBody(), idempotencyKey: freshId("key") };
    const first = await exchange(request);
    await expectSigned(first, 201);
    const again = await exchange(request);
    await expectSigned(again, 201);
    expect(again.answer.headers.get("idempotency-replayed")).toBe("true");
    expect(again.answer.text).toBe(first.answer.text);
    expect(again.answer.headers.get("signature")).not.toBe(first.answer.headers.get("signature"));
    await expectSigned(await exchange({ path: `/api/payments/status/${await newPayment()}` }), 200);
  });

  it("RFC 9421 5: an encrypted answer, over the token as sent", async () => {
    const body = initiateBody();
    const made = await exchange({ path: INITIATE, body, moreHeaders: { accept: JOSE } });
    await expectSigned(made, 201);
    expect(made.answer.headers.get("content-type")).toBe(JOSE);
    expect(JSON.parse((await openAnswer(made.answer)).text)).toMatchObject({ state: "PENDING" });
  });

  it.each([
    ["payment_not_found", 404, { path: "/api/payments/status/nobody" }],
    ["validation_failed", 422, { path: INITIATE, body: {} }],
    ["malformed_json", 400, { path: INITIATE, body: "{" }],
    ["unsupported_media_type", 415, { path: INITIATE, body: "{}", contentType: "text/plain" }],
    ["jwe_invalid", 400, { path: INITIATE, body: "x", contentType: JOSE }],
  ])("RFC 9421 5: %s", async (code, status, request) => {
    const made = await exchange(request);
    expect(made.answer.json["code"]).toBe(code);
    await expectSigned(made, status);
  });

  it("RFC 9421 5: state_conflict", async () => {
    const merchantOrderId = await newPayment();
    const body = { merchantRefundId: freshId("ref"), merchantOrderId, amount: 100 };
    await expectSigned(await exchange({ path: REFUND, body }), 409);
  });

  it("RFC 9421 5: idempotency_key_reused", async () => {
    const idempotencyKey = freshId("key");
    await exchange({ path: INITIATE, body: initiateBody(), idempotencyKey });
    await expectSigned(
      await exchange({ path: INITIATE, body: initiateBody(), idempotencyKey }),
      422,
    );
  });

  it("RFC 9421 5: nonce_replayed, for who signed is proven", async () => {
    const nonce = crypto.randomUUID();
    await exchange({ path: INITIATE, body: initiateBody(), nonce });
    const again = await exchange({ path: INITIATE, body: initiateBody(), nonce });
    expect(again.answer.json["code"]).toBe("nonce_replayed");
    await expectSigned(again, 401);
  });

  it("RFC 9421 5: scope_missing", async () => {
    const key = TEST_KEYS.alphaReader;
    await expectSigned(await exchange({ path: INITIATE, body: initiateBody(), key }), 403, key);
  });

  it("RFC 9421 5: rate_limited, ip_not_allowed", async () => {
    const app = appWith([
      testMerchant("signed-and-limited", {
        limits: { initiate: { quota: 1, windowSec: 60 } },
        allowIps: ["192.0.2.0/24"],
      }),
    ]);
    const key = keyOf("signed-and-limited");
    const request = { path: INITIATE, body: initiateBody(), key };
    await expectSigned(await exchange(request, app.send), 403, key);
    await expectSigned(await exchange(request, app.send), 429, key);
  });
});

describe("answers that are not signed", () => {
  const path = INITIATE;

  it("RFC 9421 5: what nobody asked for", async () => {
    const request = { path, body: initiateBody(), moreHeaders: { "accept-signature": "" } };
    const made = await exchange(request);
    expect(made.answer.status).toBe(201);
    expect(await verdictOf(made)).toBe("missing");
    expect(made.answer.headers.has("content-digest")).toBe(false);
  });

  it("SIG-18: 401 before the key is proven", async () => {
    const body = initiateBody();
    const wrong = { ...TEST_KEYS.alpha, secret: "wrong" };
    await expectUnsigned(await exchange({ path, body, key: wrong }), "signature_invalid");
    const nobody = { keyId: "ak_nobody", secret: "x" };
    await expectUnsigned(await exchange({ path, body, key: nobody }), "key_unknown");
    const key = TEST_KEYS.alphaRevoked;
    await expectUnsigned(await exchange({ path, body, key }), "key_revoked");
    await expectUnsigned(await exchange({ path, body, createdSec: 1 }), "signature_expired");
  });

  it("RFC 9421 5: what is told before the signature is looked at", async () => {
    const big = await exchange({ path, body: "x".repeat(65_537) });
    await expectUnsigned(big, "body_too_large");
    await expectUnsigned(await exchange({ path: "/nope" }), "route_not_found");
    await expectUnsigned(await exchange({ path, method: "PUT", body: {} }), "method_not_allowed");
  });

  it("RFC 9421 5: an unsigned request cannot ask", async () => {
    const headers = { "accept-signature": acceptSignature(TEST_KEYS.alpha.keyId) };
    const answer = await send(new Request(`${BASE}${path}`, { method: "POST", headers }));
    expect(answer.json["code"]).toBe("signature_missing");
    expect(answer.headers.has("signature")).toBe(false);
  });

  it("RFC 9421 5: HEAD, which has no content to vouch for", async () => {
    const id = await newPayment();
    const made = await exchange({ path: `/api/payments/status/${id}`, method: "HEAD" });
    expect(made.answer.status).toBe(200);
    expect(await verdictOf(made)).toBe("missing");
  });
});

describe("tampering", async () => {
  const made = await exchange({ path: INITIATE, body: initiateBody() });
  const other = await exchange({ path: INITIATE, body: initiateBody() });
  const { received } = made;

  const withHeaders = (change: Record<string, string>) => {
    const headers = new Headers(received.headers instanceof Headers ? received.headers : {});
    for (const [name, value] of Object.entries(change)) headers.set(name, value);
    return { ...received, headers };
  };
  const signature = made.answer.headers.get("signature") ?? "";
  const input = made.answer.headers.get("signature-input") ?? "";

  it("RFC 9421 5: the answer itself holds", async () => {
    expect(await verdictOf(made)).toBe("holds");
  });

  it.each([
    ["another amount", { ...received, body: utf8(made.answer.text.replace("49900", "49901")) }],
    ["no body", { ...received, body: utf8("") }],
    ["another status", { ...received, status: 200 }],
    ["another media type", withHeaders({ "content-type": "text/html" })],
    [
      "another digest",
      withHeaders({ "content-digest": other.answer.headers.get("content-digest") ?? "" }),
    ],
    ["another signature", withHeaders({ signature: other.answer.headers.get("signature") ?? "" })],
    ["a changed signature", withHeaders({ signature: signature.replace(/:./, ":_") })],
    ["a later time", withHeaders({ "signature-input": input.replace(/created=\d+/, "created=1") })],
    ["another key", withHeaders({ "signature-input": input.replace("ak_alpha", "ak_beta") })],
  ])("RFC 9421 5: %s is found", async (_, changed) => {
    expect(await verdictOf({ ...made, received: changed })).toBe("wrong");
  });

  it("RFC 9421 5: an answer to another request is found", async () => {
    expect(await verdictOf({ ...made, sent: other.sent })).toBe("wrong");
    expect(await verdictOf({ ...made, received: other.received })).toBe("wrong");
  });

  it("RFC 9421 5: another key's answer is found", async () => {
    expect(await verdictOf(made, { ...TEST_KEYS.alpha, secret: "wrong" })).toBe("wrong");
    expect(await verdictOf(made, TEST_KEYS.alphaNext)).toBe("wrong");
  });
});
