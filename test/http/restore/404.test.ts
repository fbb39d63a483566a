import { describe, it } from "vitest";
import { call } from "../../support/call.ts";
import { expectProblem } from "../problem-shape.ts";
import { RESTORE, TOKEN } from "./app.ts";

describe("/api/admin/restore 404", () => {
  it("27: a deployment that was not started for it has no such routes", async () => {
    const body = { token: TOKEN };
    expectProblem(await call({ path: RESTORE, body }), "route_not_found", RESTORE);
    expectProblem(await call({ path: RESTORE }), "route_not_found", RESTORE);
  });
});
