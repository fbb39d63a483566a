import { verifySignature } from "http-message-sig";
import { describe, expect, it } from "vitest";
import { type RequestToSign, type SignedRequest, signRequest } from "#client";
import { deriveDailyKey } from "../../src/client/sign-request.ts";
import dailyKeys from "../vectors/daily-derived-keys.json" with { type: "json" };
import { base64Of, bytesOf, OK_VECTORS } from "./vectors.ts";

const CREATED_SEC = 1_795_564_800;
const KEY = { keyId: "ak_test_01", secret: "s3cr3t-of-the-shop" };
const ALWAYS = ["@method", "@authority", "@path", "@query"];
const WITH_BODY = [...ALWAYS, "content-type", "content-digest"];

/** Checks with a library that shares nothing with the client. Throws when anything is off. */
async function verify(signed: SignedRequest, requiredComponents: readonly string[], key = KEY) {
  const request = new Request(signed.url, {
    method: signed.method,
    headers: { ...signed.headers },
    ...(signed.body !== undefined && { body: signed.body }),
  });
  return verifySignature(request, {
    policy: {
      algorithms: ["hmac-sha256"],
      requiredComponents,
      requiredParameters: ["created", "nonce", "keyid", "alg"],
      maxAge: 300,
      now: CREATED_SEC,
    },
    resolveVerifier: ({ parameters }) => ({
      algorithm: "hmac-sha256",
      async verify(data, signature) {
        const daily = await deriveDailyKey(key.secret, parameters.created ?? 0);
        const hmac = { name: "HMAC", hash: "SHA-256" };
        const imported = await crypto.subtle.importKey("raw", daily, hmac, false, ["verify"]);
        return crypto.subtle.verify("HMAC", imported, signature, data);
      },
    }),
  });
}

const sign = (request: RequestToSign, nonce?: string) =>
  signRequest(request, KEY, { createdSec: CREATED_SEC, ...(nonce !== undefined && { nonce }) });

describe("DAY-1: one key per UTC day", () => {
  const contract = dailyKeys.vectors.flatMap(({ id, secret, created, key_b64 }) =>
    id.startsWith("contract-") && secret !== undefined && created !== undefined
      ? [{ id, secret, created, key_b64 }]
      : [],
  );

  it.each(contract)("vector $id", async ({ secret, created, key_b64 }) => {
    expect(base64Of(await deriveDailyKey(secret, created))).toBe(key_b64);
  });

  it.each(OK_VECTORS)("SIG-12: daily key, MAC of vector $id", async (vector) => {
    const created = Number(/;created=(\d+)/.exec(vector.parameters)?.[1]);
    const daily = await deriveDailyKey(vector.secret, created);
    expect(base64Of(daily)).toBe(vector.dailyKeyBase64);

    const hmac = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", daily, hmac, false, ["sign"]);
    const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(vector.base));
    expect(base64Of(new Uint8Array(mac))).toBe(vector.signatureBase64);
  });
});

describe("an independent verifier accepts what we sign", () => {
  it.each(OK_VECTORS)("request of vector $id", async (vector) => {
    const idempotencyKey = vector.headers["idempotency-key"];
    const hasBody = vector.body.length > 0;
    const key = { keyId: vector.keyid, secret: vector.secret };
    const signed = await signRequest(
      {
        method: vector.method,
        url: vector.url,
        body: vector.body,
        ...(hasBody && { contentType: vector.headers["content-type"] ?? "" }),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      },
      key,
      { createdSec: CREATED_SEC },
    );
    const required = [
      ...(hasBody ? WITH_BODY : ALWAYS),
      ...(idempotencyKey === undefined ? [] : ["idempotency-key"]),
    ];

    const verified = await verify(signed, required, key);
    expect(verified.parameters.keyid).toBe(vector.keyid);
  });

  const digested = OK_VECTORS.filter(({ headers }) =>
    headers["content-digest"]?.startsWith("sha-256"),
  );

  it.each(digested)("SIG-14: digest of vector $id", async ({ body, headers }) => {
    const signed = await sign({ method: "POST", url: "https://gw.example.in/", body });
    expect(signed.headers["content-digest"]).toBe(headers["content-digest"]);
  });

  it("spells the fields as this contract fixes them", async () => {
    const request = {
      method: "post",
      url: "http://127.0.0.1:8787/api/payments/initiate#part",
      body: '{"amount":49900}',
      idempotencyKey: "k1",
    };
    const signed = await sign(request, "0123456789abcdef");

    expect(signed.url).toBe("http://127.0.0.1:8787/api/payments/initiate");
    expect(signed.method).toBe("POST");
    expect(signed.headers["signature-input"]).toBe(
      'sig1=("@method" "@authority" "@path" "@query" "content-type" "content-digest" "idempotency-key")' +
        `;created=${CREATED_SEC};nonce="0123456789abcdef";keyid="ak_test_01";alg="hmac-sha256"`,
    );
    expect(signed.headers["signature"]).toMatch(/^sig1=:[A-Za-z0-9+/]{43}=:$/);
    expect(signed.headers["content-type"]).toBe("application/json");
  });

  it("SIG-15: text is digested as the UTF-8 bytes that are sent", async () => {
    const signed = await sign({ method: "POST", url: "https://gw.example.in/", body: "₹ चाय" });
    const digest = await crypto.subtle.digest("SHA-256", signed.body ?? new Uint8Array());

    expect(new TextDecoder().decode(signed.body)).toBe("₹ चाय");
    expect(signed.headers["content-digest"]).toBe(`sha-256=:${base64Of(new Uint8Array(digest))}:`);
    await expect(verify(signed, WITH_BODY)).resolves.toBeDefined();
  });

  it.each(["", new Uint8Array()])("an empty body is no body", async (body) => {
    const signed = await sign({ method: "POST", url: "https://gw.example.in/", body });

    expect(signed.body).toBeUndefined();
    expect(Object.keys(signed.headers)).toEqual(["signature-input", "signature"]);
    await expect(verify(signed, ALWAYS)).resolves.toBeDefined();
  });
});

