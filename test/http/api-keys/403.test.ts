import { describe, expect, it } from "vitest";
import { TEST_KEYS } from "../../support/secrets.ts";
import { expectProblem } from "../problem-shape.ts";
import { create, list, newKey, revoke, rotate } from "./keys.ts";

describe("API keys 403", () => {
  const key = TEST_KEYS.alphaReader;

  it.each([
    ["making one", () => create({}, { key })],
    ["the list", () => list({ key })],
    ["rotating itself", () => rotate(key.keyId, {}, { key })],
    ["revoking itself", () => revoke(key.keyId, { key })],
    ["one that does not exist", () => revoke("ak_none", { key })],
  ])("api.md 1: %s takes the scope admin", async (_, ask) => {
    expectProblem(await ask(), "scope_missing");
    expect((await list()).text).not.toContain("ending");
  });

  it("api.md 1: every other scope together is not enough", async () => {
    const all = ["payments:write", "payments:read", "refunds:write"];
    const other = await newKey({ scopes: [...all, "security:read", "security:write"] });
    expectProblem(await create({}, { key: other }), "scope_missing");
  });
});
