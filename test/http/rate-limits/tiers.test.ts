import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { call, freshId, initiateBody, type TestAnswer } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { INITIATE, REFUND } from "../payments.ts";
import { admittedOf, moveMs, nextWindow, ratesOf, stopClock } from "./limited.ts";

beforeEach(() => {
  stopClock();
  nextWindow();
});
afterAll(() => {
  vi.useRealTimers();
});

type Key = (typeof TEST_KEYS)[keyof typeof TEST_KEYS];
const initiate = (key: Key) => () => call({ path: INITIATE, body: initiateBody(), key });
const refund = (key: Key) => () =>
  call({
    path: REFUND,
    key,
    body: { merchantOrderId: freshId(), amount: 100, merchantRefundId: freshId() },
  });
const read = (key: Key) => () => call({ path: `/api/payments/status/${freshId()}`, key });
const security = (key: Key) => () =>
  call({ path: "/api/payments/webhook-events?matched=false", key });

const { gamma, gammaNext, delta, deltaBig, alpha } = TEST_KEYS;

describe("tier standard", () => {
  it.each([
    ["initiate", initiate],
    ["refund", refund],
  ])("api.md 4: %s: 50 per 10 s, of these 20 in any 1 s", async (_, write) => {
    const admitted = [];
    for (const ms of [0, 999, 1, 1_000, 7_999, 1, 1_000]) {
      moveMs(ms);
      admitted.push((await admittedOf(25, write(gamma))).admitted);
    }
    // At 0, 999, 1,000, 2,000, 9,999, 10,000 and 11,000 ms.
    expect(admitted).toEqual([20, 0, 20, 10, 0, 20, 20]);
  });

  it("api.md 4: reads: 100 per 10 s", async () => {
    expect((await admittedOf(110, read(gamma))).admitted).toBe(100);
    moveMs(9_999);
    expect((await admittedOf(1, read(gamma))).admitted).toBe(0);
    moveMs(1);
    expect((await admittedOf(110, read(gamma))).admitted).toBe(100);
  });

  it("api.md 4: security: 10 per 60 s", async () => {
    expect((await admittedOf(15, security(gamma))).admitted).toBe(10);
    moveMs(59_999);
    expect((await admittedOf(1, security(gamma))).admitted).toBe(0);
    moveMs(1);
    expect((await admittedOf(15, security(gamma))).admitted).toBe(10);
  });

  it("api.md 4: classes and keys do not take from each other", async () => {
    await admittedOf(25, initiate(gamma));
    expect((await admittedOf(25, refund(gamma))).admitted).toBe(20);
    expect((await admittedOf(25, initiate(gammaNext))).admitted).toBe(20);
    expect((await admittedOf(5, read(gamma))).admitted).toBe(5);
  });
});

describe("what an answer tells", () => {
  it("RAT-2: a write tells of both its limits, and counts down", async () => {
    await initiate(gamma)();
    expect(ratesOf(await initiate(gamma)())).toEqual([
      { name: "initiate", q: 50, w: 10, r: 48, t: 10 },
      { name: "initiate-burst", q: 20, w: 1, r: 18, t: 1 },
    ]);
    moveMs(1_500);
    expect(ratesOf(await initiate(gamma)())).toEqual([
      { name: "initiate", q: 50, w: 10, r: 47, t: 9 },
      { name: "initiate-burst", q: 20, w: 1, r: 19, t: 1 },
    ]);
  });

  it.each([
    ["enterprise", alpha, { writes: [5_000, 2_000], reads: [10_000], security: [60] }],
    ["standard", gamma, { writes: [50, 20], reads: [100], security: [10] }],
  ])("api.md 4: %s: the limits of each class", async (_, key, expected) => {
    const quotasOf = async (ask: (key: Key) => () => Promise<TestAnswer>) =>
      ratesOf(await ask(key)()).map(({ q }) => q);
    expect(await quotasOf(initiate)).toEqual(expected.writes);
    expect(await quotasOf(refund)).toEqual(expected.writes);
    expect(await quotasOf(read)).toEqual(expected.reads);
    expect(await quotasOf(security)).toEqual(expected.security);
  });

  it("RAT-7: one client that obeys the fields is never refused", async () => {
    for (let sent = 0; sent < 90; sent += 1) {
      const answer = await initiate(gamma)();
      expect(answer.status).toBe(201);
      const waits = ratesOf(answer)
        .filter(({ r }) => r === 0)
        .map(({ t }) => t);
      moveMs(1_000 * Math.max(0, ...waits));
    }
  });
});

describe("a merchant's own limits", () => {
  it.each([
    ["standard", delta],
    ["enterprise", deltaBig],
  ])("api.md 4: replace those of tier %s, for the classes they name", async (_, key) => {
    expect((await admittedOf(5, initiate(key))).admitted).toBe(2);
    moveMs(1_000);
    expect((await admittedOf(5, initiate(key))).admitted).toBe(2);
    moveMs(58_999);
    expect((await admittedOf(5, initiate(key))).admitted).toBe(0);
    moveMs(1);
    expect((await admittedOf(5, initiate(key))).admitted).toBe(2);
    expect((await admittedOf(5, read(key))).admitted).toBe(3);
    expect((await admittedOf(12, refund(key))).admitted).toBe(12);
  });
});
