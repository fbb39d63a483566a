import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { appWith } from "../../support/app.ts";
import { freshId, type TestCall } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { callAsPromised } from "../as-promised.ts";
import { expectProblem } from "../problem-shape.ts";

const PATH = "/api/payments/security-test";
const ROUTE = `${PATH}/:runId`;
// Keys of their own: the limit of these calls is for each key.
const begin = (key: TestCall["key"] = TEST_KEYS.alphaNext) =>
  callAsPromised(PATH, { method: "POST", path: PATH, key });
const read = (runId: string, key: TestCall["key"] = TEST_KEYS.alphaNext) =>
  callAsPromised(ROUTE, { path: `${PATH}/${runId}`, key });

afterEach(() => {
  vi.restoreAllMocks();
  world.renew();
});

describe("POST and GET /api/payments/security-test", () => {
  it("api.md 7: 202 at once; the run attacks the Worker's own entry, and a sound gateway passes", async () => {
    world.selfTestPorts = (ports) => ({
      ...ports,
      token: async () => ({ ok: true, detail: "fresh" }),
    });
    const begun = await begin();
    expect(begun.status).toBe(202);
    const runId = String(begun.json["runId"]);
    await vi.waitUntil(
      async () => (await env.SELF_TESTS.getByName("alpha").run(runId))?.state !== "running",
      { timeout: 20_000, interval: 20 },
    );
    const { json } = await read(runId);
    expect(json["tests"]).not.toContainEqual(expect.objectContaining({ ok: false }));
    expect(json).toMatchObject({ runId, state: "passed", startedAt: expect.any(Number) });
    expect(JSON.stringify(json)).not.toMatch(/secret-of|hookPassword|99999|4111/);
    expectProblem(await read(runId, TEST_KEYS.beta), "self_test_not_found");
    const keys = await env.VAULTS.getByName("alpha").listKeys();
    const made = keys.filter(({ name }) => name === "self-test");
    expect(made).toHaveLength(2);
    expect(made.every(({ revokedAtMs }) => revokedAtMs !== null)).toBe(true);
  });

  it("PCI-10.2.1.2: who began it stands in the audit log", async () => {
    world.selfTestPorts = () => {
      throw new Error("not now");
    };
    vi.spyOn(console, "error").mockImplementation(() => {});
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { json } = await begin(TEST_KEYS.beta);
    const { entries } = await env.AUDITS.getByName("beta").search(
      {
        fromMs: 0,
        toMs: Number.MAX_SAFE_INTEGER,
        action: "self_test.started",
        object: String(json["runId"]),
        limit: 1,
        before: null,
      },
      { keyId: "ak_beta", requestId: "req_test", address: null },
    );
    expect(JSON.parse(entries[0]?.eventJson ?? "")).toMatchObject({
      actor: { type: "api_key", id: "ak_beta" },
    });
  });

  it("an unknown run is not found, whatever its id looks like", async () => {
    expectProblem(await read(`run_${"a".repeat(22)}`), "self_test_not_found");
    expectProblem(await read(freshId()), "self_test_not_found");
  });

  it("SCP: starting needs security:write, reading security:read", async () => {
    expectProblem(await begin(TEST_KEYS.alphaReader), "scope_missing");
    expectProblem(await read(`run_${"a".repeat(22)}`, TEST_KEYS.alphaReader), "scope_missing");
  });

  it("without its object a caller is asked to repeat", async () => {
    const nobody = { getByName: () => ({ begin: () => Promise.reject(new Error("away")) }) };
    const broken: Record<string, unknown> = { SELF_TESTS: nobody };
    const app = appWith([], { bindings: broken });
    const answer = await app.call({ method: "POST", path: PATH, key: TEST_KEYS.gamma });
    expectProblem(answer, "admission_unavailable");
  });
});
