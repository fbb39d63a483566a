/**
 * A trained model as the gateway uses it, and the score with its reasons: bias, reasons and rest add up to the raw score
 * exactly. What a reason says is how far its features moved the trees' expectation on the payment's own path.
 */
import { type Calibration, probabilityOf } from "./calibration.ts";
import type { KeyView } from "./key-view.ts";
import { type Contribution, REASON_CODES, type ReasonCode, REASONS_MAX } from "./reason-codes.ts";
import { scoreTrees, type Trees } from "./trees.ts";

export interface FeatureHistogram {
  /** Ascending; a value below `cuts[i]` and not below the one before is in bin i. */
  readonly cuts: readonly number[];
  /** Of the training rows, one more than cuts, and at the end that of missing values. */
  readonly shares: readonly number[];
}

export interface ModelFeature {
  readonly name: string;
  /** Its place in `featuresOf`. */
  readonly place: number;
  readonly reason: ReasonCode;
  readonly histogram: FeatureHistogram;
}

export interface Model {
  readonly name: string;
  readonly sha256: string;
  /** Of the training rows, in their unit. */
  readonly amountMean: number;
  readonly features: readonly ModelFeature[];
  /** Of each feature in `featuresOf`, and of its reason in `REASON_CODES`. */
  readonly places: Int32Array;
  readonly codes: Int32Array;
  readonly trees: Trees;
  readonly calibration: Calibration;
  /** Written by every score before it is read: making these anew takes three times as long as all trees. */
  readonly scratch: {
    readonly own: Float32Array;
    readonly contributions: Float64Array;
    readonly sums: Float64Array;
  };
}

export interface ModelScore {
  readonly raw: number;
  readonly probability: number;
  readonly bias: number;
  /** At most five, the strongest first; each raises the raw score. */
  readonly reasons: readonly Contribution[];
  /** What all other features contribute together. */
  readonly rest: number;
}

/** A merchant's mean amount is known well enough after this many payments. */
const MERCHANT_PAYMENTS_MIN = 50;

/**
 * The unit in which a merchant's amounts look like those that the model learned: their means are the same. NaN before
 * the merchant's mean is known: then the model sees no amounts, only their ratios.
 */
export function amountUnitPaisa(model: Model, merchant: KeyView | undefined): number {
  const known = merchant !== undefined && merchant.amountsBefore >= MERCHANT_PAYMENTS_MIN;
  return known ? merchant.meanPaisaBefore / model.amountMean : Number.NaN;
}

/** `values` as `featuresOf` gives them. */
export function scoreFeatures(model: Model, values: Float64Array): ModelScore {
  const { trees, places, codes } = model;
  const { own, contributions, sums } = model.scratch;
  for (let at = 0; at < own.length; at += 1) own[at] = values[places[at] ?? -1] ?? Number.NaN;
  const raw = scoreTrees(trees, own, contributions);
  sums.fill(0);
  for (let at = 0; at < contributions.length; at += 1) {
    const code = codes[at] ?? 0;
    sums[code] = (sums[code] ?? 0) + (contributions[at] ?? 0);
  }
  const reasons = strongestOf(sums);
  let rest = raw - trees.bias;
  for (const { contribution } of reasons) rest -= contribution;
  return {
    raw,
    probability: probabilityOf(model.calibration, raw),
    bias: trees.bias,
    reasons,
    rest,
  };
}

/** As `strongest` does, of one number per code; taken out of `sums`. */
function strongestOf(sums: Float64Array): readonly Contribution[] {
  const reasons: Contribution[] = [];
  while (reasons.length < REASONS_MAX) {
    let best = 0;
    for (let at = 1; at < sums.length; at += 1) if ((sums[at] ?? 0) > (sums[best] ?? 0)) best = at;
    const contribution = sums[best] ?? 0;
    const code = REASON_CODES[best];
    if (contribution <= 0 || code === undefined) break;
    reasons.push({ code, contribution });
    sums[best] = 0;
  }
  return reasons;
}
