/**
 * Do payments still look like those that the model was trained on? Per feature the population stability index (PSI)
 * between the training histogram and what was counted since. `countDrift` changes the counts it is given.
 */
import {
  byteReader,
  byteWriter,
  putWhole,
  takeCount,
  takeWhole,
  writtenBytes,
} from "./byte-form.ts";
import type { FeatureHistogram, Model } from "./model.ts";

/** Per feature of the model, payments per bin; the last bin is that of missing values. */
export type DriftCounts = readonly number[][];

export interface FeatureDrift {
  readonly name: string;
  readonly psi: number;
  readonly alert: boolean;
}

/** The usual reading of PSI: below .1 nothing, above .25 a shift that matters. */
export const DRIFT_ALERT_PSI = 0.25;
/** With fewer payments chance alone moves the index. */
const DRIFT_PAYMENTS_MIN = 1_000;

const VERSION = 1;
const [FEATURES_MAX, BINS_MAX] = [200, 66];
/** An empty bin would make the index infinite. */
const SHARE_MIN = 1e-4;

export function emptyDrift(model: Model): DriftCounts {
  return model.features.map(({ histogram }) => histogram.shares.map(() => 0));
}

/** `values` as `featuresOf` gives them. */
export function countDrift(model: Model, counts: DriftCounts, values: Float64Array): void {
  for (let at = 0; at < model.features.length; at += 1) {
    const [feature, bins] = [model.features[at], counts[at]];
    if (feature === undefined || bins === undefined) continue;
    const bin = histogramBin(feature.histogram.cuts, values[feature.place] ?? Number.NaN);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
}

/** The bin of a value; that of a missing one is behind all others. */
export function histogramBin(cuts: readonly number[], value: number): number {
  if (Number.isNaN(value)) return cuts.length + 1;
  let bin = 0;
  while (bin < cuts.length && value >= (cuts[bin] ?? 0)) bin += 1;
  return bin;
}

/** One row per feature of the model; empty while too few payments were counted. */
export function driftOf(model: Model, counts: DriftCounts): readonly FeatureDrift[] {
  const total = (counts[0] ?? []).reduce((sum, count) => sum + count, 0);
  if (total < DRIFT_PAYMENTS_MIN) return [];
  return model.features.map(({ name, histogram }, at) => {
    const psi = psiOf(histogram, counts[at] ?? [], total);
    return { name, psi, alert: psi > DRIFT_ALERT_PSI };
  });
}

export function encodeDrift(counts: DriftCounts): Uint8Array<ArrayBuffer> {
  const writer = byteWriter();
  putWhole(writer, VERSION);
  putWhole(writer, counts.length);
  for (const bins of counts) {
    putWhole(writer, bins.length);
    for (const count of bins) putWhole(writer, count);
  }
  return writtenBytes(writer);
}

/** Undefined when the bytes are no whole counts, or those of a model with other histograms. */
export function decodeDrift(model: Model, bytes: Uint8Array): DriftCounts | undefined {
  const reader = byteReader(bytes);
  if (takeWhole(reader) !== VERSION) return undefined;
  const counts = Array.from({ length: takeCount(reader, FEATURES_MAX) }, () =>
    Array.from({ length: takeCount(reader, BINS_MAX) }, () => takeWhole(reader)),
  );
  const fits =
    counts.length === model.features.length &&
    model.features.every(({ histogram }, at) => counts[at]?.length === histogram.shares.length);
  return fits && !reader.broken && reader.at === bytes.length ? counts : undefined;
}

function psiOf(histogram: FeatureHistogram, counts: readonly number[], total: number): number {
  return histogram.shares.reduce((sum, share, at) => {
    const expected = Math.max(share, SHARE_MIN);
    const actual = Math.max((counts[at] ?? 0) / total, SHARE_MIN);
    return sum + (actual - expected) * Math.log(actual / expected);
  }, 0);
}
