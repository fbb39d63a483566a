import { beforeEach, describe, expect, it } from "vitest";
import { freshDeployment, job } from "../../ops/backup/world.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { expectProblem } from "../problem-shape.ts";
import { openApp, RESTORE, TOKEN } from "./app.ts";

beforeEach(freshDeployment);

describe("/api/admin/restore 403", () => {
  it("27: an admin key without the deployment's token restores nothing", async () => {
    const body = { token: `${TOKEN.slice(0, -1)}!` };
    expectProblem(await openApp().call({ path: RESTORE, body }), "scope_missing", RESTORE);
    expect(await job().restoration()).toBeNull();
  });

  it("27: nor does the token without an admin key", async () => {
    const key = TEST_KEYS.alphaReader;
    const answer = await openApp().call({ path: RESTORE, body: { token: TOKEN }, key });
    expectProblem(answer, "scope_missing", RESTORE);
    expectProblem(await openApp().call({ path: RESTORE, key }), "scope_missing", RESTORE);
    expect(await job().restoration()).toBeNull();
  });
});
