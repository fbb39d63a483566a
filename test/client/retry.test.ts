import { describe, expect, it } from "vitest";
import { ConnectionError, ProblemError } from "#client";
import { retryWaitMs } from "../../src/client/retry.ts";

const problem = (status: number, code: string, more: { retryAfterSec?: number } = {}) =>
  new ProblemError({ status, code, title: "No.", errors: [], replayed: false, ...more });

const ALMOST_ONE = 0.999_999;

describe("what is sent again", () => {
  it.each([
    [401, "nonce_replayed"],
    [409, "request_in_progress"],
    [429, "rate_limited"],
    [503, "provider_unavailable"],
    [504, "provider_timeout"],
    [503, "unexpected_response"],
  ])("%i %s", (status, code) => {
    expect(retryWaitMs(problem(status, code), 1, 0)).toBe(0);
  });

  it("a connection that failed", () => {
    expect(retryWaitMs(new ConnectionError("lost", { cause: null }), 1, 0)).toBe(0);
  });
});

describe("what is not sent again", () => {
  it.each([
    [400, "malformed_json"],
    [401, "signature_invalid"],
    [403, "payment_blocked"],
    [404, "payment_not_found"],
    [409, "state_conflict"],
    [409, "unexpected_response"],
    [422, "idempotency_key_reused"],
    [500, "internal_error"],
    [502, "provider_rejected"],
    [302, "unexpected_response"],
    [200, "unexpected_response"],
  ])("%i %s", (status, code) => {
    expect(retryWaitMs(problem(status, code), 1, 0)).toBeUndefined();
  });

  it("IDM-4: a stored refusal, which this key can only bring again", () => {
    const stored = new ProblemError({
      status: 503,
      code: "provider_unavailable",
      title: "No.",
      errors: [],
      replayed: true,
    });
    expect(retryWaitMs(stored, 1, 0)).toBeUndefined();
  });

  it("what may only be repeated after more than a rate-limit window", () => {
    expect(retryWaitMs(problem(429, "rate_limited", { retryAfterSec: 11 }), 1, 0)).toBeUndefined();
  });
});

describe("how long it waits", () => {
  it.each([
    [1, 249],
    [2, 499],
    [3, 999],
    [5, 3999],
    [10, 3999],
  ])("full jitter after %i failures: 0 to %i ms", (failedTries, maxMs) => {
    const lost = new ConnectionError("lost", { cause: null });
    expect(retryWaitMs(lost, failedTries, 0)).toBe(0);
    expect(retryWaitMs(lost, failedTries, ALMOST_ONE)).toBe(maxMs);
  });

  it("never shorter than Retry-After", () => {
    const limited = problem(429, "rate_limited", { retryAfterSec: 10 });
    expect(retryWaitMs(limited, 1, 0)).toBe(10_000);
    expect(retryWaitMs(limited, 1, ALMOST_ONE)).toBe(10_249);
  });
});
