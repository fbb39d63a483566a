import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  emptyProfile,
  FEATURES,
  featuresOf,
  loadModel,
  modelHash,
  noteOutcome,
  observe,
  referenceModel,
  scoreFeatures,
} from "#risk";
import file from "../../src/risk/reference-model.json";
import { DAY_MS, NOON_MS, outcomeOf, payment } from "./profile-events.ts";

/** Values as they may be: missing ones, negative ones, huge ones. */
const vectors = fc
  .array(
    fc.oneof(
      fc.constant(Number.NaN),
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    ),
    { minLength: FEATURES.length, maxLength: FEATURES.length },
  )
  .map((values) => Float64Array.from(values));

/** The file with a change, and a hash that fits it. */
async function changed(change: Record<string, unknown>) {
  const json = { ...structuredClone(file), ...change };
  return { ...json, sha256: await modelHash(json) };
}

describe("a score", () => {
  it("is bias, reasons and rest, exactly, and never NaN", async () => {
    const model = await referenceModel();
    fc.assert(
      fc.property(vectors, (values) => {
        const { raw, probability, bias, reasons, rest } = scoreFeatures(model, values);
        const told = reasons.reduce((sum, { contribution }) => sum + contribution, 0);
        expect(bias + told + rest).toBe(raw);
        expect(Number.isFinite(raw)).toBe(true);
        expect(probability).toBeGreaterThan(0);
        expect(probability).toBeLessThan(1);
        expect(reasons.length).toBeLessThanOrEqual(5);
      }),
    );
  });

  it("names every code once, the strongest first", async () => {
    const model = await referenceModel();
    fc.assert(
      fc.property(vectors, (values) => {
        const { reasons } = scoreFeatures(model, values);
        const strengths = reasons.map(({ contribution }) => contribution);
        expect(strengths).toEqual(strengths.toSorted((a, b) => b - a));
        expect(new Set(reasons.map(({ code }) => code)).size).toBe(reasons.length);
      }),
    );
  });

  it("rises with the frauds of the merchant, and says so", async () => {
    const model = await referenceModel();
    const after = (isFraud: boolean) => {
      const profiles = [
        emptyProfile("customer", NOON_MS),
        emptyProfile("merchant", NOON_MS),
      ] as const;
      let event = payment(0, NOON_MS, { amountPaisa: 5_000 });
      for (let at = 1; at < 20; at += 1) {
        const views = {
          customer: observe(profiles[0], event),
          merchant: observe(profiles[1], event),
        };
        if (at === 19) return scoreFeatures(model, featuresOf(event, views));
        if (isFraud) noteOutcome(profiles[1], outcomeOf(event, "fraud"));
        event = payment(at, NOON_MS + at * DAY_MS, { amountPaisa: 5_000 + at });
      }
      throw new Error("unreachable");
    };
    expect(after(true).raw).toBeGreaterThan(after(false).raw + 2);
    expect(after(true).reasons[0]?.code).toBe("merchant_fraud_history");
  });
});

describe("a model's file", () => {
  it("is read when it is whole", async () => {
    expect(await loadModel(await changed({}))).toMatchObject({ ok: true });
    expect(file.training.simulated).toBe(true);
    expect(file.name).toBe("reference");
  });

  it("is refused when a number of it was changed", async () => {
    const json = structuredClone(file);
    json.trees.values[7] = 1 + (json.trees.values[7] ?? 0);
    expect(await loadModel(json)).toEqual({ ok: false, refusal: "hash" });
  });

  const { trees, features } = file;
  const [first, ...others] = features;
  it.each([
    ["format", { format: 2 }],
    ["form", { name: 7 }],
    ["form", { amountMean: 0 }],
    ["form", { features: "all" }],
    ["feature", { features: [{ ...first, name: "shoe_size" }, ...others] }],
    ["feature", { features: [{ ...first, unit: "paisa" }, ...others] }],
    ["feature", { features: [{ ...first, reason: "bad_luck" }, ...others] }],
    ["feature", { features: [first, first, ...others.slice(1)] }],
    ["feature", { features: [{ ...first, histogram: { cuts: [2, 1], shares: [1] } }, ...others] }],
    ["calibration", { calibration: { raws: [], probabilities: [] } }],
    ["calibration", { calibration: { raws: [0, 0], probabilities: [0, 1] } }],
    ["calibration", { calibration: { raws: [0, 1], probabilities: [1, 0] } }],
    ["calibration", { calibration: { raws: [0, 1], probabilities: [0, 2] } }],
    ["tree", { trees: null }],
    ["tree", { trees: { ...trees, splits: trees.splits.slice(0, -1) } }],
    ["tree", { trees: { ...trees, splits: [...trees.splits, 0] } }],
    ["tree", { trees: { ...trees, splits: [2 * features.length, ...trees.splits.slice(1)] } }],
    ["tree", { trees: { ...trees, splits: [-2, ...trees.splits.slice(1)] } }],
    ["tree", { trees: { ...trees, splits: [0.5, ...trees.splits.slice(1)] } }],
    ["tree", { trees: { ...trees, thresholds: trees.thresholds.slice(1) } }],
    ["tree", { trees: { ...trees, thresholds: [1e300, ...trees.thresholds.slice(1)] } }],
    ["tree", { trees: { ...trees, values: [0.5, ...trees.values.slice(1)] } }],
    ["tree", { trees: { ...trees, valueBits: -1 } }],
  ])("is refused for its %s though the hash fits", async (refusal, change) => {
    expect(await loadModel(await changed(change))).toEqual({ ok: false, refusal });
  });

  it("whatever the JSON is, the loader answers", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (json, trees) => {
        expect(await loadModel(json)).toMatchObject({ ok: false });
        expect(await loadModel(await changed({ trees }))).toMatchObject({ ok: false });
      }),
      { numRuns: 30 },
    );
  });

  it("trees of any split list are read or refused, and end when they are walked", async () => {
    const splits = fc.array(fc.integer({ min: -1, max: 5 }), { minLength: 1, maxLength: 40 });
    const model = await referenceModel();
    await fc.assert(
      fc.asyncProperty(splits, async (list) => {
        const flat = {
          splits: list,
          thresholds: list.filter((split) => split >= 0).map(() => 0.5),
          values: list.map((_, at) => at),
          valueBits: 4,
        };
        const loaded = await loadModel(await changed({ trees: flat }));
        const values = new Float64Array(FEATURES.length);
        const { raw } = scoreFeatures(loaded.ok ? loaded.value : model, values);
        expect(Number.isFinite(raw)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
