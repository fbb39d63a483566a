import { CompactEncrypt } from "jose";
import { describe, expect, it } from "vitest";
import { appWith } from "../../support/app.ts";
import { call, freshId, initiateBody } from "../../support/call.ts";
import {
  encrypt,
  headerText,
  makePair,
  toBase64Url,
  utf8,
  withHeader,
  withPart,
} from "../../support/jwe.ts";
import { keyOf, TEST_KEYS, testMerchant } from "../../support/secrets.ts";
import { INITIATE, paidPayment, REFUND, seen, statusOf } from "../payments.ts";
import { expectProblem, pointersOf } from "../problem-shape.ts";
import { ALGS, callEncrypted, encrypted, JOSE, publishedKeys } from "./encrypted.ts";

const toJose = (body: string | Uint8Array) => ({ path: INITIATE, body, contentType: JOSE });

/** Refused without a trace: no payment, and the key is as free as before. */
async function expectRefused(
  body: string | Uint8Array,
  code: Parameters<typeof expectProblem>[1] = "jwe_invalid",
): Promise<void> {
  const before = seen();
  const idempotencyKey = freshId("key");
  expectProblem(await call({ ...toJose(body), idempotencyKey }), code, INITIATE);
  expect(seen()).toEqual(before);
  const next = await call({ path: INITIATE, body: initiateBody(), idempotencyKey });
  expect([next.status, next.headers.get("idempotency-replayed")]).toEqual([201, null]);
}

describe.each(ALGS)("requests encrypted under %s", (alg) => {
  it("api.md 4: a payment is made of the text inside", async () => {
    const body = initiateBody();
    const answer = await callEncrypted({ path: INITIATE, body }, alg);
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ merchantOrderId: body["merchantOrderId"], amount: 49_900 });
    expect((await statusOf(String(body["merchantOrderId"]))).json["state"]).toBe("PENDING");
  });

  it("api.md 4: money is refunded", async () => {
    const merchantOrderId = await paidPayment();
    const body = { merchantRefundId: freshId("ref"), merchantOrderId, amount: 10_000 };
    const answer = await callEncrypted({ path: REFUND, body }, alg);
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ ...body, state: "PENDING" });
  });

  it("JOS-4: a token that names no key is opened with the newest of its algorithm", async () => {
    const key = (await publishedKeys()).find((one) => one.alg === alg);
    const token = await new CompactEncrypt(utf8(JSON.stringify(initiateBody())))
      .setProtectedHeader({ alg, enc: "A256GCM" })
      .encrypt({ ...key });
    expect(headerText(token)).not.toContain("kid");
    expect((await call(toJose(token))).status).toBe(201);
  });
});

describe("idempotency of encrypted requests", () => {
  it("IDM-2: the same text, encrypted twice, is one request: the same bytes again", async () => {
    const request = { path: INITIATE, body: initiateBody(), idempotencyKey: freshId("key") };
    const first = await callEncrypted(request);
    const before = seen();
    const again = await callEncrypted(request, "RSA-OAEP-256");
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(seen()).toEqual(before);
  });

  it("IDM-2: in the clear or encrypted, the same text is one request", async () => {
    const request = { path: INITIATE, body: initiateBody(), idempotencyKey: freshId("key") };
    const first = await call(request);
    const again = await callEncrypted(request);
    expect([again.status, again.text]).toEqual([201, first.text]);
    const third = await call(request);
    expect([third.status, third.text]).toEqual([201, first.text]);
  });

  it("api.md 3: another text under the same key is refused", async () => {
    const idempotencyKey = freshId("key");
    const request = { path: INITIATE, body: initiateBody(), idempotencyKey };
    expect((await callEncrypted(request)).status).toBe(201);
    const before = seen();
    const other = await callEncrypted({ ...request, body: initiateBody() });
    expectProblem(other, "idempotency_key_reused", INITIATE);
    expect(seen()).toEqual(before);
  });

  it("IDM-2: two spellings of one JSON are two requests, as in the clear", async () => {
    const body = initiateBody();
    const idempotencyKey = freshId("key");
    await callEncrypted({ path: INITIATE, body, idempotencyKey });
    const spaced = JSON.stringify(body, null, 1);
    const other = await callEncrypted({ path: INITIATE, body: spaced, idempotencyKey });
    expectProblem(other, "idempotency_key_reused", INITIATE);
  });

  it("IDM-2: the same for a refund", async () => {
    const merchantOrderId = await paidPayment();
    const body = { merchantRefundId: freshId("ref"), merchantOrderId, amount: 10_000 };
    const request = { path: REFUND, body, idempotencyKey: freshId("key") };
    const first = await callEncrypted(request);
    const again = await callEncrypted(request);
    expect([first.status, again.status, again.text]).toEqual([201, 201, first.text]);
  });
});

