import { compactDecrypt, CompactEncrypt, type JWK } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { type ClientOptions, ConnectionError, createClient, type Fetch } from "#client";
import { type KeyPair, makePair } from "../support/jwe.ts";

const NOW_MS = 1_795_564_800_000;
const HOUR_MS = 3_600_000;
const JWKS_URL = "https://gw.example.in/.well-known/jwks.json";
const ORDER = { merchantOrderId: "order-1", amount: 49_900, redirectUrl: "https://shop.example/r" };
const REFUND = { merchantRefundId: "refund-1", merchantOrderId: "order-1", amount: 100 };
const PAYMENT = {
  paymentId: "pay_1",
  merchantOrderId: "order-1",
  state: "PENDING",
  amount: 49_900,
  currency: "INR",
  createdAt: NOW_MS,
};
const STATUS = {
  ...PAYMENT,
  capturedAmount: 0,
  refundedAmount: 0,
  attempts: [],
  refunds: [],
  timeline: [],
};

let ec: KeyPair;
let rsa: KeyPair;
let next: KeyPair;
let mine: KeyPair;

beforeAll(async () => {
  [ec, rsa, next, mine] = await Promise.all([
    makePair("ECDH-ES+A256KW"),
    makePair("RSA-OAEP-256"),
    makePair("ECDH-ES+A256KW"),
    makePair("ECDH-ES+A256KW"),
  ]);
});

const published = (pair: KeyPair, kid: string): JWK => ({
  ...pair.publicJwk,
  kid,
  alg: pair.alg,
  use: "enc",
});

type Sent = Parameters<Fetch>[1] & { url: string };
type Answer = Response | Error | (() => Promise<Response>);

/** A gateway that publishes `keys` and gives `answers` in turn, and a client of it. */
function gateway(
  given: { keys: readonly unknown[]; answers: readonly Answer[] },
  options: Partial<ClientOptions> = {},
) {
  const world: { nowMs: number; keys: readonly unknown[]; jwksFault?: Answer | undefined } = {
    nowMs: NOW_MS,
    keys: given.keys,
  };
  const jwksSent: Sent[] = [];
  const sent: Sent[] = [];
  const client = createClient({
    baseUrl: "https://gw.example.in",
    keyId: "ak_test_01",
    secret: "s3cr3t",
    nowMs: () => world.nowMs,
    fetch: async (url, init) => {
      if (url === JWKS_URL) {
        jwksSent.push({ url, ...init });
        return answerOf(world.jwksFault ?? Response.json({ keys: world.keys }));
      }
      sent.push({ url, ...init });
      return answerOf(given.answers[sent.length - 1]);
    },
    sleep: async () => undefined,
    encryption: {},
    ...options,
  });
  return { client, sent, jwksSent, world };
}

function answerOf(answer: Answer | undefined): Promise<Response> {
  if (answer === undefined) throw new Error("unexpected call");
  if (answer instanceof Error) throw answer;
  return answer instanceof Response ? Promise.resolve(answer) : answer();
}

