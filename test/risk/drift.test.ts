import { beforeAll, describe, expect, it } from "vitest";
import {
  countDrift,
  decodeDrift,
  driftOf,
  emptyDrift,
  encodeDrift,
  FEATURES,
  type Model,
  referenceModel,
} from "#risk";

let model: Model;
beforeAll(async () => {
  model = await referenceModel();
});

/** A value in the bin of each feature that `pick` falls into by the training shares. */
function trainingLike(pick: number): Float64Array {
  const values = new Float64Array(FEATURES.length);
  for (const { place, histogram } of model.features) {
    let [rest, bin] = [pick, 0];
    while (bin < histogram.shares.length - 1 && rest >= (histogram.shares[bin] ?? 0)) {
      rest -= histogram.shares[bin] ?? 0;
      bin += 1;
    }
    const { cuts } = histogram;
    const inBin = bin === 0 ? (cuts[0] ?? 0) - 1 : (cuts[bin - 1] ?? Number.NaN);
    values[place] = bin > cuts.length ? Number.NaN : inBin;
  }
  return values;
}

describe("drift", () => {
  it("payments like those of the training alert nobody", () => {
    const counts = emptyDrift(model);
    for (let at = 0; at < 2_000; at += 1)
      countDrift(model, counts, trainingLike((at + 0.5) / 2_000));
    expect(driftOf(model, counts).filter(({ alert }) => alert)).toEqual([]);
  });

  it("amounts ten times as high alert for the amount", () => {
    const counts = emptyDrift(model);
    const place = FEATURES.findIndex(({ name }) => name === "amount");
    for (let at = 0; at < 2_000; at += 1) {
      const values = trainingLike((at + 0.5) / 2_000);
      values[place] = 10 * (values[place] ?? 0);
      countDrift(model, counts, values);
    }
    const alerts = driftOf(model, counts).filter(({ alert }) => alert);
    expect(alerts.map(({ name }) => name)).toEqual(["amount"]);
  });

  it("too few payments say nothing", () => {
    const counts = emptyDrift(model);
    countDrift(model, counts, trainingLike(0.5));
    expect(driftOf(model, counts)).toEqual([]);
  });

  it("counts come back as they were, and are refused when cut", () => {
    const counts = emptyDrift(model);
    for (let at = 0; at < 500; at += 1) countDrift(model, counts, trainingLike(at / 500));
    const bytes = encodeDrift(counts);
    expect(decodeDrift(model, bytes)).toEqual(counts);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeDrift(model, bytes.subarray(0, length))).toBeUndefined();
    }
    expect(decodeDrift(model, Uint8Array.of(1, 1, 1, 1))).toBeUndefined();
  });
});
