import { describe, expect, it } from "vitest";
import { appWith } from "../../support/app.ts";
import { call, freshId, initiateBody, send } from "../../support/call.ts";
import { makePair } from "../../support/jwe.ts";
import { keyOf, TEST_KEYS, testMerchant } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { INITIATE, newPayment, paidPayment, REFUND, seen } from "../payments.ts";
import { expectCommonHeaders, expectProblem } from "../problem-shape.ts";
import { callEncrypted, JOSE, openAnswer } from "./encrypted.ts";

const accept = (value: string) => ({ moreHeaders: { accept: value } });
const SEALED = accept(JOSE);

describe("Accept: application/jose", () => {
  it("api.md 4: a payment's answer is encrypted to the merchant's key", async () => {
    const body = initiateBody();
    const answer = await call({ path: INITIATE, body, ...SEALED });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("content-type")).toBe(JOSE);
    expectCommonHeaders(answer);
    const { header, text } = await openAnswer(answer);
    expect(header).toMatchObject({
      alg: "ECDH-ES+A256KW",
      enc: "A256GCM",
      cty: "application/json",
      kid: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
    });
    expect(JSON.parse(text)).toMatchObject({ merchantOrderId: body["merchantOrderId"] });
    expect(answer.text).not.toContain(String(body["merchantOrderId"]));
  });

  it("api.md 4: encrypted both ways", async () => {
    const body = initiateBody();
    const answer = await callEncrypted({ path: INITIATE, body, ...SEALED });
    expect(JSON.parse((await openAnswer(answer)).text)).toMatchObject({ state: "PENDING" });
  });

  it("api.md 4: reads and refunds too", async () => {
    const id = await paidPayment();
    const status = await call({ path: `/api/payments/status/${id}`, ...SEALED });
    expect(status.status).toBe(200);
    expect(JSON.parse((await openAnswer(status)).text)).toMatchObject({ state: "COMPLETED" });
    const body = { merchantRefundId: freshId("ref"), merchantOrderId: id, amount: 10_000 };
    const refund = await call({ path: REFUND, body, ...SEALED });
    expect(refund.status).toBe(201);
    expect(JSON.parse((await openAnswer(refund)).text)).toMatchObject(body);
    const events = await call({ path: "/api/payments/webhook-events?matched=false", ...SEALED });
    expect(JSON.parse((await openAnswer(events)).text)).toBeTypeOf("object");
  });

  it("api.md 3: the same answer again is the same text, encrypted anew", async () => {
    const request = { path: INITIATE, body: initiateBody(), idempotencyKey: freshId("key") };
    const first = await call({ ...request, ...SEALED });
    const again = await call({ ...request, ...SEALED });
    const clear = await call(request);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(again.text).not.toBe(first.text);
    const { text } = await openAnswer(first);
    expect([(await openAnswer(again)).text, clear.text]).toEqual([text, text]);
  });

  it("api.md 4: to a merchant's RSA key as well, named by its own kid", async () => {
    const pair = await makePair("RSA-OAEP-256");
    const app = appWith([testMerchant("rsa", { jwk: { ...pair.publicJwk, kid: "mine-1" } })]);
    const answer = await app.call({
      path: INITIATE,
      body: initiateBody(),
      key: keyOf("rsa"),
      ...SEALED,
    });
    const { header, text } = await openAnswer(answer, pair.privateJwk);
    expect(header).toMatchObject({ alg: "RSA-OAEP-256", kid: "mine-1" });
    expect(JSON.parse(text)).toMatchObject({ state: "PENDING" });
  });

  it.each([
    "application/json, application/jose",
    "application/jose;q=0.1, application/json",
    "application/jose ; q=0.001",
    "text/html,application/jose,*/*;q=0.1",
    "Application/JOSE",
    "application/jose;q=0, application/jose",
  ])("RFC 9110 12.5.1: %s asks for it", async (value) => {
    const path = `/api/payments/status/${await newPayment()}`;
    expect((await call({ path, ...accept(value) })).headers.get("content-type")).toBe(JOSE);
  });

  it.each([
    "application/json",
    "*/*",
    "application/*",
    "",
    "application/jose;q=0",
    "application/jose; q=0.000, application/json",
    "application/json, application/jose;Q=0.0",
    "application/jose;v=1;q=0",
    "application/jose;q=0;ext=1",
    "application/jose+json",
    "text/application/jose",
    "application/josef",
  ])("RFC 9110 12.5.1: %s does not", async (value) => {
    const path = `/api/payments/status/${await newPayment()}`;
    const answer = await call({ path, ...accept(value) });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  });

  it("api.md 4: public documents stay as they are", async () => {
    const url = "https://gateway.example/api/payments/health";
    const answer = await send(new Request(url, { headers: { accept: JOSE } }));
    expect(answer.headers.get("content-type")).toBe("application/json");
  });
});

describe("problems", () => {
  it("api.md 4: stay in the clear", async () => {
    const missing = await call({ path: "/api/payments/status/nobody", ...SEALED });
    expectProblem(missing, "payment_not_found", "/api/payments/status/nobody");
    const invalid = await callEncrypted({ path: INITIATE, body: {}, ...SEALED });
    expectProblem(invalid, "validation_failed", INITIATE);
  });

  it("api.md 3: also those that come again", async () => {
    const body = initiateBody({ customer: { id: "cust_blocked" } });
    const request = { path: INITIATE, body, idempotencyKey: freshId("key"), ...SEALED };
    expectProblem(await call(request), "payment_blocked", INITIATE);
    expectProblem(await call(request), "payment_blocked", INITIATE);
  });
});

describe("without a registered key", () => {
  const key = TEST_KEYS.beta;
  const orders = () => world.providerOf("beta").orders.size;

  it("api.md 4: it is refused before anything is done", async () => {
    const request = { path: INITIATE, body: initiateBody(), idempotencyKey: freshId("key"), key };
    const before = orders();
    expectProblem(await call({ ...request, ...SEALED }), "jwe_invalid", INITIATE);
    expect(orders()).toBe(before);
    const path = `/api/payments/status/${String(request.body["merchantOrderId"])}`;
    expectProblem(await call({ path, key }), "payment_not_found", path);
    const clear = await call({ ...request, body: initiateBody() });
    expect([clear.status, clear.headers.get("idempotency-replayed")]).toEqual([201, null]);
  });

  it("api.md 4: a read is refused, one that takes JSON too goes on without", async () => {
    const body = initiateBody();
    await call({ path: INITIATE, body, key });
    const path = `/api/payments/status/${String(body["merchantOrderId"])}`;
    expectProblem(await call({ path, key, ...SEALED }), "jwe_invalid", path);
    expect((await call({ path, key, ...accept(`application/json, ${JOSE};q=0`) })).status).toBe(
      200,
    );
  });

  it("api.md 1: after 415, before 422", async () => {
    const request = { path: INITIATE, key, ...SEALED };
    const text = await call({ ...request, body: "{}", contentType: "text/plain" });
    expectProblem(text, "unsupported_media_type", INITIATE);
    expectProblem(await call({ ...request, body: {} }), "jwe_invalid", INITIATE);
  });
});

it("api.md 4: seen() moves with a payment, or the tests above prove nothing", async () => {
  const before = seen();
  await newPayment();
  expect(seen()).not.toEqual(before);
});
