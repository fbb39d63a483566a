/** `npm run risk:eval`: our figures beside the published ones, on the same rows (docs/risk.md). Takes some minutes. */
import { parseArgs } from "node:util";
import { addMissingBytes } from "../dev/node-bytes.ts";
import { EDGE_BOOST, EDGE_TRAIN_DAYS, type Lab, meanOfFolds, PUBLISHED_BOOST } from "./folds.ts";
import { PUBLISHED_FEATURES, watchGolden } from "./golden.ts";
import { MODEL_FEATURES } from "./make-model.ts";
import type { Figures } from "./metrics.ts";
import { dayStarts, type PaymentsTable, readPayments } from "./payments-table.ts";
import { type Check, checkReference } from "./reference-check.ts";
import { TEST_FOLDS, VALIDATION_FOLDS } from "./split.ts";
import { featureTable } from "./stream.ts";
import { labelFreeFigures, labelFreeScores } from "./unlabelled.ts";

const USAGE = `npm run risk:eval -- --data FOLDER [--validation]

  --data        folder with the tables (docs/risk.md)
  --validation  the folds on which everything was chosen, instead of those that are reported

Ends with 1 when a figure that must be reached is missed or a check fails.`;

/** The rows of the golden features of which one customer has two in one second: their order is anyone's guess. */
const SAME_SECOND_ROWS = [1_240_489, 1_240_490];
const LABEL_FREE_FOLD = 101;

interface Row {
  readonly what: string;
  readonly must: Figures;
  readonly figures: Figures;
}

const MUST = {
  published: { auc: 0.865, ap: 0.675, cp100: 0.298 },
  edge: { auc: 0.875, ap: 0.715, cp100: 0.308 },
  labelFree: { auc: 0.84, ap: 0.2, cp100: 0.2 },
  none: { auc: 0, ap: 0, cp100: 0 },
} as const;

const { values } = parseArgs({
  options: { data: { type: "string" }, validation: { type: "boolean", default: false } },
});
if (values.data === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  addMissingBytes();
  process.exitCode = evaluate(values.data, values.validation) ? 0 : 1;
}

function evaluate(folder: string, isValidation: boolean): boolean {
  const folds = isValidation ? VALIDATION_FOLDS : TEST_FOLDS;
  const table = readPayments(folder);
  const reference = checkReference(folder);
  const exact = evaluateExact(folder, table, folds);
  const rows = [...exact.rows, ...evaluateServing(table, folds)];
  const checks = [...reference, exact.check];
  for (const { what, holds } of checks) console.log(`${holds ? "ok  " : "FAIL"} ${what}`);
  for (const row of rows) console.log(lineOf(row));
  const isReached = isValidation || rows.every((row) => reaches(row));
  return isReached && checks.every(({ holds }) => holds);
}

function evaluateExact(folder: string, table: PaymentsTable, folds: readonly number[]) {
  const { watch, report } = watchGolden(folder);
  const features = featureTable(table, "exact", watch);
  const lab: Lab = { table, starts: dayStarts(table), features };
  const isGolden = report.differing.every((row) => SAME_SECOND_ROWS.includes(row));
  const check: Check = {
    what: `features of ${report.rows} rows, ${report.differing.length} differ`,
    holds: isGolden,
  };
  const plan = { names: PUBLISHED_FEATURES, trainDays: 7, boost: PUBLISHED_BOOST };
  const figures = meanOfFolds(lab, plan, folds);
  const what = "the 15 published features, exact windows, 7 training days";
  return { check, rows: [{ what, must: MUST.published, figures }] };
}

function evaluateServing(table: PaymentsTable, folds: readonly number[]): readonly Row[] {
  const features = featureTable(table, "serving");
  const lab: Lab = { table, starts: dayStarts(table), features };
  const published = { names: PUBLISHED_FEATURES, trainDays: 7, boost: PUBLISHED_BOOST };
  const edge = {
    names: Object.keys(MODEL_FEATURES),
    trainDays: EDGE_TRAIN_DAYS,
    boost: EDGE_BOOST,
  };
  return [
    {
      what: "the same as served, in buckets",
      must: MUST.none,
      figures: meanOfFolds(lab, published, folds),
    },
    {
      what: `the edge model, ${EDGE_TRAIN_DAYS} training days`,
      must: MUST.edge,
      figures: meanOfFolds(lab, edge, folds),
    },
    {
      what: "the score without labels",
      must: MUST.labelFree,
      figures: labelFreeFigures(table, labelFreeScores(features), LABEL_FREE_FOLD),
    },
  ];
}

function reaches({ must, figures }: Row): boolean {
  return figures.auc >= must.auc && figures.ap >= must.ap && figures.cp100 >= must.cp100;
}

function lineOf(row: Row): string {
  const { auc, ap, cp100 } = row.figures;
  const figures = [auc, ap, cp100].map((figure) => figure.toFixed(4)).join(" / ");
  return `${reaches(row) ? "ok  " : "MISS"} ${row.what}: ${figures}`;
}
