import { describe, it } from "vitest";
import { expectProblem } from "../problem-shape.ts";
import { openApp, RESTORE, TOKEN } from "./app.ts";

describe("POST /api/admin/restore 422", () => {
  it.each([
    ["no token", {}],
    ["a name outside the backups", { token: TOKEN, manifest: "chunks/../x" }],
    ["a backup that the bucket does not hold", { token: TOKEN, manifest: "manifests/none" }],
    ["an unknown field", { token: TOKEN, force: true }],
  ])("27: %s", async (_, body) => {
    expectProblem(await openApp().call({ path: RESTORE, body }), "validation_failed", RESTORE);
  });
});
