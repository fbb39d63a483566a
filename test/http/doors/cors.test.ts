import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appWith } from "../../support/app.ts";
import { BASE, call, freshId, initiateBody, send, type TestAnswer } from "../../support/call.ts";
import { keyOf, TEST_KEYS, TEST_ORIGINS, testMerchant } from "../../support/secrets.ts";
import { INITIATE, newPayment, REFUND, seen } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";
import { sendWebhook } from "../webhook/send.ts";

const { alpha, beta } = TEST_ORIGINS;
const EXPOSED = ["x-request-id", "ratelimit", "retry-after", "signature", "content-digest"];

function preflight(path: string, origin: string, method = "POST"): Promise<TestAnswer> {
  const headers = { origin, "access-control-request-method": method };
  return send(new Request(`${BASE}${path}`, { method: "OPTIONS", headers }));
}

/** A browser lets the page of this origin read the answer, and no other page. */
function expectOpenTo(answer: TestAnswer, origin: string): void {
  expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
  const exposed = answer.headers.get("access-control-expose-headers")?.split(", ") ?? [];
  expect(EXPOSED.filter((name) => !exposed.includes(name))).toEqual([]);
  expectNeverMore(answer);
}

function expectClosed(answer: TestAnswer): void {
  const names = [...answer.headers.keys()];
  expect(names.filter((name) => name.startsWith("access-control-"))).toEqual([]);
  expectNeverMore(answer);
}

function expectNeverMore({ headers }: TestAnswer): void {
  expect(headers.get("vary")).toBe("origin");
  expect(headers.get("access-control-allow-credentials")).toBeNull();
  const values = [...headers].filter(([name]) => name.startsWith("access-control-"));
  expect(values.filter(([, value]) => value.includes("*"))).toEqual([]);
}

describe("preflight", () => {
  it.each([
    [INITIATE, "POST"],
    [REFUND, "POST"],
    ["/api/payments/status/x", "GET, HEAD"],
    ["/api/payments/api-keys", "POST, GET, HEAD"],
    ["/api/payments/health", "GET, HEAD"],
  ])("HDR-4: %s of a configured origin may be called by %s", async (path, methods) => {
    for (const origin of [alpha, beta]) {
      const answer = await preflight(path, origin);
      expect([answer.status, answer.text]).toEqual([204, ""]);
      expectOpenTo(answer, origin);
      expect(answer.headers.get("access-control-allow-methods")).toBe(methods);
      const headers = answer.headers.get("access-control-allow-headers")?.split(", ");
      expect(headers).toEqual(
        expect.arrayContaining([
          "accept",
          "accept-signature",
          "content-digest",
          "content-type",
          "idempotency-key",
          "signature",
          "signature-input",
        ]),
      );
      expect(answer.headers.get("access-control-max-age")).toBe("600");
    }
  });

  it.each([
    ["unknown", "https://evil.example"],
    ["null", "null"],
    ["empty", ""],
    ["a wildcard", "*"],
    ["a subdomain", "https://www.shop.alpha.example"],
    ["the domain above", "https://alpha.example"],
    ["a longer name", `${alpha}.evil.example`],
    ["a name in front", "https://evilshop.alpha.example"],
    ["a port", `${alpha}:8443`],
    ["the default port", `${alpha}:443`],
    ["without its port", "https://beta.example"],
    ["http for https", alpha.replace("https", "http")],
    ["upper case", alpha.toUpperCase()],
    ["a trailing dot", `${alpha}.`],
    ["a trailing slash", `${alpha}/`],
    ["a path", `${alpha}/x`],
    ["two origins", `${alpha}, ${beta}`],
    ["two origins with a blank", `${alpha} ${beta}`],
    ["a user", alpha.replace("https://", "https://x@")],
    ["a name of every object", "__proto__"],
  ])("HDR-4: %s is refused as a method", async (_, origin) => {
    const answer = await preflight(INITIATE, origin);
    expectProblem(answer, "method_not_allowed", INITIATE);
    expectClosed(answer);
  });

  it("HDR-4: OPTIONS without the question is a method like others", async () => {
    const plain = new Request(`${BASE}${INITIATE}`, {
      method: "OPTIONS",
      headers: { origin: alpha },
    });
    const answer = await send(plain);
    expect(answer.json["code"]).toBe("method_not_allowed");
    expectOpenTo(answer, alpha);
  });

  it("api.md 1: of a path that is not there it is 404", async () => {
    expect((await preflight("/nope", alpha)).json["code"]).toBe("route_not_found");
  });
});

