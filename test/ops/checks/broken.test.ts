import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#base";
import { residencyOn } from "#residency";
import type { Merchant } from "#vault";
import { CHECK_WEIGHTS, type CheckId } from "../../../src/ops/checks/check.ts";
import { breakerLines } from "../../../src/wiring/breakers.ts";
import { anEvent } from "../../audit/an-event.ts";
import { world } from "../../support/world.ts";
import { freshMerchant, type Instead, look, merchantOf } from "./world.ts";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
  breakerLines.clear();
  world.renew();
});

const away = () => {
  throw new Error("away");
};

/** Somebody's middleware in front of the door. */
const door = (change: (answer: Response) => Response) => async (request: Request) =>
  change(await exports.default.fetch(request));

const REPORT = {
  settings: {
    location: "Mumbai, India",
    endpoint: "https://s3.ap-south-1.amazonaws.com",
    region: "ap-south-1",
    bucket: "payments",
    accessKeyId: "access-key",
    secretAccessKey: "access-secret",
  },
  newestExport: null,
  overdue: { payments: 0, oldestAtMs: null },
  leftRecords: 0,
};

type Break = (merchant: Merchant) => Promise<Instead | void>;

/** How each is broken, at the thing that it looks at. The compiler asks for a row of every check. */
const BREAKS: Readonly<Record<Exclude<CheckId, "tokens_fresh">, Break>> = {
  async audit_chain({ id }) {
    await env.AUDITS.getByName(id).append([anEvent("a"), anEvent("b")]);
    await runInDurableObject(env.AUDITS.getByName(id), (_, { storage }) => {
      storage.sql.exec(`UPDATE entries SET line = replace(line, 'fp2', 'fp1') WHERE sequence = 2`);
    });
  },
  async audit_sealing({ id }) {
    await env.AUDITS.getByName(id).append([anEvent("a")]);
    world.offsetMs = 4 * HOUR_MS;
  },
  async keys_due() {
    world.offsetMs = 400 * DAY_MS;
  },
  async breakers_closed({ id }) {
    const tallies = { order_status: { calls: 50, failures: 50 } };
    await env.BREAKERS.getByName(`${id}/razorpay`).exchange({ tallies, probes: [] });
  },
  async backup_recent() {
    world.offsetMs = 4 * HOUR_MS;
  },
  async kv() {
    vi.spyOn(env.TOKENS, "get").mockImplementation(away);
  },
  async durable_objects() {
    vi.spyOn(env.LEDGERS, "getByName").mockImplementation(away);
  },
  async webhooks_heard({ id }) {
    await env.LEDGERS.getByName(id).noteEnd(false);
    world.offsetMs = HOUR_MS + MINUTE_MS;
  },
  async notifications_delivered({ id }) {
    await env.LEDGERS.getByName(id).park({
      merchantOrderId: "order-1",
      seq: 1,
      type: "payment.completed",
      reason: "expired",
    });
  },
  async masking() {
    return { ports: { maskEvent: (event) => event } };
  },
  async secure_headers() {
    const stripped = (answer: Response) => {
      const headers = new Headers(answer.headers);
      headers.delete("strict-transport-security");
      return new Response(answer.body, { status: answer.status, headers });
    };
    return { ports: { door: door(stripped) } };
  },
  async signatures_required() {
    const opened = ({ headers }: Response) => new Response("{}", { status: 200, headers });
    return { ports: { door: door(opened) } };
  },
  async key_ages({ id }) {
    const order = {
      name: null,
      scopes: ["payments:read" as const],
      tier: "standard" as const,
      allowIps: null,
      expiresAtMs: null,
      rotateEveryDays: 1,
    };
    await env.VAULTS.getByName(id).createKey(order, {
      keyId: "ak_admin",
      requestId: "req_admin",
      address: null,
    });
    world.offsetMs = 2 * DAY_MS;
  },
  async residency() {
    const report = async () => residencyOn({ ...REPORT, nowMs: world.nowMs() });
    return { deps: { residency: { report } } };
  },
  async risk_profiles() {
    vi.spyOn(env.PROFILES, "getByName").mockImplementation(away);
  },
};

