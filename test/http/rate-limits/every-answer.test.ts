import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { BASE, call, freshId, initiateBody, send } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { INITIATE, newPayment } from "../payments.ts";
import { sendWebhook } from "../webhook/send.ts";
import { nextWindow, ratesOf, stopClock } from "./limited.ts";

beforeEach(() => {
  stopClock();
  nextWindow();
});
afterAll(() => {
  vi.useRealTimers();
});

const plain = (path: string, init: RequestInit = {}) => send(new Request(`${BASE}${path}`, init));
const reader = TEST_KEYS.alphaReader;
const STATUS = "/api/payments/status";

describe("what counted the request", () => {
  it.each([
    [201, "initiate", () => call({ path: INITIATE, body: initiateBody() })],
    [200, "read", async () => call({ path: `${STATUS}/${await newPayment()}` })],
    [400, "initiate", () => call({ path: INITIATE, body: "{" })],
    [403, "initiate", () => call({ path: INITIATE, body: initiateBody(), key: reader })],
    [404, "read", () => call({ path: `${STATUS}/${freshId()}` })],
    [415, "initiate", () => call({ path: INITIATE, body: "x", contentType: "text/html" })],
    [422, "initiate", () => call({ path: INITIATE, body: {} })],
  ] as const)("api.md 4: a signed %i tells of class %s", async (status, name, ask) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(ratesOf(answer)[0]).toMatchObject({ name });
  });
});

describe("what no limit of a key counted", () => {
  it.each([
    ["health", 200, () => plain("/api/payments/health")],
    ["the key set", 200, () => plain("/.well-known/jwks.json")],
    ["the API's description", 200, () => plain("/openapi.json")],
    ["its page", 200, () => plain("/docs")],
    ["a problem's page", 200, () => plain("/problems/rate_limited")],
    ["no route", 404, () => plain("/nope")],
    ["another method", 405, () => plain(INITIATE)],
    ["a HEAD", 405, () => plain(INITIATE, { method: "HEAD" })],
    ["too large a body", 413, () => plain(INITIATE, { method: "POST", body: "x".repeat(70_000) })],
    ["no signature", 401, () => plain(INITIATE, { method: "POST", body: "{}" })],
    [
      "a key of nobody",
      401,
      () => call({ path: STATUS + "/x", key: { keyId: "no", secret: "x" } }),
    ],
    ["a webhook", 200, () => sendWebhook({ body: { event: "x.y", payload: {} } })],
    ["a forged webhook", 401, () => sendWebhook({ body: {}, authorization: "0".repeat(64) })],
    [
      "a browser's question",
      204,
      () =>
        plain(INITIATE, {
          method: "OPTIONS",
          headers: { origin: "https://delta.example", "access-control-request-method": "POST" },
        }),
    ],
  ] as const)("api.md 4: %s (%i) tells of the address", async (_, status, ask) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(ratesOf(answer)).toEqual([{ name: "address", q: 600, w: 60, r: 600, t: 1 }]);
  });
});
