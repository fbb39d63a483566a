import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { DAY_MS } from "#base";
import { expectProblem, pointersOf } from "../problem-shape.ts";
import { create, newKey, rotate } from "./keys.ts";

/** Not asked over HTTP, which has its limits. */
const kept = async () => JSON.stringify(await env.VAULTS.getByName("alpha").listKeys());

/** One bad field each; all are told under their pointer. */
const BAD_ORDERS: readonly (readonly [string, unknown, string])[] = [
  ["an unknown field", { role: "admin" }, "/role"],
  ["a source of one's own", { source: "api" }, "/source"],
  ["an id of one's own", { id: "ak_mine" }, "/id"],
  ["an empty name", { name: "" }, "/name"],
  ["a long name", { name: "x".repeat(65) }, "/name"],
  ["a name that is none", { name: null }, "/name"],
  ["no scope", { scopes: [] }, "/scopes"],
  ["an unknown scope", { scopes: ["payments:read", "root"] }, "/scopes/1"],
  ["scopes as text", { scopes: "admin" }, "/scopes"],
  ["an unknown tier", { tier: "gold" }, "/tier"],
  ["no network", { allowIps: [] }, "/allowIps"],
  ["a bad network", { allowIps: ["192.0.2.0/24", "192.0.2.1/24"] }, "/allowIps/1"],
  ["too many networks", { allowIps: Array(65).fill("192.0.2.1/32") }, "/allowIps"],
  ["an end in the past", { expiresAt: Date.now() - 1 }, "/expiresAt"],
  ["an end in seconds", { expiresAt: Math.floor(Date.now() / 1_000) + 86_400 }, "/expiresAt"],
  ["half a millisecond", { expiresAt: Date.now() + DAY_MS + 0.5 }, "/expiresAt"],
  ["an end as text", { expiresAt: "2099-01-01" }, "/expiresAt"],
  ["no days", { rotateEveryDays: 0 }, "/rotateEveryDays"],
  ["more than a year", { rotateEveryDays: 366 }, "/rotateEveryDays"],
];

describe("API keys 422", () => {
  it.each(BAD_ORDERS)("api.md 4: %s makes no key", async (_, body, pointer) => {
    const before = await kept();
    const answer = await create(body);
    expectProblem(answer, "validation_failed");
    expect(pointersOf(answer)).toContain(pointer);
    expect(await kept()).toBe(before);
  });

  it.each([[[]], [null], ["x"], [1]])("api.md 4: %j is no order", async (body) => {
    expectProblem(await create(JSON.stringify(body)), "validation_failed");
  });

  it.each([0, 721, 1.5, "24", null, -1])(
    "api.md 4: an overlap of %j hours rotates nothing",
    async (overlapHours) => {
      const answer = await rotate("ak_alpha", { overlapHours });
      expectProblem(answer, "validation_failed");
      expect(pointersOf(answer)).toEqual(["/overlapHours"]);
    },
  );

  it("api.md 4: an unknown field of a rotation is refused", async () => {
    const { keyId } = await newKey();
    const answer = await rotate(keyId, { overlapHours: 24, scopes: ["admin"] });
    expectProblem(answer, "validation_failed");
    expect(pointersOf(answer)).toEqual(["/scopes"]);
    expect(await kept()).not.toContain(`"predecessor":"${keyId}"`);
  });
});
