import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { call, freshId, initiateBody, type TestAnswer } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { INITIATE } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";
import { admittedOf, moveMs, nextWindow, ratesOf, stopClock } from "./limited.ts";

beforeEach(() => {
  stopClock();
  nextWindow();
});
afterAll(() => {
  vi.useRealTimers();
});

const key = TEST_KEYS.gamma;
const initiate = (more: Record<string, unknown> = {}) =>
  call({ path: INITIATE, body: initiateBody(more), key });
const useUp = () => admittedOf(20, () => initiate());
const seen = () => world.providerOf("gamma").calls.length;

function expectLimited(answer: TestAnswer, names: readonly string[]): void {
  expectProblem(answer, "rate_limited");
  const waits = ratesOf(answer)
    .filter(({ r }) => r === 0)
    .map(({ t }) => t);
  expect(Number(answer.headers.get("retry-after"))).toBe(Math.max(...waits));
  expect(answer.json["detail"]).toBe(`Used up: ${names.join(", ")}. Nothing was done.`);
}

describe("429", () => {
  it("RAT-4, RAT-6: a problem that names the limit and says when to come again", async () => {
    await useUp();
    expectLimited(await initiate(), ["initiate-burst"]);
    moveMs(1_000);
    await useUp();
    moveMs(1_000);
    await useUp();
    expectLimited(await initiate(), ["initiate"]);
  });

  it("RAT-4: who waits Retry-After comes in", async () => {
    await useUp();
    moveMs(300);
    const refused = await initiate();
    moveMs(1_000 * Number(refused.headers.get("retry-after")));
    expect((await initiate()).status).toBe(201);
  });

  it("api.md 4: has no effect, and costs no room in the window", async () => {
    await useUp();
    const before = seen();
    const body = initiateBody();
    moveMs(500);
    for (let at = 0; at < 30; at += 1) {
      expect((await call({ path: INITIATE, body, key })).status).toBe(429);
    }
    expect(seen()).toBe(before);
    moveMs(500);
    const id = String(body["merchantOrderId"]);
    expect((await call({ path: `/api/payments/status/${id}`, key })).status).toBe(404);
    expect((await admittedOf(25, () => initiate())).admitted).toBe(20);
  });

  it("api.md 4: neither nonce nor idempotency key is used up", async () => {
    await useUp();
    const nonce = crypto.randomUUID();
    const idempotencyKey = freshId("key");
    const refused = { path: INITIATE, body: initiateBody(), key, nonce, idempotencyKey };
    expect((await call(refused)).status).toBe(429);
    moveMs(1_000);
    expect((await call({ ...refused, body: initiateBody() })).status).toBe(201);
  });

  it("api.md 4: answers from memory of an idempotent call count too", async () => {
    const request = { path: INITIATE, body: initiateBody(), key, idempotencyKey: freshId("key") };
    expect((await call(request)).status).toBe(201);
    for (let at = 1; at < 20; at += 1) {
      const answer = await call(request);
      expect(answer.headers.get("idempotency-replayed")).toBe("true");
    }
    expectLimited(await call(request), ["initiate-burst"]);
  });

  it("api.md 4: requests that fail validation count", async () => {
    for (let at = 0; at < 20; at += 1) expect((await initiate({ amount: 1 })).status).toBe(422);
    expectLimited(await initiate(), ["initiate-burst"]);
  });
});

describe("order", () => {
  it("api.md 1: 401 is told before 429", async () => {
    await useUp();
    const wrong = { ...key, secret: "wrong" };
    const body = initiateBody();
    expectProblem(await call({ path: INITIATE, body, key: wrong }), "signature_invalid");
    const nonce = crypto.randomUUID();
    moveMs(1_000);
    await call({ path: INITIATE, body, key, nonce });
    await useUp();
    expectProblem(await call({ path: INITIATE, body, key, nonce }), "nonce_replayed");
    const revoked = await call({ path: INITIATE, body, key: TEST_KEYS.gammaRevoked });
    expectProblem(revoked, "key_revoked");
  });

  it.each([
    ["403", { body: initiateBody() }],
    ["415", { body: "{}", contentType: "text/plain" }],
    ["400", { body: "{" }],
    ["422", { body: {} }],
  ])("api.md 1: 429 is told before %s", async (status, request) => {
    const asks = status === "403" ? TEST_KEYS.gammaReader : key;
    const ask = () => call({ path: INITIATE, key: asks, ...request });
    const { admitted, refused } = await admittedOf(21, ask);
    expect(admitted).toBe(20);
    for (const answer of refused) expectLimited(answer, ["initiate-burst"]);
  });

  it("api.md 1: 404 and 413 cost nothing, they are told first", async () => {
    await useUp();
    expectProblem(await call({ path: "/nope", key }), "route_not_found");
    const big = await call({ path: INITIATE, body: "x".repeat(70_000), key });
    expectProblem(big, "body_too_large");
  });
});
