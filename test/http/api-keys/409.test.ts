import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { ApiKeyOrder } from "../../../src/vault/api-key-record.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { expectProblem } from "../problem-shape.ts";
import { create, LET_IN, newKey, pairOf, revoke, rotate, told } from "./keys.ts";

describe("API keys 409", () => {
  it("api.md 1: a revoked key has no successor", async () => {
    const { keyId } = await newKey();
    await revoke(keyId);
    expectProblem(await rotate(keyId), "state_conflict");
    expectProblem(await rotate("ak_alpha_revoked"), "state_conflict");
  });

  it("I12: a key that was rotated has one successor, also when asked for twice at once", async () => {
    const { keyId } = await newKey();
    const both = await Promise.all([rotate(keyId), rotate(keyId)]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([201, 409]));
    for (const answer of both.filter(({ status }) => status === 409)) {
      expectProblem(answer, "state_conflict");
    }
    for (const answer of both.filter(({ status }) => status === 201)) {
      expect(await told(pairOf(answer))).toBe(LET_IN);
    }
    expectProblem(await rotate(keyId), "state_conflict");
  });

  it("api.md 1: no more than 100 living keys; revoking one makes room", async () => {
    const order: ApiKeyOrder = {
      name: null,
      scopes: ["payments:read"],
      tier: "standard",
      allowIps: null,
      expiresAtMs: null,
      rotateEveryDays: 90,
    };
    const by = { keyId: "ak_beta", requestId: "req_test", address: null };
    const key = TEST_KEYS.beta;
    const beta = env.VAULTS.getByName("beta");
    const last = pairOf(await create({}, { key }));
    for (let at = 0; at < 98; at += 1) await beta.createKey(order, by);
    expectProblem(await create({}, { key }), "state_conflict");
    await revoke(last.keyId, { key });
    expect((await create({}, { key })).status).toBe(201);
  });
});
