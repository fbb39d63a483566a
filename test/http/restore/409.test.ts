import { beforeEach, describe, expect, it } from "vitest";
import { backUp, freshDeployment, job } from "../../ops/backup/world.ts";
import { expectProblem } from "../problem-shape.ts";
import { openApp, RESTORE, TOKEN } from "./app.ts";

beforeEach(freshDeployment);

describe("POST /api/admin/restore 409", () => {
  it("27: a deployment that is in use is never restored into", async () => {
    await backUp();
    const answer = await openApp().call({ path: RESTORE, body: { token: TOKEN } });
    expectProblem(answer, "state_conflict", RESTORE);
    expect(answer.json["detail"]).toMatch(/not empty/);
    expect(await job().restoration()).toBeNull();
  });
});
