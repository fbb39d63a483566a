import { afterEach, describe, expect, it } from "vitest";
import { call, initiateBody } from "../../support/call.ts";
import { world } from "../../support/world.ts";
import { encrypted, JOSE } from "../payload/encrypted.ts";
import { INITIATE } from "../payments.ts";
import { change, getConfig, rollBack } from "../settings.ts";

afterEach(() => world.renew());

describe("POST /api/admin/config/{merchantId}/rollback 200", () => {
  it("design.md 9: a new version with the old content, which counts at once", async () => {
    await change("alpha", { requireEncryption: false, origins: ["https://one.example"] });
    await change("alpha", { requireEncryption: true });
    const initiate = () => call({ path: INITIATE, body: initiateBody() });
    expect((await initiate()).json["code"]).toBe("unsupported_media_type");
    // A merchant that asks for encryption gets this change taken only that way, too.
    const body = { toVersion: 1, reason: "too soon", expectedVersion: 2 };
    expect((await rollBack("alpha", body)).json["code"]).toBe("unsupported_media_type");
    world.audited.length = 0;
    const answer = await rollBack("alpha", await encrypted(body), { contentType: JOSE });
    expect(answer.json).toMatchObject({
      version: 3,
      rolledBackTo: 1,
      reason: "too soon",
      config: { requireEncryption: false, origins: ["https://one.example"] },
    });
    expect((await initiate()).status).toBe(201);
    expect((await getConfig("alpha")).json).toEqual(answer.json);
    expect(world.audited).toMatchObject([
      {
        action: "config.rolled_back",
        details: { version: 3, rolledBackTo: 1, changed: ["/origins", "/requireEncryption"] },
      },
    ]);
  });

  it("design.md 9: to what stood in BOOTSTRAP when the first version was made", async () => {
    const before = (await getConfig("alpha", { query: "?version=0" })).json["config"];
    const expectedVersion = Number((await getConfig("alpha")).json["version"]);
    const answer = await rollBack("alpha", { toVersion: 0, reason: "begin", expectedVersion });
    expect(answer.json).toMatchObject({ source: "vault", rolledBackTo: 0, config: before });
  });
});
