/** `npm run risk:train`: writes the reference model that the gateway ships (docs/risk.md). */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { addMissingBytes } from "../dev/node-bytes.ts";
import { calibrate, makeModelFile, MODEL_FEATURES } from "./make-model.ts";
import { EDGE_BOOST, EDGE_TRAIN_DAYS, type Lab, trainFold } from "./folds.ts";
import { scoreRows } from "./flat-trees.ts";
import { figuresOf } from "./metrics.ts";
import { dayStarts, readPayments } from "./payments-table.ts";
import { scoredRows, TEST_FOLDS } from "./split.ts";
import { featureTable } from "./stream.ts";

const USAGE = `npm run risk:train -- --data FOLDER [--out FILE]

  --data  folder with tx-*.csv.gz
  --out   default src/risk/reference-model.json`;
const OUT = "src/risk/reference-model.json";
const DIGITS = 4;

const { values } = parseArgs({ options: { data: { type: "string" }, out: { type: "string" } } });
if (values.data === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  addMissingBytes();
  await train(values.data, values.out ?? OUT);
}

/** The newest fold: it is trained up to its last day, and calibrated on the rows that it is tested on. */
async function train(folder: string, out: string): Promise<void> {
  const table = readPayments(folder);
  const features = featureTable(table, "serving");
  const lab: Lab = { table, starts: dayStarts(table), features };
  const names = Object.keys(MODEL_FEATURES);
  const plan = { names, trainDays: EDGE_TRAIN_DAYS, boost: EDGE_BOOST };
  const [firstDay] = TEST_FOLDS;
  const { split, columns, flat, trees } = trainFold(lab, plan, firstDay);
  const scored = scoredRows(table, split.testRows, scoreRows(trees, columns, split.testRows));
  const figures = figuresOf(scored);
  const training = {
    data: "simulated payments: Fraud-Detection-Handbook/simulated-data-raw, commit 6e67dbd0",
    simulated: true,
    days: `${dateOf(firstDay + 7 - EDGE_TRAIN_DAYS)} to ${dateOf(firstDay + 6)}`,
    rows: split.trainRows.length,
    frauds: split.trainRows.reduce((sum, row) => sum + (table.fraud[row] ?? 0), 0),
    tested: `${dateOf(firstDay + 14)} to ${dateOf(firstDay + 20)}`,
    auc: round(figures.auc),
    ap: round(figures.ap),
    cp100: round(figures.cp100),
    boost: EDGE_BOOST,
  };
  const calibration = calibrate(scored.scores, scored.frauds);
  const rows = split.trainRows;
  const parts = { name: "reference", training, names, columns, rows, trees: flat, calibration };
  writeFileSync(out, `${JSON.stringify(await makeModelFile(parts))}\n`);
  console.log(JSON.stringify(training));
}

function dateOf(day: number): string {
  return new Date(Date.UTC(2018, 3, 1 + day)).toISOString().slice(0, 10);
}

function round(figure: number): number {
  return Number(figure.toFixed(DIGITS));
}
