/** The file of a model: trees, calibration, histograms and hash. */
import type { Calibration } from "../../src/risk/calibration.ts";
import { histogramBin } from "../../src/risk/drift.ts";
import { FEATURES } from "../../src/risk/features.ts";
import { MODEL_FORMAT, modelHash } from "../../src/risk/model-file.ts";
import type { FeatureHistogram } from "../../src/risk/model.ts";
import type { ReasonCode } from "../../src/risk/reason-codes.ts";
import type { FlatTrees } from "../../src/risk/trees.ts";

/** What the reference model looks at, and what a merchant is told of it. */
export const MODEL_FEATURES: Readonly<Record<string, ReasonCode>> = {
  amount: "amount_high",
  weekend: "unusual_hour",
  night: "unusual_hour",
  hour: "unusual_hour",
  customer_payments_1h: "customer_velocity",
  customer_payments_6h: "customer_velocity",
  customer_payments_1d: "customer_velocity",
  customer_payments_7d: "customer_velocity",
  customer_payments_30d: "customer_velocity",
  customer_mean_1d: "amount_unusual_for_customer",
  customer_mean_7d: "amount_unusual_for_customer",
  customer_mean_30d: "amount_unusual_for_customer",
  customer_sum_1d: "customer_velocity",
  customer_amount_to_mean: "amount_unusual_for_customer",
  customer_amount_to_max: "amount_unusual_for_customer",
  customer_amount_deviation: "amount_unusual_for_customer",
  customer_mean_1d_to_mean: "amount_unusual_for_customer",
  customer_since_last: "customer_velocity",
  customer_history: "customer_history_short",
  customer_merchants_1d: "customer_many_merchants",
  customer_new_merchant: "merchant_new_to_customer",
  customer_frauds_28d: "customer_fraud_history",
  merchant_known_1d: "merchant_fraud_history",
  merchant_risk_1d: "merchant_fraud_history",
  merchant_known_7d: "merchant_fraud_history",
  merchant_risk_7d: "merchant_fraud_history",
  merchant_known_30d: "merchant_fraud_history",
  merchant_risk_30d: "merchant_fraud_history",
  merchant_frauds_28d: "merchant_fraud_history",
  merchant_smoothed_risk_28d: "merchant_fraud_history",
  merchant_since_fraud: "merchant_fraud_history",
  merchant_payments_1h: "merchant_velocity",
  merchant_payments_1d: "merchant_velocity",
  merchant_amount_to_mean: "amount_unusual_for_merchant",
};

const HISTOGRAM_BINS = 10;
const SHARE_DIGITS = 4;
/** Fewer frauds make no point of the calibration. */
const POINT_FRAUDS_MIN = 25;
const POINT_DIGITS = 5;

export interface ModelParts {
  readonly name: string;
  readonly training: Readonly<Record<string, unknown>>;
  readonly names: readonly string[];
  readonly columns: readonly Float32Array[];
  readonly rows: Int32Array;
  readonly trees: FlatTrees;
  readonly calibration: Calibration;
}

export async function makeModelFile(parts: ModelParts): Promise<Record<string, unknown>> {
  const { name, training, names, columns, rows, trees, calibration } = parts;
  const features = names.map((feature, at) => ({
    name: feature,
    unit: FEATURES.find((one) => one.name === feature)?.unit,
    reason: MODEL_FEATURES[feature],
    histogram: histogramOf(columns[at] ?? new Float32Array(), rows),
  }));
  const amounts = columns[names.indexOf("amount")];
  const amountMean = amounts ? rows.reduce((sum, row) => sum + (amounts[row] ?? 0), 0) : 0;
  const file = {
    format: MODEL_FORMAT,
    name,
    training,
    amountMean: Number((amountMean / rows.length).toFixed(2)) || 1,
    features,
    calibration,
    trees,
  };
  return { ...file, sha256: await modelHash(file) };
}

/**
 * Isotonic, on rows that were not trained on: from the highest score down, groups with enough frauds each; where a group
 * is not above the next, both become one.
 */
export function calibrate(raws: Float64Array, frauds: Uint8Array): Calibration {
  const order = [...raws.keys()].toSorted((a, b) => (raws[b] ?? 0) - (raws[a] ?? 0));
  const groups: { raw: number; rows: number; frauds: number }[] = [];
  let group = { raw: 0, rows: 0, frauds: 0 };
  for (const row of order) {
    group.raw += raws[row] ?? 0;
    group.rows += 1;
    group.frauds += frauds[row] ?? 0;
    if (group.frauds < POINT_FRAUDS_MIN) continue;
    groups.push(group);
    group = { raw: 0, rows: 0, frauds: 0 };
  }
  if (group.rows > 0) groups.push(group);
  // Half a fraud more and half less: no score makes a fraud certain, or impossible.
  const rate = (one: { rows: number; frauds: number }) => (one.frauds + 0.5) / (one.rows + 1);
  for (let at = 1; at < groups.length;) {
    const [upper, lower] = [groups[at - 1], groups[at]];
    if (!upper || !lower || rate(lower) < rate(upper)) {
      at += 1;
      continue;
    }
    const merged = {
      raw: upper.raw + lower.raw,
      rows: upper.rows + lower.rows,
      frauds: upper.frauds + lower.frauds,
    };
    groups.splice(at - 1, 2, merged);
    at = Math.max(1, at - 1);
  }
  const points = groups.toReversed();
  return {
    raws: points.map(({ raw, rows }) => Number((raw / rows).toPrecision(POINT_DIGITS))),
    probabilities: points.map((one) => Number(rate(one).toPrecision(POINT_DIGITS))),
  };
}

function histogramOf(column: Float32Array, rows: Int32Array): FeatureHistogram {
  const values = Float32Array.from(rows, (row) => column[row] ?? Number.NaN);
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted();
  const cuts: number[] = [];
  for (let step = 1; step < HISTOGRAM_BINS; step += 1) {
    const quantile = sorted[Math.floor((step * sorted.length) / HISTOGRAM_BINS)] ?? 0;
    const cut = Number(quantile.toPrecision(SHARE_DIGITS));
    if (cut > (cuts.at(-1) ?? sorted[0] ?? 0)) cuts.push(cut);
  }
  const counts = Array.from({ length: cuts.length + 2 }, () => 0);
  for (const value of values) {
    const bin = histogramBin(cuts, value);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { cuts, shares: counts.map((n) => Number((n / rows.length).toFixed(SHARE_DIGITS))) };
}
