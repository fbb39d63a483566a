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

const VERSION = { reason: "r", expectedVersion: 0 };
const value = phonepeValue("x");
const ASKS = [
  ["read", (id: string) => getConfig(id)],
  ["history", (id: string) => getHistory(id)],
  ["put", (id: string) => putConfig(id, { config: {}, ...VERSION })],
  ["rollback", (id: string) => rollBack(id, { toVersion: 0, ...VERSION })],
  ["list credentials", (id: string) => listCredentials(id)],
  ["set a credential", (id: string) => putCredential(`${id}/phonepe`, { value, reason: "r" })],
] as const;

afterEach(() => world.renew());

describe("settings 404", () => {
  it.each(ASKS)("api.md 1: %s: another merchant's are told like nobody's", async (_, ask) => {
    const answers = [await ask("beta"), await ask("nobody"), await ask("__proto__")];
    for (const answer of answers) {
      expectProblem(answer, "merchant_not_found");
      const { instance: _path, requestId: _id, ...rest } = answer.json;
      const { instance: _p, requestId: _i, ...first } = answers[0]?.json ?? {};
      expect(rest).toEqual(first);
    }
    const key = TEST_KEYS.beta;
    expect((await getConfig("beta", { key })).json["version"]).toBe(0);
    expect(world.audited).toEqual([]);
  });

  it.each(["1", "999999999"])("design.md 9: there is no version %s", async (version) => {
    const answer = await getConfig("alpha", { query: `?version=${version}` });
    expectProblem(answer, "config_version_not_found");
  });

  it.each([
    "webhook:phonepe",
    "webhook:razorpay",
    "webhook:",
    "webhook:UPPER",
    "apiKeys",
    "constructor",
    `webhook:${"a".repeat(33)}`,
  ])("design.md 8: there is no credential %s", async (name) => {
    expectProblem(
      await putCredential(`alpha/${name}`, { value, reason: "r" }),
      "credential_not_found",
    );
  });
});
