import { describe, expect, it } from "vitest";
import { expectProblem, pointersOf } from "../problem-shape.ts";
import { rotateKeys, versions } from "./keys.ts";

const BAD_BODIES: readonly (readonly [string, unknown, string])[] = [
  ["an unknown name", { keys: ["root"] }, "/keys/0"],
  ["an unknown name behind a known one", { keys: ["master", "nobody"] }, "/keys/1"],
  ["a name in capitals", { keys: ["MASTER"] }, "/keys/0"],
  ["a property of objects", { keys: ["constructor"] }, "/keys/0"],
  ["no name", { keys: [] }, "/keys"],
  ["more than there are", { keys: Array(7).fill("api") }, "/keys"],
  ["a name that is none", { keys: [null] }, "/keys/0"],
  ["one name as text", { keys: "master" }, "/keys"],
  ["nothing for names", { keys: null }, "/keys"],
  ["another field", { key: ["master"] }, "/key"],
  ["another field beside", { keys: ["master"], force: true }, "/force"],
  ["a list", ["master"], ""],
  ["a text", '"master"', ""],
  ["null", "null", ""],
];

describe("POST /api/payments/rotate-keys 422", () => {
  it.each(BAD_BODIES)("api.md 7: %s rotates nothing", async (_, body, pointer) => {
    const before = await versions();
    const answer = await rotateKeys(body);
    expectProblem(answer, "validation_failed");
    expect(pointersOf(answer)).toContain(pointer);
    expect(await versions()).toEqual(before);
  });
});
