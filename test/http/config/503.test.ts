import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { call, initiateBody } from "../../support/call.ts";
import { world } from "../../support/world.ts";
import { INITIATE } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";
import { change, getConfig, listCredentials, putConfig } from "../settings.ts";

afterEach(() => {
  world.renew();
  vi.restoreAllMocks();
});

describe("settings 503", () => {
  it("I12: without the vault nothing is changed or shown, and what is known goes on", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { version } = (await change("alpha", {})).json;
    const away = vi.spyOn(env.VAULTS, "getByName").mockImplementation(() => {
      throw new Error("the vault is down");
    });
    const body = { config: {}, reason: "r", expectedVersion: Number(version) };
    for (const ask of [
      () => getConfig("alpha"),
      () => listCredentials("alpha"),
      () => putConfig("alpha", body),
    ]) {
      const answer = await ask();
      expectProblem(answer, "admission_unavailable");
      expect(answer.headers.get("retry-after")).toBe("2");
    }
    const paid = await call({ path: INITIATE, body: initiateBody() });
    expect(paid.json["security"]).toMatchObject({ configVersion: version });
    away.mockRestore();
    expect((await getConfig("alpha")).json["version"]).toBe(version);
  });
});
