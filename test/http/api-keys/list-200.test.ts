import { describe, expect, it } from "vitest";
import { TEST_BOOTSTRAP, TEST_KEYS } from "../../support/secrets.ts";
import { list, listed, newKey, pairOf, revoke, rotate } from "./keys.ts";

describe("GET /api/payments/api-keys 200", () => {
  it("api.md 1: those of the configuration and those that were made, with their states", async () => {
    const [made, old] = [await newKey({ name: "shop" }), await newKey()];
    const next = pairOf(await rotate(old.keyId));
    expect(await listed("ak_alpha")).toEqual({
      id: "ak_alpha",
      name: null,
      scopes: expect.arrayContaining(["admin"]),
      tier: "enterprise",
      allowIps: null,
      state: "active",
      source: "configuration",
      createdAt: null,
      expiresAt: null,
      rotateAt: null,
      endsAt: null,
      predecessor: null,
      successor: null,
    });
    expect(await listed("ak_alpha_revoked")).toMatchObject({ state: "revoked" });
    expect(await listed(made.keyId)).toMatchObject({ name: "shop", source: "api", endsAt: null });
    expect(await listed(old.keyId)).toMatchObject({ state: "ending", successor: next.keyId });
    expect(await listed(next.keyId)).toMatchObject({ state: "active", predecessor: old.keyId });
    await revoke(old.keyId);
    expect(await listed(old.keyId)).toMatchObject({
      state: "revoked",
      endsAt: expect.any(Number),
    });
  });

  it("I10: no secret is in it, of none of them", async () => {
    const made = await newKey();
    const { text } = await list();
    expect(text).toContain(made.keyId);
    expect(text).not.toContain(made.secret);
    for (const { secret } of Object.values(TEST_KEYS)) {
      expect(TEST_BOOTSTRAP).toContain(secret);
      expect(text).not.toContain(secret);
    }
    expect(text).not.toMatch(/secret|sealed|fp[12]\./);
  });

  it("api.md 1: a merchant sees its own", async () => {
    await newKey();
    const { text } = await list({ key: TEST_KEYS.beta });
    expect(text).toContain('"ak_beta"');
    expect(text).not.toContain("alpha");
  });
});
