import { afterEach, describe, expect, it } from "vitest";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { expectProblem } from "../problem-shape.ts";
import {
  getConfig,
  getHistory,
  listCredentials,
  phonepeValue,
  putConfig,
  putCredential,
  rollBack,
} from "../settings.ts";

const reader = { key: TEST_KEYS.alphaReader };
const VERSION = { reason: "r", expectedVersion: 0 };

afterEach(() => world.renew());

describe("settings 403", () => {
  it.each([
    ["read", () => getConfig("alpha", reader)],
    ["history", () => getHistory("alpha", reader)],
    ["put", () => putConfig("alpha", { config: {}, ...VERSION }, reader)],
    ["rollback", () => rollBack("alpha", { toVersion: 0, ...VERSION }, reader)],
    ["list credentials", () => listCredentials("alpha", reader)],
    [
      "set a credential",
      () => putCredential("alpha/phonepe", { value: phonepeValue("x"), reason: "r" }, reader),
    ],
  ] as const)("api.md 1: %s needs the scope admin, and changes nothing", async (_, ask) => {
    expectProblem(await ask(), "scope_missing");
    expect((await getConfig("alpha")).json["version"]).toBe(0);
    expect((await listCredentials("alpha")).json["credentials"]).toMatchObject([
      { name: "phonepe", version: 0 },
    ]);
    expect(world.audited).toEqual([]);
  });
});
