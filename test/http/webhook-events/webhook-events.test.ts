import { describe, expect, it } from "vitest";
import { call } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { expectCommonHeaders, expectProblem, pointersOf } from "../problem-shape.ts";

const PATH = "/api/payments/webhook-events";

describe("GET /api/payments/webhook-events", () => {
  it("api.md 5: gives a list of events, each unmatched", async () => {
    const answer = await call({ path: `${PATH}?matched=false`, key: TEST_KEYS.beta });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.json)).toContain("events");
    expect(answer.text).not.toContain('"matched":true');
    expectCommonHeaders(answer);
  });

  it.each(["", "?matched=true", "?matched=", "?matched=0"])(
    "api.md 5: %j asks for what it does not give",
    async (query) => {
      const answer = await call({ path: `${PATH}${query}` });
      expectProblem(answer, "validation_failed", PATH);
      expect(pointersOf(answer)).toEqual(["/matched"]);
    },
  );

  it("API-5: payments:read is not security:read", async () => {
    const answer = await call({ path: `${PATH}?matched=false`, key: TEST_KEYS.alphaReader });
    expectProblem(answer, "scope_missing", PATH);
  });
});
