import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { version } from "../../../package.json";
import { breakerLines } from "../../../src/wiring/breakers.ts";
import { BASE, call, send } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { seen } from "../payments.ts";
import { expectCommonHeaders, expectProblem } from "../problem-shape.ts";

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

/** PhonePe as `fetch` sees it: a token, and then whatever the test says. */
let provider: () => Response;
const PATH = "/api/payments/health";
const TOKEN = {
  access_token: "health-token",
  token_type: "O-Bearer",
  issued_at: Math.floor(Date.now() / 1_000),
  expires_at: Math.floor(Date.now() / 1_000) + 3_600,
};
const notFound = () => Response.json({ code: "ORDER_NOT_FOUND" }, { status: 404 });
const idsOf = (checks: unknown, ok: boolean) =>
  (Array.isArray(checks) ? checks : [])
    .filter((check: { ok: boolean }) => check.ok === ok)
    .map((check: { id: string }) => check.id);

describe("GET /api/payments/health, signed", () => {
  beforeEach(() => {
    provider = notFound;
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input) =>
      typeof input === "string" && input.includes("/oauth/") ? Response.json(TOKEN) : provider(),
    );
  });

  afterEach(() => {
    vi.restoreAllMocks();
    breakerLines.clear();
  });

  it("api.md 7: with security:read it looks at what payments depend on", async () => {
    const answer = await call({ path: PATH });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ status: "ok", version });
    expect(idsOf(answer.json["checks"], true)).toEqual([
      "provider:phonepe",
      "breaker:phonepe",
      "token:phonepe",
      "kv",
      "durable_objects",
      "audit",
      "backup",
    ]);
    expect(answer.text).not.toContain("health-token");
  });

  it("api.md 7: a key without security:read learns what everybody learns", async () => {
    const answer = await call({ path: PATH, key: TEST_KEYS.alphaReader });
    expect(answer.json).toEqual({ status: "ok", version });
  });

  it("api.md 1: a signature that is there must be right", async () => {
    const wrong = { keyId: TEST_KEYS.alpha.keyId, secret: "not-the-secret" };
    expectProblem(await call({ path: PATH, key: wrong }), "signature_invalid", PATH);
    const half = new Request(`${BASE}${PATH}`, { headers: { signature: "sig1=:AAAA:" } });
    expect((await send(half)).status).toBe(401);
  });

  it("design.md 5: an open breaker is seen here, unsigned as well", async () => {
    provider = () => new Response("", { status: 503 });
    await call({ path: PATH });
    const broken = await call({ path: PATH });
    expect(broken.json["status"]).toBe("degraded");
    expect(idsOf(broken.json["checks"], false)).toContain("provider:phonepe");
    const open = await call({ path: PATH });
    expect(idsOf(open.json["checks"], false)).toContain("breaker:phonepe");
    expect(open.text).toContain("order_status open");
    const everybody = await send(new Request(URL_OF_HEALTH));
    expect(everybody.status).toBe(200);
    expect(everybody.json).toEqual({ status: "degraded", version });
  });
});
