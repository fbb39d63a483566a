import { afterEach, describe, expect, it } from "vitest";
import { merchantIdSchema } from "#base";
import { world } from "../../support/world.ts";
import { failedIds, recordedPayment, runSuite } from "./run-suite.ts";

afterEach(() => world.renew());

describe("the self-test on a sound gateway", () => {
  it("28: everything passes, and nothing is skipped where there is a sandbox and another merchant", async () => {
    await recordedPayment();
    const results = await runSuite();
    expect([...results.values()].filter(({ ok }) => !ok)).toEqual([]);
    expect([...results.values()].filter(({ detail }) => detail.includes("skipped"))).toEqual([]);
    expect(results.size).toBeGreaterThan(35);
  });

  it.each(["beta", "gamma"])("28: everything passes for merchant %s", async (id) => {
    expect(failedIds(await runSuite({}, merchantIdSchema.parse(id)))).toEqual([]);
  });

  it("28: limits of the merchant's own are waited for, and are no failure", async () => {
    const waits: number[] = [];
    const sleep = async (ms: number) => {
      if (ms > 10_000) return scheduler.wait(ms); // a test that hangs
      waits.push(ms);
      world.offsetMs += ms;
    };
    const results = await runSuite({ ports: () => ({ sleep }) }, merchantIdSchema.parse("delta"));
    expect(failedIds(results)).toEqual([]);
    expect(waits.length).toBeGreaterThan(0);
  });
});
