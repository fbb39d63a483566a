/**
 * A quarter of the published fault scenarios, each time another one, against the real Worker and objects; the sandbox's
 * books are the oracle. `npm run chaos -- --published` plays all.
 */
import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leaksInLogs, perform, type Verdict } from "../chaos/perform.ts";
import { PUBLISHED, titleOf } from "../chaos/scenarios.ts";
import { openStage, type Stage } from "../chaos/stage.ts";

const QUARTERS = 4;
const turn = randomInt(QUARTERS);
const PLAYED = PUBLISHED.filter((_, at) => at % QUARTERS === turn);
const PLAYED_WITHIN_MS = 600_000;
const verdicts = new Map<string, Verdict>();
let stage: Stage;

beforeAll(async () => {
  stage = await openStage(PLAYED);
  await perform(stage, PLAYED, (verdict) => verdicts.set(verdict.scenario.id, verdict));
}, PLAYED_WITHIN_MS);

afterAll(() => stage.close());

describe("fault scenarios", () => {
  it.each(PLAYED.map((scenario) => [titleOf(scenario), scenario.id]))("%s", (_, id) => {
    const { faults, story } = verdicts.get(id) ?? { faults: ["not played"], story: "" };
    expect({ faults, story: faults.length === 0 ? "" : story }).toEqual({ faults: [], story: "" });
  });

  it("I10: no log of any gateway holds a secret, a payer's address or a token", () => {
    expect(leaksInLogs(stage)).toEqual([]);
  });
});
