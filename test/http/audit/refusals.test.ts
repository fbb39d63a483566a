import { describe, expect, it } from "vitest";
import { appWith } from "../../support/app.ts";
import { call } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { expectProblem, pointersOf } from "../problem-shape.ts";

const PATH = "/api/payments/audit";

/** An audit object that does not answer. */
const away: ProxyHandler<object> = { get: () => () => Promise.reject(new Error("away")) };

describe("GET /api/payments/audit, refused", () => {
  it.each([PATH, `${PATH}/keys`])(
    "API-5: %s takes security:read and nothing less",
    async (path) => {
      expectProblem(await call({ path, key: TEST_KEYS.alphaReader }), "scope_missing", path);
    },
  );

  it.each([
    ["?limit=0", "/limit"],
    ["?limit=101", "/limit"],
    ["?limit=ten", "/limit"],
    ["?limit=5&limit=6", "/limit"],
    ["?from=-1", "/from"],
    ["?to=2026-11-24", "/to"],
    ["?action=everything", "/action"],
    ["?object=", "/object"],
    ["?cursor=0", "/cursor"],
    ["?cursor=1e3", "/cursor"],
    ["?merchant=beta", "/merchant"],
  ])("API-4: %s is refused, and says where", async (query, pointer) => {
    const answer = await call({ path: `${PATH}${query}` });
    expectProblem(answer, "validation_failed", PATH);
    expect(pointersOf(answer)).toEqual([pointer]);
  });

  it.each([PATH, `${PATH}/keys`])("D-19: %s is unavailable while the log is", async (path) => {
    const bindings: Record<string, unknown> = { AUDITS: { getByName: () => new Proxy({}, away) } };
    const app = appWith([], { bindings });
    const answer = await app.call({ path });
    expectProblem(answer, "admission_unavailable", path);
    expect(answer.headers.get("retry-after")).toBe("2");
  });
});
