import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HOUR_MS, MINUTE_MS } from "#base";
import { metricsText } from "#ops";
import { CHECK_WEIGHTS } from "../../../src/ops/checks/check.ts";
import { BASE, call, send } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { callAsPromised } from "../as-promised.ts";
import { expectCommonHeaders, expectProblem } from "../problem-shape.ts";
import { readMetrics } from "./prometheus.ts";

const STATUS = "/api/payments/security-status";
const METRICS = "/metrics";
const refusals = () => env.REFUSALS.getByName("deployment");
const status = () => callAsPromised(STATUS, { path: STATUS });

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json({}, { status: 503 }));
});
afterEach(() => {
  vi.restoreAllMocks();
  world.renew();
});

describe("GET /api/payments/security-status", () => {
  it("api.md 7: it has every field, and every check with its verdict", async () => {
    const answer = await status();
    expect(answer.status).toBe(200);
    expectCommonHeaders(answer);
    expect(Object.keys(answer.json)).toEqual([
      "security_score",
      "active_threats",
      "blocked_requests",
      "rate_limit_violations",
      "circuit_breaker_status",
      "token_rotation_status",
      "audit_log_compliance",
      "checks",
      "window",
    ]);
    const checks: unknown[] = Array.isArray(answer.json["checks"]) ? answer.json["checks"] : [];
    expect(checks).toHaveLength(Object.keys(CHECK_WEIGHTS).length);
  });

  it("api.md 7: what was refused within the hour is counted, and what is older is not", async () => {
    world.offsetMs = -2 * HOUR_MS;
    await refusals().add({ rate_limited: 1_000 });
    world.offsetMs = 0;
    const before = (await status()).json;
    await refusals().add({
      rate_limited: 7,
      signature_invalid: 12,
      nonce_replayed: 1,
      payment_not_found: 50,
    });
    const after = (await status()).json;
    const grown = (name: string) => Number(after[name]) - Number(before[name]);
    expect(grown("rate_limit_violations")).toBe(7);
    expect(after["rate_limit_violations"]).toBeLessThan(1_000);
    expect(grown("blocked_requests")).toBe(20);
    expect(grown("active_threats")).toBe(1);
  });

  it("api.md 7: the window is the last hour, from a full minute on", async () => {
    const window = JSON.parse(JSON.stringify((await status()).json["window"]));
    expect(window.from % MINUTE_MS).toBe(0);
    expect(window.to - window.from).toBeGreaterThanOrEqual(HOUR_MS);
    expect(window.to - window.from).toBeLessThan(HOUR_MS + MINUTE_MS);
  });

  it("a counter of refusals that does not answer: 503, and no figure is invented", async () => {
    vi.spyOn(env.REFUSALS, "getByName").mockImplementation(() => {
      throw new Error("away");
    });
    expectProblem(await status(), "admission_unavailable");
  });
});

describe.each([STATUS, METRICS])("GET %s", (path) => {
  it("api.md 1: it takes security:read", async () => {
    expectProblem(await call({ path, key: TEST_KEYS.alphaReader }), "scope_missing", path);
  });

  it("api.md 1: it is not for strangers", async () => {
    expectProblem(await send(new Request(BASE + path)), "signature_missing", path);
  });
});

describe("GET /metrics", () => {
  it("a scraper reads it: score, checks, breakers, what waits, and what was refused", async () => {
    await refusals().add({ rate_limited: 3 });
    const answer = await call({ path: METRICS });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expectCommonHeaders(answer);
    const { samples, types } = readMetrics(answer.text);
    expect(new Set(types.values())).toEqual(new Set(["gauge"]));
    const ids = samples.filter(({ name }) => name === "foolproof_check_ok");
    expect(ids.map(({ labels }) => labels["id"])).toEqual(Object.keys(CHECK_WEIGHTS));
    const refused = samples.find(({ labels }) => labels["code"] === "rate_limited");
    expect(refused?.value).toBeGreaterThanOrEqual(3);
    expect([...types.keys()]).toEqual([
      "foolproof_security_score",
      "foolproof_check_ok",
      "foolproof_refusals_last_hour",
      "foolproof_breaker_state",
      "foolproof_notifications_parked",
      "foolproof_webhook_silence_seconds",
      "foolproof_audit_unsealed_entries",
    ]);
  });

  it("a figure that nobody could find out is absent, and labels are escaped", () => {
    const text = metricsText({
      results: [],
      facts: { circuits: [{ provider: 'a"\\\nb', operation: "pay", state: "open" }] },
      refusals: {},
      window: { fromMs: 0, toMs: 1 },
    });
    const { samples, types } = readMetrics(text);
    expect([...types.keys()]).toEqual(["foolproof_security_score", "foolproof_breaker_state"]);
    expect(samples.at(-1)).toEqual({
      name: "foolproof_breaker_state",
      labels: { provider: 'a"\\\nb', operation: "pay" },
      value: 2,
    });
  });
});
