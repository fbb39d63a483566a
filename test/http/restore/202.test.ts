import { beforeEach, describe, expect, it } from "vitest";
import { backUp, files, freshDeployment, loseEverything } from "../../ops/backup/world.ts";
import { openApp, RESTORE, TOKEN } from "./app.ts";

beforeEach(freshDeployment);

describe("POST /api/admin/restore 202", () => {
  it("27: begins with the newest backup, and says how far it is", async () => {
    const manifest = await backUp();
    await loseEverything(await files());
    const begun = await openApp().call({ path: RESTORE, body: { token: TOKEN } });
    expect(begun.status).toBe(202);
    expect(begun.json["restore"]).toMatchObject({ state: "checking", manifest, fault: null });
    const progress = await openApp().call({ path: RESTORE });
    expect(progress.status).toBe(200);
    expect(progress.json["restore"]).toMatchObject({ manifest });
  });
});
