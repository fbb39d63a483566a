import { afterEach, describe, expect, it } from "vitest";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { change, getHistory, rollBack } from "../settings.ts";

const key = TEST_KEYS.beta;

afterEach(() => world.renew());

describe("GET /api/admin/config/{merchantId}/history 200", () => {
  it("design.md 9: nothing was changed, so there is nothing to list", async () => {
    expect((await getHistory("delta", { key: TEST_KEYS.deltaBig })).json).toEqual({
      versions: [],
      next: null,
    });
  });

  it("design.md 9: newest first, with who, when, why and what differs", async () => {
    await change("beta", { notifyUrl: "https://a.example/hook", origins: [] }, { key });
    await change("beta", { risk: { mode: "off" }, origins: [] }, { key });
    const body = { toVersion: 1, reason: "back", expectedVersion: 2 };
    await rollBack("beta", body, { key });
    const { versions } = (await getHistory("beta", { key })).json;
    const about = { source: "vault", changedAt: expect.any(Number), changedBy: "ak_beta" };
    const notifyUrl = { path: "/notifyUrl", from: "https://a.example/hook" };
    expect(versions).toEqual([
      {
        ...about,
        version: 3,
        reason: "back",
        rolledBackTo: 1,
        changes: [
          { path: "/notifyUrl", to: "https://a.example/hook" },
          { path: "/risk/mode", from: "off", to: "shadow" },
        ],
      },
      {
        ...about,
        version: 2,
        reason: "test",
        rolledBackTo: null,
        changes: [notifyUrl, { path: "/risk/mode", from: "shadow", to: "off" }],
      },
      {
        ...about,
        version: 1,
        reason: "test",
        rolledBackTo: null,
        changes: [
          { path: "/notifyUrl", to: "https://a.example/hook" },
          { path: "/origins", from: ["https://beta.example:8443"], to: [] },
        ],
      },
      {
        version: 0,
        source: "bootstrap",
        changedAt: null,
        changedBy: null,
        reason: null,
        rolledBackTo: null,
        changes: [],
      },
    ]);
  });

  it("design.md 9: older ones are a page further", async () => {
    const page = await getHistory("beta", { key, query: "?before=2" });
    const { versions } = page.json;
    expect(versions).toMatchObject([{ version: 1 }, { version: 0 }]);
    expect(page.json["next"]).toBeNull();
  });
});