describe("what the signature holds fast", () => {
  const request = {
    method: "POST",
    url: "https://gw.example.in/api/payments/refund?a=1",
    body: '{"amount":100}',
    idempotencyKey: "key-1",
  };

  it.each<[string, (signed: SignedRequest) => SignedRequest]>([
    ["method", (signed) => ({ ...signed, method: "PUT" })],
    ["authority", (signed) => ({ ...signed, url: signed.url.replace("gw.", "evil.") })],
    ["path", (signed) => ({ ...signed, url: signed.url.replace("refund", "initiate") })],
    ["query", (signed) => ({ ...signed, url: `${signed.url}&b=2` })],
    ...["content-type", "content-digest", "idempotency-key"].map(
      (name): [string, (signed: SignedRequest) => SignedRequest] => [
        name,
        (signed) => ({ ...signed, headers: { ...signed.headers, [name]: "other" } }),
      ],
    ),
  ])("a changed %s is refused", async (_name, change) => {
    await expect(verify(change(await sign(request)), WITH_BODY)).rejects.toMatchObject({
      code: "VerificationFailed",
    });
  });

  it("another day's key is another key", async () => {
    const today = await deriveDailyKey(KEY.secret, CREATED_SEC);
    const tomorrow = await deriveDailyKey(KEY.secret, CREATED_SEC + 86_400);
    expect(base64Of(today)).not.toBe(base64Of(tomorrow));
  });

  it("SIG-11: nonces are fresh, 128 bits, in the published form", async () => {
    const nonces = new Set<string | undefined>();
    for (let i = 0; i < 50; i += 1) {
      const input = (await sign(request)).headers["signature-input"] ?? "";
      nonces.add(/;nonce="([A-Za-z0-9_-]{22})"/.exec(input)?.[1]);
    }
    expect(nonces.size).toBe(50);
    expect(nonces.has(undefined)).toBe(false);
  });
});

describe("what can not be signed is refused at once, without a word of the secret", () => {
  const good = { method: "GET", url: "https://gw.example.in/" };
  const moment = { createdSec: CREATED_SEC };

  it.each<[string, Parameters<typeof signRequest>]>([
    ["a relative URL", [{ ...good, url: "/api" }, KEY, moment]],
    ["a URL with a password", [{ ...good, url: "https://a:b@gw.example.in/" }, KEY, moment]],
    ["an empty secret", [good, { ...KEY, secret: "" }, moment]],
    ["a key id with a quote", [good, { ...KEY, keyId: 'a"b' }, moment]],
    ["an empty key id", [good, { ...KEY, keyId: "" }, moment]],
    ["a short nonce", [good, KEY, { ...moment, nonce: "123456789012345" }]],
    ["a long nonce", [good, KEY, { ...moment, nonce: "n".repeat(65) }]],
    ["a nonce with a sign", [good, KEY, { ...moment, nonce: "0123456789abcde+" }]],
    ["a time with a fraction", [good, KEY, { createdSec: 1.5 }]],
    ["an empty idempotency key", [{ ...good, idempotencyKey: "" }, KEY, moment]],
    ["an idempotency key with a blank", [{ ...good, idempotencyKey: "a b" }, KEY, moment]],
    ["a line break in an idempotency key", [{ ...good, idempotencyKey: "a\r\nx:y" }, KEY, moment]],
    ["a long idempotency key", [{ ...good, idempotencyKey: "k".repeat(256) }, KEY, moment]],
  ])("%s", async (_name, args) => {
    const error: unknown = await signRequest(...args).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).not.toContain(KEY.secret);
  });

  it("no header carries the secret or a day's key", async () => {
    const signed = await sign({ ...good, method: "POST", body: "{}" });
    const daily = base64Of(await deriveDailyKey(KEY.secret, CREATED_SEC));
    const sent = JSON.stringify(signed.headers);
    expect(sent).not.toContain(KEY.secret);
    expect(sent).not.toContain(daily);
    expect(bytesOf(daily)).toHaveLength(32);
  });
});