/** A clock that is moved, and an object that is away, are seen by others too. */
const ALONE: ReadonlySet<string> = new Set([
  "audit_chain",
  "breakers_closed",
  "backup_recent",
  "kv",
  "webhooks_heard",
  "notifications_delivered",
  "masking",
  "secure_headers",
  "signatures_required",
  "residency",
  "risk_profiles",
]);

describe("security-status: every check can fail", () => {
  it("api.md 7: where nothing is broken the score is 100", async () => {
    const { status, score, failed } = await look(freshMerchant());
    expect(failed).toEqual([]);
    expect(score).toBe(100);
    expect(status.checks.map(({ id }) => id)).toEqual(Object.keys(CHECK_WEIGHTS));
    expect(status).toMatchObject({
      circuit_breaker_status: "healthy",
      token_rotation_status: "active",
      audit_log_compliance: "100%",
    });
  });

  it.each(Object.entries(BREAKS))("%s: broken, it fails and the score falls", async (id, harm) => {
    const merchant = freshMerchant();
    const before = await look(merchant);
    expect(before.failed).toEqual([]);
    const after = await look(merchant, (await harm(merchant)) ?? {});
    expect(after.failed.filter((one) => one === id || ALONE.has(id))).toEqual([id]);
    expect(after.score).toBeLessThan(before.score);
  });

  it("tokens_fresh: broken, it fails and the score falls", async () => {
    const nowSec = Math.floor(Date.now() / 1_000);
    const token = {
      access_token: "planted-token",
      token_type: "O-Bearer",
      issued_at: nowSec,
      expires_at: nowSec + 3_600,
    };
    const provider = vi
      .spyOn(globalThis, "fetch")
      .mockImplementation(async () => Response.json(token));
    const merchant = merchantOf("alpha");
    const before = await look(merchant);
    expect(before.failed).not.toContain("tokens_fresh");
    expect(before.status["token_rotation_status"]).toBe("active");
    provider.mockImplementation(async () => Response.json({}, { status: 401 }));
    const laterMs = Date.now() + 2 * HOUR_MS;
    vi.spyOn(Date, "now").mockImplementation(() => laterMs);
    const after = await look(merchant);
    expect(after.failed).toContain("tokens_fresh");
    expect(after.status["token_rotation_status"]).toBe("failed");
    expect(after.score).toBeLessThan(before.score);
    expect(JSON.stringify(after.status)).not.toContain("planted-token");
  });

  it("masking: a log line that shows what it was given fails it too", async () => {
    const logLine = (message: string, fields: object) => JSON.stringify({ message, ...fields });
    const { failed } = await look(freshMerchant(), { ports: { logLine } });
    expect(failed).toEqual(["masking"]);
  });

  it("audit_log_compliance: a broken entry and what follows it are not counted as verified", async () => {
    const merchant = freshMerchant();
    await BREAKS.audit_chain(merchant);
    const { status } = await look(merchant);
    // Three entries: the log's beginning holds.
    expect(status["audit_log_compliance"]).toBe("33%");
  });

  it("audit_log_compliance: a daily check that does not run vouches for nothing sealed", async () => {
    const merchant = freshMerchant();
    const log = env.AUDITS.getByName(merchant.id);
    await log.append([anEvent("a")]);
    world.offsetMs = HOUR_MS + MINUTE_MS;
    await runInDurableObject(log, (object) => object.alarm?.());
    expect(await log.standing()).toMatchObject({
      unsealed: 0,
      coverage: { known: 2, verified: 2 },
    });
    await log.daily();
    world.offsetMs += 3 * DAY_MS;
    expect(await log.standing()).toMatchObject({
      chain: { ok: false },
      coverage: { known: 2, verified: 0 },
    });
  });

  it("what the checks are refused is not counted as somebody's attack", async () => {
    const add = vi.spyOn(env.REFUSALS, "getByName");
    await look(freshMerchant());
    expect(add).toHaveBeenCalledTimes(1); // The question, and no report.
  });
});
