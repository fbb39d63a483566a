/**
 * A trained model as the gateway uses it, and the score with its reasons: bias, reasons and rest add up to the raw score
 * exactly. What a reason says is how far its features moved the trees' expectation on the payment's own path.
 */
import { type Calibration, probabilityOf } from "./calibration.ts";
import type { KeyView } from "./key-view.ts";
import { type Contribution, type ReasonCode, strongest } from "./reason-codes.ts";
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
  readonly trees: Trees;
  readonly calibration: Calibration;
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
  const { trees, features } = model;
  const own = new Float32Array(features.length);
  for (let at = 0; at < features.length; at += 1) {
    own[at] = values[features[at]?.place ?? -1] ?? Number.NaN;
  }
  const contributions = new Float64Array(features.length);
  const raw = scoreTrees(trees, own, contributions);
  const reasons = strongest(byCode(features, contributions));
  const told = reasons.reduce((sum, { contribution }) => sum + contribution, 0);
  const rest = raw - trees.bias - told;
  return {
    raw,
    probability: probabilityOf(model.calibration, raw),
    bias: trees.bias,
    reasons,
    rest,
  };
}

function byCode(features: readonly ModelFeature[], contributions: Float64Array): Contribution[] {
  const sums: { code: ReasonCode; contribution: number }[] = [];
  for (let at = 0; at < features.length; at += 1) {
    const contribution = contributions[at] ?? 0;
    const code = features[at]?.reason;
    if (contribution === 0 || code === undefined) continue;
    // Features of one code mostly stand together; there are few codes.
    const sum = sums.findLast((one) => one.code === code);
    if (sum) sum.contribution += contribution;
    else sums.push({ code, contribution });
  }
  return sums;
}