describe("400 jwe_invalid", async () => {
  const token = await encrypted(initiateBody());
  const rsa = await encrypted(initiateBody(), "RSA-OAEP-256");
  const header: Record<string, unknown> = JSON.parse(headerText(token));
  const withMembers = (members: Record<string, unknown>) =>
    withHeader(token, JSON.stringify({ ...header, ...members }));
  const flip = (part: string) => `${part.startsWith("A") ? "B" : "A"}${part.slice(1)}`;
  const stranger = await makePair("ECDH-ES+A256KW");
  const foreign = await encrypt(stranger, JSON.stringify(initiateBody()), {
    kid: String(header["kid"]),
  });

  it.each([
    ["no token", "x"],
    ["plain JSON", JSON.stringify(initiateBody())],
    ["a token in JSON serialisation", JSON.stringify({ protected: "e30", ciphertext: "AA" })],
    ["four parts", token.split(".").slice(0, 4).join(".")],
    ["six parts", `${token}.AA`],
    ["a signed token", `${toBase64Url(utf8('{"alg":"HS256"}'))}.e30.AAAA`],
    ["a trailing line feed", `${token}\n`],
    ["a leading blank", ` ${token}`],
    ["a byte order mark in front", `\ufeff${token}`],
    ["padding", `${token}=`],
    ["quotes", `"${token}"`],
    ["no UTF-8", Uint8Array.of(0xff, 0xfe)],
    ["another alg", withMembers({ alg: "dir" })],
    ["RSA1_5", withMembers({ alg: "RSA1_5" })],
    ["CBC", withMembers({ enc: "A256CBC-HS512" })],
    ["compression", withMembers({ zip: "DEF" })],
    ["crit", withMembers({ crit: ["exp"] })],
    ["a key of its own", withMembers({ jwk: stranger.publicJwk })],
    ["an unknown kid", withMembers({ kid: "nobody" })],
    ["a kid that is a path", withMembers({ kid: "../keys/1" })],
    ["an epk off the curve", withMembers({ epk: { ...stranger.publicJwk, y: "AAAA" } })],
    ["a doubled member", withHeader(token, headerText(token).replace("{", '{"alg":"x",'))],
    ["another wrapped key", withPart(token, 1, flip)],
    ["another IV", withPart(token, 2, flip)],
    ["another text", withPart(token, 3, flip)],
    ["another tag", withPart(token, 4, flip)],
    ["a short tag", withPart(token, 4, (part) => part.slice(0, 16))],
    ["another wrapped key of RSA", withPart(rsa, 1, flip)],
    ["another tag of RSA", withPart(rsa, 4, flip)],
    ["somebody else's key", foreign],
  ] satisfies [string, string | Uint8Array][])("JOS-1 to JOS-6: %s", async (_, body) =>
    expectRefused(body),
  );

  it("JOS-6: all of them are told alike", async () => {
    const told = await Promise.all(
      [
        withPart(token, 1, flip),
        withPart(token, 4, flip),
        withPart(rsa, 1, flip),
        foreign,
        "x",
      ].map(async (body) => {
        const { json, status } = await call(toJose(body));
        return { ...json, status, requestId: "" };
      }),
    );
    expect(new Set(told.map((one) => JSON.stringify(one))).size).toBe(1);
  });

  it("JOS-9: a token that is too long is a body that is too long", async () => {
    const body = await encrypted(initiateBody({ message: "x".repeat(60_000) }));
    expect(body.length).toBeGreaterThan(65_536);
    await expectRefused(body, "body_too_large");
  });
});

