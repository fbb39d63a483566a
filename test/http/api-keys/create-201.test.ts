import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DAY_MS, HOUR_MS } from "#base";
import { call, initiateBody } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { INITIATE } from "../payments.ts";
import { expectCommonHeaders } from "../problem-shape.ts";
import { create, LET_IN, newKey, pairOf, told } from "./keys.ts";

const DEFAULTS = {
  id: expect.stringMatching(/^ak_[A-Za-z0-9_-]{12}_alpha$/),
  secret: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
  name: null,
  scopes: ["payments:write", "payments:read", "refunds:write"],
  tier: "enterprise",
  allowIps: null,
  state: "active",
  createdAt: expect.any(Number),
  expiresAt: null,
  rotateAt: expect.any(Number),
  predecessor: null,
};

afterEach(() => {
  world.renew();
  vi.restoreAllMocks();
});

describe("POST /api/payments/api-keys 201", () => {
  it.each([
    ["no body", undefined],
    ["an empty object", {}],
  ])("api.md 1: %s makes a shop's key of the maker's tier, due in 90 days", async (_, body) => {
    const answer = await create(body);
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual(DEFAULTS);
    const { createdAt, rotateAt } = answer.json;
    expect(Number(rotateAt) - Number(createdAt)).toBe(90 * DAY_MS);
    expectCommonHeaders(answer);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it("api.md 1: it is as it was ordered", async () => {
    const expiresAt = Date.now() + 30 * DAY_MS;
    const order = {
      name: "till 7 ₹",
      scopes: ["payments:read"],
      tier: "plus",
      allowIps: ["192.0.2.0/24", "2001:db8::/32"],
      expiresAt,
    };
    const answer = await create({ ...order, rotateEveryDays: 7 });
    expect(answer.json).toEqual({ ...DEFAULTS, ...order });
    const { createdAt, rotateAt } = answer.json;
    expect(Number(rotateAt) - Number(createdAt)).toBe(7 * DAY_MS);
  });

  it("api.md 1: a scope that is named twice is one", async () => {
    const answer = await create({ scopes: ["admin", "payments:read", "admin"] });
    expect(answer.json["scopes"]).toEqual(["admin", "payments:read"]);
  });

  it("I12: it signs at once", async () => {
    const key = await newKey();
    const answer = await call({ path: INITIATE, body: initiateBody(), key });
    expect(answer.status).toBe(201);
    expect(answer.json["security"]).toMatchObject({ keyId: key.keyId });
  });

  it("api.md 1: it has its scopes and no others", async () => {
    const key = await newKey({ scopes: ["payments:read"] });
    expect(await told(key)).toBe(LET_IN);
    expect((await call({ path: INITIATE, body: initiateBody(), key })).json["code"]).toBe(
      "scope_missing",
    );
    expect((await create(undefined, { key })).json["code"]).toBe("scope_missing");
  });

  it("api.md 4: it has its tier's limits", async () => {
    const key = await newKey({ tier: "standard" });
    const answer = await call({ path: "/api/payments/status/none", key });
    expect(answer.headers.get("ratelimit-policy")).toContain("q=100");
  });

  it("api.md 4: it is good from its networks alone", async () => {
    const key = await newKey({ allowIps: ["192.0.2.0/24"] });
    const from = (address: string) => told(key, { moreHeaders: { "cf-connecting-ip": address } });
    expect(await from("192.0.2.77")).toBe(LET_IN);
    expect(await from("198.51.100.1")).toBe("ip_not_allowed");
    expect(await told(key)).toBe("ip_not_allowed");
  });

  it("api.md 1: it ends by itself", async () => {
    const key = await newKey({ expiresAt: Date.now() + HOUR_MS });
    expect(await told(key)).toBe(LET_IN);
    world.offsetMs = HOUR_MS;
    expect(await told(key)).toBe("key_revoked");
  });

  it("api.md 1: a key with another's secret, or none of ours, is no key", async () => {
    const [one, two] = [await newKey(), await newKey()];
    expect(await told({ ...one, secret: two.secret })).toBe("signature_invalid");
    expect(await told({ ...one, keyId: one.keyId.replace("_alpha", "_beta") })).toBe("key_unknown");
    expect(await told({ ...one, keyId: "ak_AAAAAAAAAAAA_alpha" })).toBe("key_unknown");
  });

  it("api.md 1: it works for the merchant that made it", async () => {
    const theirs = pairOf(await create({}, { key: TEST_KEYS.beta }));
    expect(theirs.keyId).toMatch(/_beta$/);
    const id = String(initiateBody()["merchantOrderId"]);
    await call({ path: INITIATE, body: initiateBody({ merchantOrderId: id }) });
    const answer = await call({ path: `/api/payments/status/${id}`, key: theirs });
    expect(answer.json["code"]).toBe("payment_not_found");
  });

  it("I10: no log holds a secret", async () => {
    const levels = ["log", "info", "warn", "error"] as const;
    const spies = levels.map((level) => vi.spyOn(console, level).mockReturnValue());
    vi.spyOn(env.TOKENS, "put").mockRejectedValue(new Error("KV is down"));
    const { secret } = await newKey();
    const logged = spies.flatMap(({ mock }) => mock.calls.flat()).join("\n");
    expect(logged).toContain("copy of the snapshot not written");
    expect(logged).not.toContain(secret);
  });
});
