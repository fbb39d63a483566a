import { afterEach, describe, expect, it } from "vitest";
import { appWith } from "../../support/app.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { expectProblem, pointersOf } from "../problem-shape.ts";
import { CONFIG, getConfig, getHistory, putConfig, rollBack } from "../settings.ts";

const key = TEST_KEYS.deltaBig;
const put = (config: unknown, more: object = {}) =>
  putConfig("beta", { config, reason: "r", expectedVersion: 0, ...more }, { key: TEST_KEYS.beta });

afterEach(() => world.renew());

describe("settings 422", () => {
  it.each([
    [{ notifyurl: "https://a.example" }, "/config/notifyurl"],
    [{ phonepe: {} }, "/config/phonepe"],
    [{ risk: { mode: "enforce", rulez: [] } }, "/config/risk/rulez"],
    [
      { risk: { rules: [{ id: "new_devise", threshold: 1, weight: 1, enabled: true }] } },
      "/config/risk/rules/0/id",
    ],
    [{ risk: { model: "mine" } }, "/config/risk/model"],
    [{ routing: { primry: "phonepe" } }, "/config/routing/primry"],
    [{ limits: { read: { quota: 1, windowSec: 1, burts: {} } } }, "/config/limits/read/burts"],
    [{ limits: { reads: { quota: 1, windowSec: 1 } } }, "/config/limits/reads"],
    [{ limits: { read: { quota: 0, windowSec: 1 } } }, "/config/limits/read/quota"],
    [{ limits: { read: { quota: 1, windowSec: 301 } } }, "/config/limits/read/windowSec"],
    [{ origins: ["https://a.example/"] }, "/config/origins/0"],
    [{ origins: ["https://a.example", "*"] }, "/config/origins/1"],
    [{ allowIps: [] }, "/config/allowIps"],
    [{ allowIps: ["10.0.0.0/8", "10.0.0.1/8"] }, "/config/allowIps/1"],
    [{ jwk: { kty: "EC", crv: "P-256", x: "AA", y: "AA" } }, "/config/jwk/x"],
    [{ jwk: { kty: "oct", k: "AAAA" } }, "/config/jwk/k"],
    [{ requireEncryption: "yes" }, "/config/requireEncryption"],
    [{ risk: { mode: "block" } }, "/config/risk/mode"],
    [{ notifyUrl: 7 }, "/config/notifyUrl"],
    [[], "/config"],
    [null, "/config"],
  ])("design.md 9: %j is refused where it is wrong, and nothing changes", async (config, place) => {
    const answer = await put(config);
    expectProblem(answer, "validation_failed");
    expect(pointersOf(answer)).toContain(place);
    expect((await getConfig("beta", { key: TEST_KEYS.beta })).json["version"]).toBe(0);
    expect(world.audited).toEqual([]);
  });

  it.each([
    [{ reason: "" }, "/reason"],
    [{ reason: "x".repeat(257) }, "/reason"],
    [{ reason: undefined }, "/reason"],
    [{ expectedVersion: -1 }, "/expectedVersion"],
    [{ expectedVersion: "0" }, "/expectedVersion"],
    [{ dryRun: true }, "/dryRun"],
  ])("design.md 9: %j is refused", async (more, place) => {
    const answer = await put({}, more);
    expectProblem(answer, "validation_failed");
    expect(pointersOf(answer)).toContain(place);
  });

  it.each([
    "https://10.0.0.1/hook",
    "https://user:pass@shop.example/hook",
    "ftp://shop.example/hook",
    "https://shop.example:9000/hook",
    "nonsense",
  ])("WHK-9: nothing is sent to %s, so it cannot be set", async (notifyUrl) => {
    const answer = await put({ notifyUrl });
    expectProblem(answer, "validation_failed");
    expect(pointersOf(answer)).toEqual(["/config/notifyUrl"]);
  });

  it("WHK-9: this machine is a place for development only", async () => {
    const notifyUrl = "http://127.0.0.1:8080/hook";
    const app = appWith([], { environment: "production" });
    const body = { config: { notifyUrl }, reason: "r", expectedVersion: 0 };
    const answer = await app.call({ method: "PUT", path: `${CONFIG}/delta`, body, key });
    expect(pointersOf(answer)).toEqual(["/config/notifyUrl"]);
    expect((await putConfig("delta", body, { key })).status).toBe(200);
  });

  it.each(["abc", "-1", "1.5", "", "1234567890"])("api.md 2: version %j is none", async (text) => {
    for (const answer of [
      await getConfig("alpha", { query: `?version=${text}` }),
      await getHistory("alpha", { query: `?before=${text}` }),
    ]) {
      expectProblem(answer, "validation_failed");
    }
  });

  it("design.md 9: there is no going back to what never was", async () => {
    const body = { toVersion: 77, reason: "r", expectedVersion: 0 };
    const answer = await rollBack("alpha", body);
    expectProblem(answer, "validation_failed");
    expect(pointersOf(answer)).toEqual(["/toVersion"]);
  });
});