describe("what is inside", () => {
  it.each(["", "{", '{"amount":1,"amount":2}', "[".repeat(40) + "]".repeat(40)])(
    "api.md 2: %j is malformed_json",
    async (text) => expectRefused(await encrypted(text), "malformed_json"),
  );

  it("api.md 2: fields are named as in the clear", async () => {
    const answer = await callEncrypted({ path: INITIATE, body: initiateBody({ amount: 1 }) });
    expectProblem(answer, "validation_failed", INITIATE);
    expect(pointersOf(answer)).toEqual(["/amount"]);
  });

  it("api.md 4: a token inside a token is no JSON", async () => {
    await expectRefused(await encrypted(await encrypted(initiateBody())), "malformed_json");
  });
});

describe("order of answers", () => {
  it("api.md 1: jwe_invalid is told after 401 and 403", async () => {
    const key = { ...TEST_KEYS.alpha, secret: "wrong" };
    expectProblem(await call({ ...toJose("x"), key }), "signature_invalid", INITIATE);
    const reader = await call({ ...toJose("x"), key: TEST_KEYS.alphaReader });
    expectProblem(reader, "scope_missing", INITIATE);
  });

  it("api.md 1: jwe_invalid is told after 429", async () => {
    const limits = { initiate: { quota: 1, windowSec: 60 } };
    const app = appWith([testMerchant("one-a-minute", { limits })]);
    const key = keyOf("one-a-minute");
    expect((await app.call({ path: INITIATE, body: initiateBody(), key })).status).toBe(201);
    expectProblem(await app.call({ ...toJose("x"), key }), "rate_limited", INITIATE);
  });

  it.each(["application/jose+json", "application/jwt", "application/json, application/jose"])(
    "api.md 1: 415 for %s is told before jwe_invalid",
    async (contentType) =>
      expectProblem(await call({ ...toJose("x"), contentType }), "unsupported_media_type"),
  );

  it.each(["application/jose", "Application/JOSE", "application/jose; charset=utf-8"])(
    "RFC 9110 8.3: %s is taken",
    async (contentType) => {
      const body = await encrypted(initiateBody());
      expect((await call({ path: INITIATE, body, contentType })).status).toBe(201);
    },
  );
});

describe("requireEncryption", () => {
  const id = "closed";
  const app = appWith([testMerchant(id, { requireEncryption: true })]);
  const key = keyOf(id);

  it.each(["application/json", "text/plain"])(
    "api.md 4: a body as %s is refused with what would be taken",
    async (contentType) => {
      const answer = await app.call({ path: INITIATE, body: initiateBody(), contentType, key });
      expectProblem(answer, "unsupported_media_type", INITIATE);
      expect(answer.headers.get("accept")).toBe(JOSE);
    },
  );

  it("api.md 4: an encrypted body is taken, and reads go on", async () => {
    const body = initiateBody();
    const answer = await app.call({ ...toJose(await encrypted(body)), key });
    expect(answer.status).toBe(201);
    const path = `/api/payments/status/${String(body["merchantOrderId"])}`;
    expect((await app.call({ path, key })).status).toBe(200);
  });

  it("api.md 4: a body that is left out has nothing to encrypt", async () => {
    const made = await app.call({
      ...toJose(await encrypted({ scopes: ["payments:read"] })),
      path: "/api/payments/api-keys",
      key,
    });
    expect(made.status).toBe(201);
    const path = `/api/payments/api-keys/${String(made.json["id"])}`;
    expect((await app.call({ path: `${path}/rotate`, method: "POST", key })).status).toBe(201);
    expect((await app.call({ path: `${path}/revoke`, method: "POST", key })).status).toBe(200);
    const plain = await app.call({ path: `${path}/rotate`, method: "POST", body: {}, key });
    expectProblem(plain, "unsupported_media_type", `${path}/rotate`);
  });

  it("api.md 4: without it both are named as taken", async () => {
    const answer = await call({ path: INITIATE, body: initiateBody(), contentType: "text/plain" });
    expect(answer.headers.get("accept")).toBe("application/json, application/jose");
  });
});
