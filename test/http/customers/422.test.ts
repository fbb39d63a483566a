import { describe, expect, it } from "vitest";
import { expectProblem, pointersOf } from "../problem-shape.ts";
import { erase, exportOf, freshCustomer } from "./ask.ts";

describe("customers 422", () => {
  it.each([
    ["export", exportOf],
    ["erase", erase],
  ] as const)("api.md 4: %s takes ids of at most 256 characters", async (_, ask) => {
    const answer = await ask("x".repeat(257));
    expectProblem(answer, "validation_failed");
    expect(pointersOf(answer)).toEqual(["/id"]);
    expect((await ask("x".repeat(256))).status).toBe(200);
  });

  it.each(["", "a/b", "x".repeat(64)])("api.md 4: a page after %j is none", async (after) => {
    const path = `?after=${encodeURIComponent(after)}`;
    const answer = await exportOf(freshCustomer(), { path });
    expectProblem(answer, "validation_failed");
    expect(pointersOf(answer)).toEqual(["/after"]);
  });
});
