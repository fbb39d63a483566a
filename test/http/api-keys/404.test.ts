import { describe, expect, it } from "vitest";
import { TEST_KEYS } from "../../support/secrets.ts";
import { expectProblem } from "../problem-shape.ts";
import { type KeyPair, LET_IN, newKey, revoke, rotate, told } from "./keys.ts";

const ASKS = [
  ["revoke", (id: string, key: KeyPair) => revoke(id, { key })],
  ["rotate", (id: string, key: KeyPair) => rotate(id, {}, { key })],
] as const;

describe.each(ASKS)("API keys 404: %s", (_, ask) => {
  it("api.md 1: another merchant's key and nobody's are told alike, with no effect", async () => {
    const key = await newKey();
    const theirs = await ask(key.keyId, TEST_KEYS.beta);
    const nobodys = await ask("ak_AAAAAAAAAAAA_alpha", TEST_KEYS.beta);
    const configured = await ask("ak_alpha", TEST_KEYS.beta);
    for (const answer of [theirs, nobodys, configured]) {
      expectProblem(answer, "api_key_not_found");
      const { instance: _path, requestId: _id, ...rest } = answer.json;
      expect(rest).toEqual({
        type: expect.stringMatching(/\/problems\/api_key_not_found$/),
        title: theirs.json["title"],
        status: 404,
        detail: theirs.json["detail"],
        code: "api_key_not_found",
      });
    }
    expect(await told(key)).toBe(LET_IN);
  });

  it.each(["__proto__", "constructor", "ak_none", "%00", "a%2Fb", "x".repeat(300)])(
    "api.md 1: %s is no key",
    async (id) => {
      expectProblem(await ask(id, TEST_KEYS.alpha), "api_key_not_found");
    },
  );
});
