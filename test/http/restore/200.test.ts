import { beforeEach, describe, expect, it } from "vitest";
import { freshDeployment } from "../../ops/backup/world.ts";
import { openApp, RESTORE } from "./app.ts";

beforeEach(freshDeployment);

describe("GET /api/admin/restore 200", () => {
  it("27: null before any was begun", async () => {
    const answer = await openApp().call({ path: RESTORE });
    expect([answer.status, answer.json]).toEqual([200, { restore: null }]);
  });
});
