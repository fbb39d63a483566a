/** Trains and tests on one fold after another. */
import { FEATURES } from "../../src/risk/features.ts";
import { boost, type BoostOptions } from "./boost.ts";
import { flatten, scoreRows, treesOf } from "./flat-trees.ts";
import { type Figures, figuresOf, meanFigures } from "./metrics.ts";
import type { PaymentsTable } from "./payments-table.ts";
import { scoredRows, splitAt } from "./split.ts";
import type { FeatureTable } from "./stream.ts";

export interface Lab {
  readonly table: PaymentsTable;
  readonly starts: readonly number[];
  readonly features: FeatureTable;
}

export interface Plan {
  readonly names: readonly string[];
  readonly trainDays: number;
  readonly boost: BoostOptions;
}

/** Chosen on the validation folds. */
export const PUBLISHED_BOOST: BoostOptions = {
  trees: 100,
  depth: 3,
  rate: 0.1,
  lambda: 1,
  childWeightMin: 1,
};
export const EDGE_BOOST: BoostOptions = { ...PUBLISHED_BOOST, depth: 4 };
export const EDGE_TRAIN_DAYS = 84;

export function trainFold(lab: Lab, plan: Plan, firstDay: number) {
  const split = splitAt(lab.table, lab.starts, { firstDay, trainDays: plan.trainDays });
  const columns = columnsOf(lab.features, plan.names);
  const data = { rows: split.trainRows, labels: lab.table.fraud };
  const flat = flatten(boost(columns, data, plan.boost));
  return { split, columns, flat, trees: treesOf(flat, columns.length) };
}

function foldFigures(lab: Lab, plan: Plan, firstDay: number): Figures {
  const { split, columns, trees } = trainFold(lab, plan, firstDay);
  const scores = scoreRows(trees, columns, split.testRows);
  return figuresOf(scoredRows(lab.table, split.testRows, scores));
}

export function meanOfFolds(lab: Lab, plan: Plan, folds: readonly number[]): Figures {
  return meanFigures(folds.map((firstDay) => foldFigures(lab, plan, firstDay)));
}

function columnsOf(features: FeatureTable, names: readonly string[]): readonly Float32Array[] {
  return names.map((name) => {
    const column = features.columns[FEATURES.findIndex((feature) => feature.name === name)];
    if (!column) throw new Error(`There is no feature ${name}.`);
    return column;
  });
}
