import { afterEach, describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#base";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { type KeyPair, LET_IN, newKey, pairOf, rotate, told } from "./keys.ts";

afterEach(() => {
  world.renew();
});

const toldBoth = async (old: KeyPair, next: KeyPair) => [await told(old), await told(next)];

describe("POST /api/payments/api-keys/{id}/rotate 201", () => {
  it("api.md 1: both work for 24 hours, then the new one alone", async () => {
    const old = await newKey({ name: "shop", scopes: ["payments:read"], tier: "plus" });
    const answer = await rotate(old.keyId);
    const next = pairOf(answer);
    expect(answer.json).toMatchObject({
      name: "shop",
      scopes: ["payments:read"],
      tier: "plus",
      predecessor: old.keyId,
    });
    const { createdAt, predecessorEndsAt } = answer.json;
    expect(Number(predecessorEndsAt) - Number(createdAt)).toBe(DAY_MS);
    expect(await toldBoth(old, next)).toEqual([LET_IN, LET_IN]);
    world.offsetMs = DAY_MS - MINUTE_MS;
    expect(await toldBoth(old, next)).toEqual([LET_IN, LET_IN]);
    world.offsetMs = DAY_MS;
    expect(await toldBoth(old, next)).toEqual(["key_revoked", LET_IN]);
  });

  it("api.md 1: the overlap is as long as was asked for", async () => {
    const old = await newKey();
    const next = pairOf(await rotate(old.keyId, { overlapHours: 1 }));
    world.offsetMs = HOUR_MS;
    expect(await toldBoth(old, next)).toEqual(["key_revoked", LET_IN]);
  });

  it("PCI-8.6.3: a key of the configuration has a successor too", async () => {
    const next = pairOf(await rotate("ak_alpha_reader", {}));
    expect(await toldBoth(TEST_KEYS.alphaReader, next)).toEqual([LET_IN, LET_IN]);
    world.offsetMs = DAY_MS;
    expect(await toldBoth(TEST_KEYS.alphaReader, next)).toEqual(["key_revoked", LET_IN]);
  });

  it("PCI-8.6.3: a key rotates itself", async () => {
    const old = await newKey({ scopes: ["admin", "payments:read"] });
    const next = pairOf(await rotate(old.keyId, undefined, { key: old }));
    expect(await toldBoth(old, next)).toEqual([LET_IN, LET_IN]);
  });

  it("I12: of 200 requests while keys are being rotated none fails", async () => {
    const old = await newKey();
    const answers: Promise<unknown>[] = [];
    const load = (key: KeyPair) => {
      for (let at = 0; at < 50; at += 1) answers.push(told(key));
    };
    load(old);
    const rotating = rotate(old.keyId);
    load(old);
    const next = pairOf(await rotating);
    load(old);
    load(next);
    expect(new Set(await Promise.all(answers))).toEqual(new Set([LET_IN]));
    expect(answers).toHaveLength(200);
  });
});
