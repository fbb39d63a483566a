import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptSignature } from "#client";
import { PAGE_SECURE_HEADERS } from "#door";
import { type ProblemCode, PROBLEMS } from "#problems";
import { routesFor } from "../../../src/app.ts";
import { wireHttp } from "../../../src/wiring/index.ts";
import { BASE, call, send, type TestAnswer } from "../../support/call.ts";
import { signRaw } from "../../support/raw-sign.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import secureHeaders from "../../vectors/secure-headers.json" with { type: "json" };
import { newPayment } from "../payments.ts";
import { expectCommonHeaders, expectProblem } from "../problem-shape.ts";

const NEVER = secureHeaders.remove.map((name) => name.toLowerCase());
const PROBLEM_CODES = Object.keys(PROBLEMS).filter((code): code is ProblemCode =>
  Object.hasOwn(PROBLEMS, code),
);
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const TAKES_BODY = new Set(["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const PATHS = [...new Set(routesFor(wireHttp(env)).map(({ path }) => path))].map((path) =>
  path.replaceAll(/:\w+/g, "x"),
);
/** Beside the routes: what is explained, what is not there, and what a router may stumble over. */
const MORE_PATHS = [
  "/problems/state_conflict",
  "/",
  "/nope",
  "/api/payments/nope",
  "/api/payments/initiate/",
  "/%",
  "/%ff",
  "/api/payments/status/%ff",
  "/api/payments/webhook/%E0%A4%A",
  "//",
  "/.well-known/",
];

type MakeRequest = (method: string, path: string) => Request | Promise<Request>;
const CALLERS: readonly (readonly [string, MakeRequest])[] = [
  [
    "unsigned",
    (method, path) =>
      new Request(`${BASE}${path}`, { method, ...(TAKES_BODY.has(method) ? { body: "{}" } : {}) }),
  ],
  [
    "badly signed",
    (method, path) => signedBy({ ...TEST_KEYS.alpha, secret: "wrong" }, method, path),
  ],
  ["signed", (method, path) => signedBy(TEST_KEYS.alpha, method, path)],
];

function signedBy(
  key: { readonly keyId: string; readonly secret: string },
  method: string,
  path: string,
) {
  const body = TAKES_BODY.has(method) ? { body: new TextEncoder().encode("{}").slice() } : {};
  return signRaw({ method, url: `${BASE}${path}`, key, ...body });
}

/** A page's own policy: nothing inline but by hash, and every way out closed. */
function expectPageHeaders({ headers }: TestAnswer): void {
  for (const [name, value] of Object.entries(PAGE_SECURE_HEADERS)) {
    expect([name, headers.get(name)]).toEqual([name, value]);
  }
  const policy = headers.get("content-security-policy") ?? "";
  expect(policy).not.toMatch(/unsafe|\*|http|data:/);
  expect(policy.split("; ")).toEqual([
    "default-src 'none'",
    expect.stringMatching(/^style-src 'sha256-[A-Za-z0-9+/]{43}='$/),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]);
  expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
  expect(headers.get("permissions-policy")).toMatch(/^([a-z-]+=\(\)(, )?)+$/);
  expect(headers.get("x-request-id")).toMatch(/^req_[A-Za-z0-9_-]{22}$/);
  expect([...headers.keys()].filter((name) => NEVER.includes(name))).toEqual([]);
}

/** What every answer is, whoever asked for whatever. */
function expectAnswer(answer: TestAnswer, method: string): void {
  const { headers, status, text } = answer;
  const type = headers.get("content-type") ?? "";
  if (type.startsWith("text/html")) expectPageHeaders(answer);
  else expectCommonHeaders(answer);
  expect(headers.get("ratelimit-policy")).toMatch(/^"[a-z-]+";q=\d+;w=\d+/);
  expect(headers.get("ratelimit")).toMatch(/^"[a-z-]+";r=\d+;t=\d+/);
  expect(headers.get("vary")).toBe("origin");
  expect(status).toBeLessThan(500);
  const isProblem = type === "application/problem+json";
  expect(isProblem).toBe(status >= 400);
  if (method !== "HEAD") return isProblem ? expectKnownProblem(answer) : undefined;
  expect(text).toBe("");
}

function expectKnownProblem(answer: TestAnswer): void {
  const code = PROBLEM_CODES.find((one) => one === answer.json["code"]);
  expect(code).toBeDefined();
  if (code) expectProblem(answer, code);
}

const everyCase = [...PATHS, ...MORE_PATHS].flatMap((path) =>
  CALLERS.map(([caller, make]) => ({ path, caller, make })),
);

describe("every route, method and error", () => {
  it.each(everyCase)("HDR-1 to HDR-6: $path, $caller", async ({ path, make }) => {
    for (const method of METHODS) {
      expectAnswer(await send(await make(method, path)), method);
    }
  });

  it.each(METHODS)("HDR-6: %s of an unknown path has them too", async (method) => {
    expectAnswer(await send(new Request(`${BASE}/nope`, { method })), method);
  });

  it("HDR-6: HEAD says what GET says", async () => {
    for (const path of ["/docs", "/openapi.json", "/problems/state_conflict", "/nope"]) {
      const [get, head] = await Promise.all(
        ["GET", "HEAD"].map((method) => send(new Request(`${BASE}${path}`, { method }))),
      );
      expect(head?.status).toBe(get?.status);
      expect(head?.text).toBe("");
      for (const name of ["content-type", "content-security-policy"]) {
        expect(head?.headers.get(name)).toBe(get?.headers.get(name));
      }
    }
  });
});

describe("what a request says", () => {
  const MARK = "zqx-injected";
  const expectUnheard = (answer: TestAnswer, method = "GET") => {
    expectAnswer(answer, method);
    expect([...answer.headers].filter(([, value]) => /[\r\n\0]/.test(value))).toEqual([]);
    const names = [...answer.headers].filter(([name, value]) => `${name}${value}`.includes(MARK));
    expect(names).toEqual([]);
  };

  it.each([
    `/${MARK}`,
    `/%0d%0aset-cookie:%20${MARK}`,
    `/problems/${MARK}%0d%0ax:y`,
    `/api/payments/status/${MARK}%0a`,
    `/api/payments/initiate?${MARK}=%0d%0a`,
    `/api/payments/webhook/${MARK}%0d%0a`,
    `/docs?${MARK}`,
    `/api/payments/health?x=${MARK}`,
  ])("HDR-5: a path %s stands in no header", async (path) => {
    for (const method of METHODS) {
      expectUnheard(await send(new Request(`${BASE}${path}`, { method })), method);
    }
    expectUnheard(await send(await signedBy(TEST_KEYS.alpha, "GET", path)));
  });

  it.each([
    "x-request-id",
    "origin",
    "access-control-request-method",
    "access-control-request-headers",
    "idempotency-key",
    "accept",
    "accept-language",
    "content-type",
    "cf-connecting-ip",
    "cf-ray",
    "traceparent",
    "referer",
    "host",
    "x-forwarded-host",
    "x-forwarded-proto",
  ])("HDR-5: a header %s stands in no header", async (name) => {
    for (const value of [MARK, `${MARK}"; x`, `https://${MARK}.example`]) {
      for (const method of ["GET", "OPTIONS", "POST"]) {
        const headers = { [name]: value };
        const path = "/api/payments/initiate";
        expectUnheard(await send(new Request(`${BASE}${path}`, { method, headers })), method);
      }
    }
  });

  it("HDR-5: what Accept-Signature says is refused, or safe to say again", async () => {
    const path = `/api/payments/status/${await newPayment()}`;
    const wish = acceptSignature(TEST_KEYS.alpha.keyId);
    const anyWish = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.string({ maxLength: 40 }).map((text) => `${wish};nonce="${text}"`),
      fc.string({ maxLength: 40 }).map((text) => `${wish};tag=${JSON.stringify(text)}`),
      fc.string({ maxLength: 10 }).map((text) => `${text}=("@status");created`),
      fc
        .array(
          fc.constantFrom(
            '"@status"',
            '"@method";req',
            '"@query";req',
            '"content-digest"',
            '"content-digest";req',
            '"signature";req;key="sig1"',
            '"x-request-id"',
            '"idempotency-replayed"',
            '"@status";bs',
            '"@query-param";req;name="x"',
            "1",
            "a",
          ),
          { maxLength: 8 },
        )
        .map((components) => `a=(${components.join(" ")});created;expires`),
    );
    await fc.assert(
      fc.asyncProperty(anyWish, async (text) => {
        const headers = new Headers();
        try {
          headers.set("accept-signature", text);
        } catch {
          return; // No header can carry it.
        }
        const answer = await call({ path, moreHeaders: Object.fromEntries(headers) });
        expect(answer.status).toBe(200);
        expectCommonHeaders(answer);
        expect([...answer.headers].filter(([, value]) => !/^[\t\x20-\x7e]*$/.test(value))).toEqual(
          [],
        );
      }),
      { numRuns: 150 },
    );
  });
});
