import { describe, expect, it } from "vitest";
import { Problem, problemBody, type ProblemCode, PROBLEMS } from "#problems";

/** api.md 2, code by code; a new code does not build until it has a row here. */
const STATUS: Record<ProblemCode, number> = {
  malformed_json: 400,
  malformed_header: 400,
  jwe_invalid: 400,
  signature_missing: 401,
  signature_invalid: 401,
  signature_expired: 401,
  nonce_replayed: 401,
  digest_mismatch: 401,
  key_unknown: 401,
  key_revoked: 401,
  webhook_signature_invalid: 401,
  scope_missing: 403,
  ip_not_allowed: 403,
  payment_blocked: 403,
  payment_not_found: 404,
  refund_not_found: 404,
  api_key_not_found: 404,
  merchant_not_found: 404,
  config_version_not_found: 404,
  credential_not_found: 404,
  self_test_not_found: 404,
  route_not_found: 404,
  method_not_allowed: 405,
  request_in_progress: 409,
  state_conflict: 409,
  version_conflict: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  validation_failed: 422,
  idempotency_key_reused: 422,
  refund_exceeds_captured: 422,
  rate_limited: 429,
  internal_error: 500,
  provider_rejected: 502,
  admission_unavailable: 503,
  provider_unavailable: 503,
  provider_timeout: 504,
};

const PLACE = { baseUrl: "https://gateway.example", instance: "/a", requestId: "req_1" };
const parsed = (problem: Problem): unknown => JSON.parse(problemBody(problem, PLACE));

describe("PROBLEMS", () => {
  it.each(Object.entries(PROBLEMS))("api.md 2: %s has its status and a title", (code, row) => {
    expect(row.status).toBe(new Map(Object.entries(STATUS)).get(code));
    expect(row.title).toMatch(/^[A-Z].*\.$/);
    expect(code).toMatch(/^[a-z_]+$/);
  });

  it("PRB-2: no two codes share a title", () => {
    const titles = Object.values(PROBLEMS).map((row) => row.title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});

describe("problemBody", () => {
  it("PRB-2: has all members of RFC 9457 and ours, status as in HTTP", () => {
    expect(parsed(new Problem("state_conflict", { detail: "Why." }))).toEqual({
      type: "https://gateway.example/problems/state_conflict",
      title: PROBLEMS.state_conflict.title,
      status: 409,
      detail: "Why.",
      instance: "/a",
      code: "state_conflict",
      requestId: "req_1",
    });
  });

  it("PRB-3: what is for the log and what caused it stay out", () => {
    const cause = new Error("SECRET IN A CAUSE");
    const text = problemBody(new Problem("internal_error", { internal: "SECRET", cause }), PLACE);
    expect(text).not.toContain("SECRET");
  });

  it("PRB-4: errors stand only where there are some", () => {
    const errors = [{ pointer: "/amount", code: "too_small", detail: "at least 100" }];
    expect(parsed(new Problem("validation_failed", { errors }))).toMatchObject({ errors });
    expect(parsed(new Problem("validation_failed"))).not.toHaveProperty("errors");
  });

  it("IDM-4: a replayed refusal names the first request, byte for byte", () => {
    const problem = new Problem("provider_rejected", { firstRequestId: "req_0" });
    const later = { ...PLACE, requestId: "req_2" };
    expect(problemBody(problem, PLACE)).toBe(problemBody(problem, later));
    expect(parsed(problem)).toMatchObject({ requestId: "req_0" });
  });
});
