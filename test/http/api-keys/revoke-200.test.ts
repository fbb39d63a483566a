import { afterEach, describe, expect, it } from "vitest";
import { DAY_MS } from "#base";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { LET_IN, newKey, pairOf, revoke, rotate, told } from "./keys.ts";

afterEach(() => {
  world.renew();
});

describe("POST /api/payments/api-keys/{id}/revoke 200", () => {
  it("I11: refused from the next admission on, in an isolate that remembers the key", async () => {
    const key = await newKey();
    expect(await told(key)).toBe(LET_IN);
    const answer = await revoke(key.keyId);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      id: key.keyId,
      revoked: true,
      revokedAt: expect.any(Number),
    });
    expect(await told(key)).toBe("key_revoked");
    world.offsetMs = 2 * DAY_MS;
    expect(await told(key)).toBe("key_revoked");
  });

  it("I11: no request that starts after the answer is admitted", async () => {
    const key = await newKey();
    const before = Array.from({ length: 20 }, () => told(key));
    await revoke(key.keyId);
    const after = await Promise.all(Array.from({ length: 20 }, () => told(key)));
    expect(new Set(after)).toEqual(new Set(["key_revoked"]));
    await Promise.all(before);
  });

  it("api.md 1: repeating it tells the same", async () => {
    const key = await newKey();
    const first = await revoke(key.keyId);
    expect((await revoke(key.keyId)).text).toBe(first.text);
  });

  it("I11: during its overlap the old key is revoked alone", async () => {
    const old = await newKey();
    const next = pairOf(await rotate(old.keyId));
    await revoke(old.keyId);
    expect([await told(old), await told(next)]).toEqual(["key_revoked", LET_IN]);
  });

  it("api.md 1: a key may end itself", async () => {
    const key = await newKey({ scopes: ["admin", "payments:read"] });
    expect((await revoke(key.keyId, { key })).status).toBe(200);
    expect(await told(key)).toBe("key_revoked");
  });

  it("api.md 1: a key of the configuration too, and one that is revoked there", async () => {
    expect(await told(TEST_KEYS.alphaReader)).toBe(LET_IN);
    expect((await revoke("ak_alpha_reader")).status).toBe(200);
    expect(await told(TEST_KEYS.alphaReader)).toBe("key_revoked");
    expect(await told(TEST_KEYS.alphaRevoked)).toBe("key_revoked");
    expect((await revoke("ak_alpha_revoked")).status).toBe(200);
    expect(await told(TEST_KEYS.alphaRevoked)).toBe("key_revoked");
  });
});
