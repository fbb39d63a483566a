import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RULE_IDS } from "#base";
import { assessRisk, type Evidence, type ModelScore, REASON_CODES, type RuleHit } from "#risk";

const model = (probability: number): ModelScore => ({
  raw: 1,
  probability,
  bias: 0,
  reasons: [{ code: "merchant_fraud_history", contribution: 1 }],
  rest: 0,
});
const hit = (weight: number, code: RuleHit["code"] = "country_mismatch"): RuleHit => ({
  id: "country_mismatch",
  code,
  value: 1,
  weight,
});
const advice = (probability: number, amountPaisa: number) =>
  assessRisk("enforce", { amountPaisa, model: model(probability), rules: [] }).decision;

describe("assessRisk", () => {
  it.each([
    [0.01, 100_000, "allow"],
    [0.2, 10_000, "allow"],
    [0.2, 1_000_000, "review"],
    [0.95, 1_000_000, "block"],
    [1, 0, "block"],
  ] as const)("at probability %d of %i paisa the cheapest is to %s", (p, amountPaisa, want) => {
    expect(advice(p, amountPaisa)).toBe(want);
  });

  it.each([
    ["off", { score: 0, decision: "allow", advice: "allow", reasons: [] }],
    ["shadow", { score: 95, decision: "allow", advice: "block" }],
    ["enforce", { score: 95, decision: "block", advice: "block" }],
  ] as const)("in mode %s it is %j", (mode, want) => {
    const evidence = { amountPaisa: 1_000_000, model: model(0.95), rules: [] };
    expect(assessRisk(mode, evidence)).toMatchObject(want);
  });

  it("two rules of weight 50 make 75 points", () => {
    const rules = [hit(50), hit(50, "device_velocity")];
    const { score, contributions } = assessRisk("enforce", { amountPaisa: 1, rules });
    expect(score).toBe(75);
    expect(contributions).toEqual([
      { code: "country_mismatch", contribution: 50 },
      { code: "device_velocity", contribution: 25 },
    ]);
  });

  it("a customer on the list of the allowed passes", () => {
    const rules = [hit(-100, "customer_allowed")];
    const evidence: Evidence = { amountPaisa: 1_000_000, model: model(0.95), rules };
    expect(assessRisk("enforce", evidence)).toMatchObject({ score: 0, decision: "allow" });
  });

  it("a list that blocks is stronger than one that allows", () => {
    const rules = [hit(-100, "customer_allowed"), hit(100, "device_blocked")];
    expect(assessRisk("enforce", { amountPaisa: 1, rules })).toMatchObject({
      score: 100,
      decision: "block",
      reasons: ["device_blocked"],
    });
  });

  it("the most surprising payments get points, the usual ones none", () => {
    const reasons = [{ code: "amount_high", contribution: 9 }] as const;
    const score = (percentile: number) =>
      assessRisk("enforce", {
        amountPaisa: 1,
        rules: [],
        surprise: { bits: 9, percentile, reasons, rest: 0 },
      }).score;
    expect([score(0.98), score(0.99), score(0.9995)]).toEqual([0, 10, 20]);
  });

  it("whatever the evidence, the score is 0 to 100 with at most five reasons that it covers", () => {
    const hits = fc.record({
      id: fc.constantFrom(...RULE_IDS),
      code: fc.constantFrom(...REASON_CODES),
      value: fc.integer(),
      weight: fc.integer({ min: -100, max: 150 }),
    });
    const probability = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(hits), probability, fc.nat(), (rules, p, amountPaisa) => {
        const known = p === undefined ? undefined : model(p);
        const { score, reasons, contributions } = assessRisk("enforce", {
          amountPaisa,
          model: known,
          rules,
        });
        const told = contributions.reduce((sum, { contribution }) => sum + contribution, 0);
        expect(score >= 0 && score <= 100 && reasons.length <= 5).toBe(true);
        expect(told).toBeLessThanOrEqual(score + 0.5 + 1e-9);
      }),
    );
  });
});
