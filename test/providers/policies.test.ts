import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OutboundResult } from "../../src/providers/outbound.ts";
import { PROBE_LEASE_MS } from "../../src/providers/breaker.ts";
import {
  isFailure,
  nextTry,
  type OperationName,
  OPERATIONS,
  POLICIES,
} from "../../src/providers/policies.ts";

const NOW_MS = 1_790_750_730_000;
const MOMENT = { tries: 1, elapsedMs: 0, nowMs: NOW_MS, random: 0.5 };

const status = (code: number, retryAfter: string | null = null): OutboundResult => ({
  type: "answer",
  status: code,
  text: "",
  retryAfter,
});
const noAnswer = (reason: "timeout" | "network" | "too_large"): OutboundResult => ({
  type: "no_answer",
  reason,
});

/** The compiler asks for a row when an operation is added. */
const TRIES: Record<OperationName, number> = {
  pay: 1,
  order_status: 3,
  refund: 1,
  refund_status: 3,
  oauth: 2,
  v1_status: 3,
  notification: 1,
};

const anyResult = fc.oneof(
  fc.integer({ min: 200, max: 599 }).map((code) => status(code)),
  fc.nat(20).map((seconds) => status(503, String(seconds))),
  fc.constantFrom("timeout" as const, "network" as const, "too_large" as const).map(noAnswer),
  fc.constant<OutboundResult>({ type: "not_sent", reason: "breaker_open" }),
);

describe("policies", () => {
  it.each(OPERATIONS)("design.md 26: %s has limits that fit each other", (operation) => {
    const policy = POLICIES[operation];
    expect(policy.triesMax).toBe(TRIES[operation]);
    expect(policy.timeoutMs).toBeLessThanOrEqual(policy.totalBudgetMs);
    // A probe that still runs must not be replaced (one probe in the world).
    expect(policy.timeoutMs).toBeLessThan(PROBE_LEASE_MS);
  });

  it("contract.md 3.4: what creates is never repeated by its policy, whatever comes of it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("pay", "refund", "notification"),
        anyResult,
        (operation, result) => {
          expect(nextTry(POLICIES[operation], { ...MOMENT, result })).toBeUndefined();
        },
      ),
    );
  });

  it.each([status(500), status(503), noAnswer("timeout"), noAnswer("network")])(
    "contract.md 7.1: a read is repeated after %j",
    (result) => {
      expect(nextTry(POLICIES.order_status, { ...MOMENT, result })).toBeTypeOf("number");
    },
  );

  it.each([status(200), status(302), status(400), status(401), status(404), status(408)])(
    "contract.md 7.1: a read is not repeated after %j",
    (result) => {
      expect(nextTry(POLICIES.order_status, { ...MOMENT, result })).toBeUndefined();
    },
  );

  it("contract.md 7.1: 429 is repeated only when it says from when on", () => {
    const { order_status: policy } = POLICIES;
    expect(nextTry(policy, { ...MOMENT, result: status(429) })).toBeUndefined();
    expect(nextTry(policy, { ...MOMENT, random: 0, result: status(429, "2") })).toBe(2_000);
  });

  it("design.md 26: Retry-After as a date counts too", () => {
    const result = status(503, new Date(NOW_MS + 3_000).toUTCString());
    expect(nextTry(POLICIES.order_status, { ...MOMENT, random: 0, result })).toBe(3_000);
  });

  it.each(["8", "3600", "999999999"])(
    "design.md 26: a Retry-After of %s s does not fit the budget and ends it",
    (seconds) => {
      const result = status(503, seconds);
      expect(nextTry(POLICIES.order_status, { ...MOMENT, result })).toBeUndefined();
    },
  );

  it("design.md 26: full jitter: from nothing to a bound that doubles", () => {
    const { order_status: policy } = POLICIES;
    const waits = (tries: number, random: number) =>
      nextTry(policy, { ...MOMENT, tries, random, result: status(500) });
    expect(waits(1, 0)).toBe(0);
    expect(waits(1, 0.999_999)).toBe(249);
    expect(waits(2, 0)).toBe(0);
    expect(waits(2, 0.999_999)).toBe(499);
    expect(waits(3, 0)).toBeUndefined();
  });

  it("design.md 26: no wait is below what Retry-After says, none goes past the budget", () => {
    const tried = fc.record({
      tries: fc.integer({ min: 1, max: 4 }),
      elapsedMs: fc.nat(20_000),
      nowMs: fc.constant(NOW_MS),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      result: anyResult,
    });
    fc.assert(
      fc.property(fc.constantFrom(...OPERATIONS), tried, (operation, moment) => {
        const policy = POLICIES[operation];
        const waitMs = nextTry(policy, moment);
        if (waitMs === undefined) return;
        const { result, elapsedMs, tries } = moment;
        const askedMs = result.type === "answer" ? Number(result.retryAfter ?? 0) * 1_000 : 0;
        expect(waitMs).toBeGreaterThanOrEqual(askedMs);
        expect(waitMs).toBeLessThan(askedMs + 2_000);
        expect(elapsedMs + waitMs).toBeLessThan(policy.totalBudgetMs);
        expect(tries).toBeLessThan(policy.triesMax);
      }),
    );
  });

  it("design.md 5: no answer and 5xx are failures, 4xx and 429 never", () => {
    fc.assert(
      fc.property(fc.constantFrom(...OPERATIONS), anyResult, (operation, result) => {
        const expected =
          result.type === "no_answer" || (result.type === "answer" && result.status >= 500);
        expect(isFailure(POLICIES[operation], result)).toBe(expected);
      }),
    );
  });
});
