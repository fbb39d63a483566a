import { afterEach, describe, expect, it, vi } from "vitest";
import { merchantIdSchema } from "#base";
import { env } from "cloudflare:workers";
import { notifierPorts } from "../../../src/wiring/events.ts";
import { BASE, call, initiateBody, send } from "../../support/call.ts";
import { TEST_KEYS, TEST_ORIGINS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { INITIATE, statusOf } from "../payments.ts";
import { change, getConfig, putConfig, putCredential } from "../settings.ts";

const ALPHA = merchantIdSchema.parse("alpha");
const FULL = {
  notifyUrl: "https://shop.example/hook",
  origins: ["https://new.example"],
  allowIps: ["192.0.2.0/24", "2001:db8::/32"],
  routing: {
    bands: [{ fromPaisa: 100, toPaisa: 500, provider: "razorpay" }],
    weights: { phonepe: 1 },
    primary: "phonepe",
    failover: false,
  },
  limits: { read: { quota: 5, windowSec: 10 } },
  requireEncryption: false,
  risk: { mode: "off", blockCustomers: ["cust_1"] },
};
const HERE = { moreHeaders: { "cf-connecting-ip": "192.0.2.7" } };

afterEach(() => {
  world.renew();
  vi.restoreAllMocks();
});

describe("PUT /api/admin/config/{merchantId} 200", () => {
  it("design.md 9: all that may be set is shown as it was set, with who, when and why", async () => {
    const key = TEST_KEYS.beta;
    const body = { config: FULL, reason: "all of it", expectedVersion: 0 };
    const answer = await putConfig("beta", body, { key, ...HERE });
    expect(answer.json).toEqual({
      merchantId: "beta",
      version: 1,
      source: "vault",
      changedAt: expect.any(Number),
      changedBy: "ak_beta",
      reason: "all of it",
      rolledBackTo: null,
      config: FULL,
    });
    expect((await getConfig("beta", { key, ...HERE })).json).toEqual(answer.json);
  });

  it("design.md 9: what is left out has its default, whatever stood there", async () => {
    const answer = await change("alpha", {});
    expect(answer.json["config"]).toEqual({
      origins: [],
      limits: {},
      requireEncryption: false,
      risk: { mode: "shadow", blockCustomers: [] },
    });
  });

  it("design.md 9: what is read can be sent back", async () => {
    const key = TEST_KEYS.deltaBig;
    const { config } = (await getConfig("delta", { key })).json;
    const body = { config, reason: "as it was", expectedVersion: 0 };
    const answer = await putConfig("delta", body, { key });
    expect(answer.json).toMatchObject({ version: 1, config });
  });

  it("design.md 9: here it counts with the next call: addresses, encryption, risk, limits", async () => {
    const initiate = () => call({ path: INITIATE, body: initiateBody(), ...HERE });
    expect((await initiate()).status).toBe(201);
    await change("alpha", { allowIps: ["203.0.113.0/24"] });
    expect((await initiate()).json["code"]).toBe("ip_not_allowed");
    const there = { moreHeaders: { "cf-connecting-ip": "203.0.113.9" } };
    await change("alpha", { limits: { read: { quota: 7, windowSec: 10 } } }, there);
    const read = await call({ path: "/api/payments/status/none" });
    expect(read.headers.get("ratelimit-policy")).toContain("q=7");
    const blocked = initiateBody({ customer: { id: "cust_9" } });
    await change("alpha", { risk: { mode: "enforce", blockCustomers: ["cust_9"] } });
    expect((await call({ path: INITIATE, body: blocked })).json["code"]).toBe("payment_blocked");
  });

  it("HDR-4: an origin counts for a preflight as well", async () => {
    const origin = "https://later.example";
    const preflight = () =>
      send(
        new Request(`${BASE}${INITIATE}`, {
          method: "OPTIONS",
          headers: { origin, "access-control-request-method": "POST" },
        }),
      );
    expect((await preflight()).status).toBe(405);
    await change("alpha", { origins: [origin] });
    expect((await preflight()).status).toBe(204);
    await change("alpha", { origins: [TEST_ORIGINS.alpha] });
    expect((await preflight()).status).toBe(405);
  });

  it("api.md 6: notifications go where the newest version says, signed with the newest secret first", async () => {
    const secrets = [1, 2].map((byte) => `whsec_${btoa(String.fromCharCode(byte).repeat(32))}`);
    await change("alpha", { notifyUrl: "https://new.example/hook" });
    for (const secret of secrets) {
      await putCredential("alpha/notifications", { value: { secret }, reason: "test" });
    }
    expect(await notifierPorts(env).endpointOf(ALPHA)).toEqual({
      url: "https://new.example/hook",
      secrets: secrets.toReversed(),
    });
  });

  it("design.md 9: a payment shows the version that it was made under, for good", async () => {
    const { version } = (await change("alpha", {})).json;
    const body = initiateBody();
    const made = await call({ path: INITIATE, body });
    expect(made.json["security"]).toMatchObject({ configVersion: version });
    await change("alpha", { origins: [TEST_ORIGINS.alpha] });
    const id = String(body["merchantOrderId"]);
    expect((await statusOf(id)).json["security"]).toMatchObject({ configVersion: version });
  });

  it("PCI-10.2.1: the audit log has who changed which places, and no value", async () => {
    await change("alpha", {});
    world.audited.length = 0;
    const there = { key: TEST_KEYS.alphaNext, ...HERE };
    const answer = await change("alpha", { notifyUrl: "https://audit.example/hook" }, there);
    expect(world.audited).toEqual([
      {
        id: expect.stringMatching(/^evt_/),
        atMs: answer.json["changedAt"],
        actor: { type: "api_key", id: "ak_alpha_next" },
        action: "config.changed",
        object: { type: "config", id: "alpha" },
        outcome: "success",
        requestId: answer.headers.get("x-request-id"),
        address: "192.0.2.7",
        details: { version: answer.json["version"], reason: "test", changed: ["/notifyUrl"] },
      },
    ]);
    expect(JSON.stringify(world.audited)).not.toContain("audit.example");
  });
});
