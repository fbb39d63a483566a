import { randomInt } from "node:crypto";
import { expect, it } from "vitest";
import { runCrashTest } from "../chaos/run-crash-test.ts";

it("I6, I8: three kills under load lose nothing and double nothing", async () => {
  const seed = randomInt(2 ** 31);
  const report = await runCrashTest({
    kills: 3,
    seed,
    loadMsMax: 1_500,
    patienceMs: 22_000,
    settleMs: 30_000,
    inDoubt: true,
    print: () => undefined,
  });
  expect(report.findings, `seed ${seed}: ${report.summary}`).toEqual([]);
  expect(report.cutOff).toBeGreaterThan(0);
});