describe("signed calls", () => {
  const from = (origin: string) => ({ moreHeaders: { origin } });

  it("HDR-4: are open to the signer's own origin", async () => {
    const made = await call({ path: INITIATE, body: initiateBody(), ...from(alpha) });
    expect(made.status).toBe(201);
    expectOpenTo(made, alpha);
    const path = `/api/payments/status/${await newPayment()}`;
    expectOpenTo(await call({ path, ...from(alpha) }), alpha);
    expectOpenTo(await call({ path, key: TEST_KEYS.beta, ...from(beta) }), beta);
  });

  it.each([beta, "https://evil.example", "null"])(
    "HDR-4: are closed to %s, and done all the same",
    async (origin) => {
      const answer = await call({ path: INITIATE, body: initiateBody(), ...from(origin) });
      expect(answer.status).toBe(201);
      expectClosed(answer);
    },
  );

  it("HDR-4: without an origin say so to caches", async () => {
    expectClosed(await call({ path: INITIATE, body: initiateBody() }));
  });

  it.each([
    [401, { key: { ...TEST_KEYS.alpha, secret: "wrong" } }],
    [401, { key: TEST_KEYS.alphaRevoked }],
    [403, { key: TEST_KEYS.alphaReader }],
    [404, { path: "/nope" }],
    [
      404,
      { path: REFUND, body: { merchantRefundId: "r", merchantOrderId: "nobody", amount: 100 } },
    ],
    [405, { method: "PUT" }],
    [413, { body: "x".repeat(65_537) }],
    [415, { contentType: "text/plain" }],
    [400, { body: "{" }],
    [422, { body: {} }],
  ])("HDR-6: %i is open to a configured origin, closed to others", async (status, more) => {
    const request = { path: INITIATE, body: initiateBody(), ...more };
    const own = await call({ ...request, ...from(alpha) });
    expect(own.status).toBe(status);
    expectOpenTo(own, alpha);
    const other = await call({ ...request, ...from("https://evil.example") });
    expect(other.status).toBe(status);
    expectClosed(other);
  });

  it("HDR-4: a refusal after the signature held is for the signer's origin alone", async () => {
    const invalid = { path: INITIATE, body: {}, ...from(beta) };
    expectClosed(await call(invalid));
    const nonce = crypto.randomUUID();
    await call({ path: INITIATE, body: initiateBody(), nonce });
    const replayed = await call({ path: INITIATE, body: initiateBody(), nonce, ...from(beta) });
    expect(replayed.json["code"]).toBe("nonce_replayed");
    expectClosed(replayed);
  });

  it("HDR-6: 429 is open to the signer's origin", async () => {
    const origin = "http://localhost:3000";
    const limits = { initiate: { quota: 1, windowSec: 60 } };
    const app = appWith([testMerchant("shop-in-a-browser", { origins: [origin], limits })]);
    const ask = (asked: string) =>
      app.call({
        path: INITIATE,
        body: initiateBody(),
        key: keyOf("shop-in-a-browser"),
        ...from(asked),
      });
    expect((await ask(origin)).status).toBe(201);
    const limited = await ask(origin);
    expectProblem({ ...limited, headers: withoutCors(limited.headers) }, "rate_limited", INITIATE);
    expectOpenTo(limited, origin);
    expectClosed(await ask(alpha));
  });
});

function withoutCors(headers: Headers): Headers {
  const kept = [...headers].filter(([name]) => !name.startsWith("access-control-"));
  return new Headers(kept);
}

describe("open routes", () => {
  it.each(["/api/payments/health", "/.well-known/jwks.json", "/openapi.json", "/docs"])(
    "HDR-4: %s is open to configured origins only",
    async (path) => {
      const ask = (origin: string) => send(new Request(`${BASE}${path}`, { headers: { origin } }));
      expectOpenTo(await ask(beta), beta);
      expectClosed(await ask("https://evil.example"));
      expectClosed(await send(new Request(`${BASE}${path}`)));
    },
  );

  it("HDR-4: a webhook's answer says vary too", async () => {
    expectClosed(await sendWebhook({ body: { event: "some.future.event", id: freshId() } }));
  });
});

const configured = new Set<string>(Object.values(TEST_ORIGINS));
const changed = fc
  .tuple(fc.constantFrom(alpha, beta), fc.nat(40), fc.string({ maxLength: 3 }))
  .map(([origin, at, text]) => origin.slice(0, at) + text + origin.slice(at));
const anyOrigin = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.webUrl(),
  fc.domain().map((domain) => `https://${domain}`),
  changed,
);

describe("no reflection", () => {
  it("HDR-4: no origin that was not configured comes back", async () => {
    const before = seen();
    await fc.assert(
      fc.asyncProperty(anyOrigin, async (text) => {
        const headers = new Headers({ "access-control-request-method": "POST" });
        try {
          headers.set("origin", text);
        } catch {
          return; // No header can carry it.
        }
        const sent = headers.get("origin") ?? "";
        const answer = await send(
          new Request(`${BASE}${INITIATE}`, { method: "OPTIONS", headers }),
        );
        if (configured.has(sent)) return;
        expect(answer.status).toBe(405);
        expectClosed(answer);
      }),
      { numRuns: 300 },
    );
    expect(seen()).toEqual(before);
  });
});
