import { describe, expect, it } from "vitest";
import { version } from "../../../package.json";
import { BASE, send } from "../../support/call.ts";
import { seen } from "../payments.ts";
import { expectCommonHeaders } from "../problem-shape.ts";

const URL_OF_HEALTH = `${BASE}/api/payments/health`;

describe("GET /api/payments/health", () => {
  it("api.md 7: answers unsigned, with status and version and nothing else", async () => {
    const before = seen();
    const answer = await send(new Request(URL_OF_HEALTH));
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ status: "ok", version });
    expectCommonHeaders(answer);
    expect(seen()).toEqual(before);
  });

  it("HDR-6: HEAD gives the same headers and no body", async () => {
    const answer = await send(new Request(URL_OF_HEALTH, { method: "HEAD" }));
    expect(answer.status).toBe(200);
    expect(answer.text).toBe("");
    expectCommonHeaders(answer);
  });
});