const json = (body: unknown, status = 200) => Response.json(body, { status });
const problem = (status: number, code: string) =>
  new Response(JSON.stringify({ title: "No.", status, code }), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
const bodyOf = (request: Sent | undefined) => new TextDecoder().decode(request?.body);
const opened = async (request: Sent | undefined, pair: KeyPair) => {
  const { plaintext, protectedHeader } = await compactDecrypt(bodyOf(request), {
    ...pair.privateJwk,
  });
  return { header: protectedHeader, json: JSON.parse(new TextDecoder().decode(plaintext)) };
};
const sealed = async (pair: KeyPair, body: unknown, header: object = {}) =>
  new CompactEncrypt(new TextEncoder().encode(JSON.stringify(body)))
    .setProtectedHeader({ alg: pair.alg, enc: "A256GCM", kid: "mine", ...header })
    .encrypt({ ...pair.publicJwk });
const jose = (token: string, status = 200) =>
  new Response(token, { status, headers: { "content-type": "application/jose" } });

describe("encrypted requests", () => {
  it.each(["ECDH-ES+A256KW", "RSA-OAEP-256"] as const)(
    "api.md 4: initiate is encrypted under %s to the key that comes first",
    async (alg) => {
      const pair = alg === "RSA-OAEP-256" ? rsa : ec;
      const keys = [published(pair, "k2"), published(next, "k1")];
      const { client, sent, jwksSent } = gateway({ keys, answers: [json(PAYMENT, 201)] });

      await expect(client.initiate(ORDER)).resolves.toEqual(PAYMENT);
      expect(sent[0]?.headers).toMatchObject({
        "content-type": "application/jose",
        accept: "application/json, application/problem+json",
      });
      const { header, json: inner } = await opened(sent[0], pair);
      expect(header).toMatchObject({ alg, enc: "A256GCM", kid: "k2", cty: "application/json" });
      expect(inner).toEqual(ORDER);
      expect(jwksSent[0]).toMatchObject({ url: JWKS_URL, method: "GET", redirect: "manual" });
      expect(jwksSent[0]?.headers).toEqual({ accept: "application/json" });
    },
  );

  it("api.md 4: refund is encrypted too, and reads are not", async () => {
    const answers = [json({ ...REFUND, state: "PENDING" }), json(STATUS)];
    const { client, sent } = gateway({ keys: [published(ec, "k1")], answers });
    await client.refund(REFUND);
    await client.status("order-1");
    expect((await opened(sent[0], ec)).json).toEqual(REFUND);
    expect(sent[1]?.body).toBeUndefined();
  });

  it("I9: all tries of a call send the same bytes, and each is signed anew", async () => {
    const lost = new TypeError("fetch failed");
    const answers = [lost, problem(503, "provider_unavailable"), json(PAYMENT)];
    const { client, sent, jwksSent } = gateway({ keys: [published(ec, "k1")], answers });
    await client.initiate(ORDER);
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(bodyOf)).size).toBe(1);
    expect(new Set(sent.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    expect(new Set(sent.map(({ headers }) => headers["signature"])).size).toBe(3);
    expect(jwksSent).toHaveLength(1);
  });

  it("SIG-14: the signature covers media type and digest of the bytes as sent", async () => {
    const { client, sent } = gateway({ keys: [published(ec, "k1")], answers: [json(PAYMENT)] });
    await client.initiate(ORDER);
    const digest = await crypto.subtle.digest("SHA-256", sent[0]?.body ?? new Uint8Array());
    const text = btoa(String.fromCharCode(...new Uint8Array(digest)));
    expect(sent[0]?.headers["content-digest"]).toBe(`sha-256=:${text}:`);
    expect(sent[0]?.headers["signature-input"]).toContain('"content-type" "content-digest"');
  });

  it("GCM-2: two calls never send the same bytes", async () => {
    const answers = [json(PAYMENT), json(PAYMENT)];
    const { client, sent } = gateway({ keys: [published(ec, "k1")], answers });
    await client.initiate(ORDER);
    await client.initiate(ORDER);
    expect(bodyOf(sent[0])).not.toBe(bodyOf(sent[1]));
  });

  it("JOS-8: what is not for encrypting is passed over", async () => {
    const keys = [
      { ...published(next, "a"), use: "sig" },
      { ...published(next, "b"), alg: "ECDH-ES" },
      { ...published(next, "c"), crv: "P-384" },
      { ...published(next, "d"), kty: "oct" },
      { ...next.publicJwk },
      published(ec, "k1"),
    ];
    const { client, sent } = gateway({ keys, answers: [json(PAYMENT)] });
    await client.initiate(ORDER);
    expect((await opened(sent[0], ec)).header).toMatchObject({ kid: "k1" });
  });
});

describe("the gateway's keys", () => {
  it("JOS-8: they are kept for an hour", async () => {
    const answers = [json(PAYMENT), json(PAYMENT), json(PAYMENT)];
    const { client, world, jwksSent } = gateway({ keys: [published(ec, "k1")], answers });
    await client.initiate(ORDER);
    world.nowMs += HOUR_MS - 1;
    await client.initiate(ORDER);
    expect(jwksSent).toHaveLength(1);
    world.nowMs += 1;
    await client.initiate(ORDER);
    expect(jwksSent).toHaveLength(2);
  });

  it("JOS-8: a key that the gateway no longer knows is replaced, under the same idempotency key", async () => {
    const answers = [json(PAYMENT), problem(400, "jwe_invalid"), json(PAYMENT)];
    const { client, world, sent, jwksSent } = gateway({ keys: [published(ec, "k1")], answers });
    await client.initiate(ORDER);
    world.keys = [published(next, "k2"), published(ec, "k1")];
    await expect(client.initiate(ORDER, { idempotencyKey: "mine-1" })).resolves.toEqual(PAYMENT);
    expect((await opened(sent[2], next)).json).toEqual(ORDER);
    expect(sent.slice(1).map(({ headers }) => headers["idempotency-key"])).toEqual([
      "mine-1",
      "mine-1",
    ]);
    expect(jwksSent).toHaveLength(2);
  });

  it("JOS-8: jwe_invalid with the key that is still published is the answer", async () => {
    const { client, sent, jwksSent } = gateway({
      keys: [published(ec, "k1")],
      answers: [problem(400, "jwe_invalid")],
    });
    await expect(client.initiate(ORDER)).rejects.toMatchObject({ code: "jwe_invalid" });
    expect(sent).toHaveLength(1);
    expect(jwksSent).toHaveLength(2);
  });

  it("JOS-8: they are fetched anew once, not for ever", async () => {
    const answers = [problem(400, "jwe_invalid"), problem(400, "jwe_invalid")];
    const { client, world, sent } = gateway({ keys: [published(ec, "k1")], answers });
    world.jwksFault = async () => {
      world.jwksFault = undefined;
      return Response.json({ keys: [published(next, "k0")] });
    };
    await expect(client.initiate(ORDER)).rejects.toMatchObject({ code: "jwe_invalid" });
    expect(sent).toHaveLength(2);
  });

  it("PCI-3.7.7: pinned keys are used, and nothing is fetched", async () => {
    const { client, sent, jwksSent } = gateway(
      { keys: [published(next, "evil")], answers: [json(PAYMENT), problem(400, "jwe_invalid")] },
      { encryption: { jwks: { keys: [published(ec, "pinned")] } } },
    );
    await client.initiate(ORDER);
    expect((await opened(sent[0], ec)).header).toMatchObject({ kid: "pinned" });
    await expect(client.initiate(ORDER)).rejects.toMatchObject({ code: "jwe_invalid" });
    expect(jwksSent).toEqual([]);
  });

  it("a base URL with a path has its keys under that path", async () => {
    const urls: string[] = [];
    const client = createClient({
      baseUrl: "https://gw.example.in/pay/",
      keyId: "ak",
      secret: "s",
      encryption: {},
      fetch: async (url) => {
        urls.push(url);
        return urls.length === 1 ? json({ keys: [published(ec, "k1")] }) : json(PAYMENT);
      },
    });
    await client.initiate(ORDER);
    expect(urls[0]).toBe("https://gw.example.in/pay/.well-known/jwks.json");
  });

  it.each([
    ["no set", json([])],
    ["no keys", json({})],
    ["an empty set", json({ keys: [] })],
    ["a key that is none", json({ keys: ["x"] })],
    ["keys of other kinds", json({ keys: [{ kty: "OKP", crv: "X25519", x: "AA", kid: "k" }] })],
    ["a page", new Response("<h1>Hello</h1>")],
  ])("nothing is sent in the clear instead: %s", async (_, answer) => {
    const { client, world, sent } = gateway({ keys: [], answers: [] });
    world.jwksFault = answer;
    await expect(client.initiate(ORDER)).rejects.toMatchObject({ code: "unexpected_response" });
    expect(sent).toEqual([]);
  });

  it("nothing is sent when the keys cannot be had", async () => {
    const { client, world, sent, jwksSent } = gateway({ keys: [], answers: [] });
    world.jwksFault = new TypeError("fetch failed");
    await expect(client.initiate(ORDER)).rejects.toBeInstanceOf(ConnectionError);
    expect(jwksSent).toHaveLength(3);
    expect(sent).toEqual([]);
  });
});

describe("encrypted answers", () => {
  const withKey = (answers: readonly Answer[], pair = mine) =>
    gateway(
      { keys: [published(ec, "k1")], answers },
      { encryption: { privateKey: pair.privateJwk } },
    );

  it.each(["ECDH-ES+A256KW", "RSA-OAEP-256"] as const)(
    "api.md 4: an answer under %s is asked for and opened",
    async (alg) => {
      const pair = alg === "RSA-OAEP-256" ? rsa : mine;
      const { client, sent } = withKey([async () => jose(await sealed(pair, STATUS))], pair);
      await expect(client.status("order-1")).resolves.toEqual(STATUS);
      expect(sent[0]?.headers["accept"]).toBe("application/jose");
    },
  );

  it("api.md 4: writes are encrypted both ways", async () => {
    const { client, sent } = withKey([async () => jose(await sealed(mine, PAYMENT), 201)]);
    await expect(client.initiate(ORDER)).resolves.toEqual(PAYMENT);
    expect(sent[0]?.headers).toMatchObject({
      accept: "application/jose",
      "content-type": "application/jose",
    });
  });

  it("api.md 2: errors come in the clear", async () => {
    const { client } = withKey([problem(404, "payment_not_found")]);
    await expect(client.status("order-1")).rejects.toMatchObject({ code: "payment_not_found" });
  });

  it.each<[string, () => Promise<Response>]>([
    ["sealed to another key", async () => jose(await sealed(ec, STATUS))],
    ["under another algorithm", async () => jose(await sealed(rsa, STATUS))],
    ["changed on the way", async () => jose(`${(await sealed(mine, STATUS)).slice(0, -2)}AA`)],
    ["compressed", async () => jose(await sealed(mine, STATUS, { zip: "DEF" }))],
    ["encrypted otherwise", async () => jose(await sealed(mine, STATUS, { enc: "A128GCM" }))],
    ["no token", async () => jose("x")],
    ["empty", async () => jose("")],
    ["in the clear, but called encrypted", async () => jose(JSON.stringify(STATUS))],
    ["sound, but no payment", async () => jose(await sealed(mine, { state: "COMPLETED" }))],
  ])("JOS-6: an answer that is %s is unexpected", async (_, answer) => {
    const { client } = withKey([answer]);
    await expect(client.status("order-1")).rejects.toMatchObject({ code: "unexpected_response" });
  });

  it("I10: no error quotes the private key", async () => {
    const { client } = withKey([async () => jose(await sealed(ec, STATUS))]);
    const error = await client.status("order-1").catch((caught: unknown) => caught);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(mine.privateJwk.d);
  });

  it("the key that was given stays as it was", async () => {
    const privateKey = { ...mine.privateJwk };
    const answers = [async () => jose(await sealed(mine, STATUS))];
    const { client } = gateway({ keys: [], answers }, { encryption: { privateKey } });
    await client.status("order-1");
    expect(Object.isFrozen(privateKey)).toBe(false);
    expect(privateKey).toEqual(mine.privateJwk);
  });
});

describe("settings that cannot work", () => {
  it.each<[string, () => object]>([
    ["a public key", () => ({ privateKey: mine.publicJwk })],
    ["a key for signatures", () => ({ privateKey: { ...mine.privateJwk, use: "sig" } })],
    ["a key of another algorithm", () => ({ privateKey: { ...mine.privateJwk, alg: "ES256" } })],
    ["another curve", () => ({ privateKey: { ...mine.privateJwk, crv: "P-384" } })],
    ["a secret", () => ({ privateKey: { kty: "oct", k: "AA" } })],
    ["an empty set", () => ({ jwks: { keys: [] } })],
    ["a set without names", () => ({ jwks: { keys: [ec.publicJwk] } })],
  ])("JOS-7: %s is refused before anything is sent", (_, encryption) => {
    expect(() => gateway({ keys: [], answers: [] }, { encryption: encryption() })).toThrow(
      TypeError,
    );
  });
});
