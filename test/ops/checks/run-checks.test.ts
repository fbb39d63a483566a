import { describe, expect, it } from "vitest";
import { type Check, CHECK_WEIGHTS, runChecks } from "../../../src/ops/checks/check.ts";
import { securityScore } from "../../../src/ops/checks/score.ts";
import table from "../../../docs/security-status.md?raw";

const logged: unknown[] = [];
const ports = {
  nowMs: () => 5,
  log: (...line: unknown[]) => void logged.push(line),
  sleep: () => new Promise<void>((wake) => setTimeout(wake, 0)),
};
const check = (run: Check["run"]): Check => ({ id: "kv", weight: 5, run });

describe("runChecks", () => {
  it("a check that does not answer in time has failed, and holds up no other", async () => {
    const { results } = await runChecks(
      [check(() => new Promise(() => {})), check(async () => ({ ok: true, detail: "answers" }))],
      ports,
    );
    expect(results.map(({ ok, detail }) => [ok, detail])).toEqual([
      [false, "no answer in time"],
      [true, "answers"],
    ]);
  });

  it("I10: why a check rejected goes to the log only", async () => {
    const { results } = await runChecks([check(() => Promise.reject(new Error("inner")))], ports);
    expect(results).toEqual([
      { id: "kv", weight: 5, ok: false, detail: "does not answer", atMs: 5 },
    ]);
    expect(JSON.stringify(logged)).toContain("inner");
  });
});

describe("securityScore", () => {
  it("is 100 only when every check holds", () => {
    expect(securityScore([{ ok: true, weight: 999 }])).toBe(100);
    expect(
      securityScore([
        { ok: true, weight: 999 },
        { ok: false, weight: 1 },
      ]),
    ).toBe(99);
  });

  it("is 0 when nothing was looked at", () => {
    expect(securityScore([])).toBe(0);
  });

  it("docs/security-status.md: the table has every check with its weight, and they add up to 100", () => {
    const rows = [...table.matchAll(/^\| `(\w+)` +\| +(\d+) +\|/gm)];
    expect(Object.fromEntries(rows.map(([, id, weight]) => [id, Number(weight)]))).toEqual(
      CHECK_WEIGHTS,
    );
    expect(Object.values(CHECK_WEIGHTS).reduce((sum, weight) => sum + weight, 0)).toBe(100);
  });
});
