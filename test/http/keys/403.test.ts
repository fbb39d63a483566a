import { describe, expect, it } from "vitest";
import { TEST_KEYS } from "../../support/secrets.ts";
import { expectProblem } from "../problem-shape.ts";
import { listKeys, rotateKeys, versions } from "./keys.ts";

const key = TEST_KEYS.alphaReader;

describe("keys 403", () => {
  it("api.md 7: rotating takes security:write, and without it nothing is rotated", async () => {
    const before = await versions();
    expectProblem(await rotateKeys({}, { key }), "scope_missing");
    expect(await versions()).toEqual(before);
  });

  it("api.md 7: the list takes security:read", async () => {
    expectProblem(await listKeys({ key }), "scope_missing");
  });
});
