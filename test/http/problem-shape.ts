import { expect } from "vitest";
import { SECURE_HEADERS } from "#door";
import { type ProblemCode, PROBLEMS } from "#problems";
import { BASE, type TestAnswer } from "../support/call.ts";
import secureHeaders from "../vectors/secure-headers.json" with { type: "json" };

const NEVER = secureHeaders.remove.map((name) => name.toLowerCase());

/** Every answer of any status (HDR-1, HDR-3, HDR-6, api.md 2). */
export function expectCommonHeaders(answer: TestAnswer): void {
  for (const [name, value] of Object.entries(SECURE_HEADERS)) {
    expect([name, answer.headers.get(name)]).toEqual([name, value]);
  }
  expect(answer.headers.get("x-request-id")).toMatch(/^req_[A-Za-z0-9_-]{22}$/);
  expect([...answer.headers.keys()].filter((name) => NEVER.includes(name))).toEqual([]);
  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
}

/** A problem document with all its members, the right status and nothing that is not ours to tell (api.md 2). */
export function expectProblem(answer: TestAnswer, code: ProblemCode, path?: string): void {
  const { status, title } = PROBLEMS[code];
  expect({ code: answer.json["code"], status: answer.status }).toEqual({ code, status });
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.json).toMatchObject({
    type: `${BASE}/problems/${code}`,
    title,
    status,
    detail: expect.stringMatching(/./),
    instance: path ?? expect.stringMatching(/^\//),
    requestId: expect.stringMatching(/^req_/),
  });
  const known = ["type", "title", "status", "detail", "instance", "code", "requestId"];
  const members = code === "validation_failed" ? ["errors"] : [];
  expect(Object.keys(answer.json).filter((name) => !known.includes(name))).toEqual(
    "errors" in answer.json ? members : [],
  );
  if (answer.headers.get("idempotency-replayed") === null) {
    expect(answer.headers.get("x-request-id")).toBe(answer.json["requestId"]);
  }
  expect(answer.text).not.toMatch(
    /secret|hookPassword|\bat .*\.ts|node_modules|SqlError|ZodError/i,
  );
  expectCommonHeaders(answer);
}

/** The pointers of `validation_failed`, each with a code and words. */
export function pointersOf(answer: TestAnswer): unknown[] {
  const { errors } = answer.json;
  if (!Array.isArray(errors)) return [];
  return errors.map((error: unknown) => {
    expect(error).toEqual({
      pointer: expect.any(String),
      code: expect.stringMatching(/^[a-z_]+$/),
      detail: expect.stringMatching(/./),
    });
    return typeof error === "object" && error !== null && "pointer" in error ? error.pointer : "";
  });
}
