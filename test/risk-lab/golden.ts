/** Are the streamed features those that the publisher of the data computed? */
import { join } from "node:path";
import { FEATURES } from "../../src/risk/features.ts";
import { forEachLine } from "./payments-table.ts";

/** The 15 published features in their order, under our names. */
export const PUBLISHED_FEATURES = [
  "amount",
  "weekend",
  "night",
  "customer_payments_1d",
  "customer_mean_1d",
  "customer_payments_7d",
  "customer_mean_7d",
  "customer_payments_30d",
  "customer_mean_30d",
  "merchant_known_1d",
  "merchant_risk_1d",
  "merchant_known_7d",
  "merchant_risk_7d",
  "merchant_known_30d",
  "merchant_risk_30d",
] as const;

/** Published values are rounded to six decimals. */
const TOLERANCE = 1.1e-6;

/** Looks at the exact features of every row as they are streamed. */
export function watchGolden(folder: string) {
  const golden = new Map<number, readonly number[]>();
  forEachLine(join(folder, "golden-features-ch3.csv.gz"), ([row = -1, , ...values]) => {
    golden.set(row, values);
  });
  const places = PUBLISHED_FEATURES.map((name) => FEATURES.findIndex((one) => one.name === name));
  const report: { rows: number; differing: number[] } = { rows: golden.size, differing: [] };
  const watch = (row: number, values: Float64Array): void => {
    const expected = golden.get(row);
    if (expected === undefined) return;
    const same = places.every(
      (place, at) => Math.abs((values[place] ?? Number.NaN) - (expected[at] ?? 0)) < TOLERANCE,
    );
    if (!same) report.differing.push(row);
  };
  return { report, watch };
}
