/** The score that needs no labels, streamed from the first day: a payment is scored, then learned from. */
import { emptySurprise, learnSurprise, surpriseOf } from "../../src/risk/label-free.ts";
import { type Figures, figuresOf } from "./metrics.ts";
import { dayStarts, type PaymentsTable } from "./payments-table.ts";
import { scoredRows, splitAt } from "./split.ts";
import type { FeatureTable } from "./stream.ts";

export function labelFreeScores(features: FeatureTable): Float64Array {
  const state = emptySurprise();
  const values = new Float64Array(features.columns.length);
  const bits = new Float64Array(features.rows);
  for (let row = 0; row < features.rows; row += 1) {
    for (let at = 0; at < values.length; at += 1) values[at] = features.columns[at]?.[row] ?? 0;
    const score = surpriseOf(state, values).bits;
    bits[row] = score;
    learnSurprise(state, values, score);
  }
  return bits;
}

export function labelFreeFigures(
  table: PaymentsTable,
  bits: Float64Array,
  firstDay: number,
): Figures {
  const { testRows } = splitAt(table, dayStarts(table), { firstDay, trainDays: 7 });
  return figuresOf(
    scoredRows(
      table,
      testRows,
      Float64Array.from(testRows, (row) => bits[row] ?? 0),
    ),
  );
}
