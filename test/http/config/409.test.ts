import { afterEach, describe, expect, it } from "vitest";
import { world } from "../../support/world.ts";
import { expectProblem } from "../problem-shape.ts";
import { change, getConfig, getHistory, newestVersion, putConfig, rollBack } from "../settings.ts";

afterEach(() => world.renew());

const put = (expectedVersion: number, origin: string) =>
  putConfig("alpha", { config: { origins: [origin] }, reason: "race", expectedVersion });

describe("settings 409", () => {
  it("design.md 9: who has not seen the newest version changes nothing", async () => {
    const { version } = (await change("alpha", {})).json;
    const before = (await getConfig("alpha")).json;
    world.audited.length = 0;
    for (const expectedVersion of [Number(version) - 1, Number(version) + 1]) {
      expectProblem(await put(expectedVersion, "https://late.example"), "version_conflict");
      const body = { toVersion: 0, reason: "race", expectedVersion };
      expectProblem(await rollBack("alpha", body), "version_conflict");
    }
    expect((await getConfig("alpha")).json).toEqual(before);
    expect(world.audited).toEqual([]);
  });

  it("design.md 9: of eight who change the same version one wins", async () => {
    const seen = await newestVersion("alpha");
    const origins = Array.from({ length: 8 }, (_, at) => `https://race-${at}.example`);
    const answers = await Promise.all(origins.map((origin) => put(seen, origin)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    for (const lost of answers.filter((answer) => answer !== won[0])) {
      expectProblem(lost, "version_conflict");
    }
    expect((await getConfig("alpha")).json).toEqual(won[0]?.json);
    const { versions } = (await getHistory("alpha")).json;
    expect(versions).toMatchObject([
      { version: seen + 1 },
      { version: seen },
      { version: seen - 1 },
    ]);
  });
});
