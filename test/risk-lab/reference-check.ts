/** Do our metrics and our scorer give what others computed of the same data? */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { scoreTrees } from "../../src/risk/trees.ts";
import type { GrownNode } from "./boost.ts";
import { flatten, treesOf } from "./flat-trees.ts";
import { PUBLISHED_FEATURES } from "./golden.ts";
import { type Figures, figuresOf } from "./metrics.ts";
import { forEachLine } from "./payments-table.ts";

export interface Check {
  readonly what: string;
  readonly holds: boolean;
}

const MODELS = ["lr", "dt2", "rf", "xgb", "ref"] as const;
/** Before the scores: row, day, customer, fraud. */
const SCORES_FROM = 4;
const FIGURE_TOLERANCE = 1e-5;
const SCORE_TOLERANCE = 1e-6;
/** As fine as sums of a hundred values stay exact. */
const VALUE_BITS = 32;

const figures = z.object({ auc: z.number(), ap: z.number(), cp100: z.number() });
const expectedSchema = z.object({
  reproduced: z.object({ ref_scores_ch3: z.record(z.enum(MODELS), figures) }),
});
const modelSchema = z.object({
  trees: z.array(
    z.object({
      feature: z.array(z.int()),
      threshold: z.array(z.number()),
      left: z.array(z.int()),
      right: z.array(z.int()),
      leaf: z.array(z.number()),
    }),
  ),
});
type ForeignTree = z.infer<typeof modelSchema>["trees"][number];

export function checkReference(folder: string): readonly Check[] {
  const rows: number[][] = [];
  forEachLine(join(folder, "ref-scores-ch3.csv.gz"), (cells) => rows.push(cells));
  const json: unknown = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
  const expected = expectedSchema.parse(json).reproduced.ref_scores_ch3;
  const column = (at: number) => rows.map((cells) => cells[at] ?? Number.NaN);
  const known = {
    days: Int32Array.from(column(1)),
    customers: Int32Array.from(column(2)),
    frauds: Uint8Array.from(column(3)),
  };
  const checks = MODELS.map((model, at) => {
    const scores = Float64Array.from(column(SCORES_FROM + at));
    return sameFigures(model, figuresOf({ ...known, scores }), expected[model]);
  });
  return [...checks, checkScorer(folder, rows)];
}

function sameFigures(model: string, ours: Figures, theirs: Figures): Check {
  const near = (a: number, b: number) => Math.abs(a - b) < FIGURE_TOLERANCE;
  const holds =
    near(ours.auc, theirs.auc) && near(ours.ap, theirs.ap) && near(ours.cp100, theirs.cp100);
  return { what: `AUC, AP and CP@100 of the scores of ${model}`, holds };
}

function checkScorer(folder: string, rows: readonly number[][]): Check {
  const json: unknown = JSON.parse(readFileSync(join(folder, "ref-model.json"), "utf8"));
  const foreign = modelSchema.parse(json).trees.map((tree) => inOrder(tree, 0));
  const trees = treesOf(flatten(foreign, VALUE_BITS), PUBLISHED_FEATURES.length);
  const features = new Map<number, Float32Array>();
  forEachLine(join(folder, "golden-features-ch3.csv.gz"), ([row = -1, , ...values]) => {
    features.set(row, Float32Array.from(values.slice(0, PUBLISHED_FEATURES.length)));
  });
  let worst = 0;
  for (const cells of rows) {
    const values = features.get(cells[0] ?? -1) ?? new Float32Array();
    const raw = scoreTrees(trees, values, new Float64Array(values.length));
    const theirs = cells[SCORES_FROM + MODELS.indexOf("ref")] ?? Number.NaN;
    worst = Math.max(worst, Math.abs(1 / (1 + Math.exp(-raw)) - theirs));
  }
  const what = `foreign trees by our scorer, at most ${worst.toExponential(1)} away`;
  return { what, holds: worst < SCORE_TOLERANCE };
}

/** Root, left, right. What an inner node expects does not matter to the score. */
function inOrder(tree: ForeignTree, node: number): readonly GrownNode[] {
  const feature = tree.feature[node] ?? -1;
  const own = {
    feature,
    threshold: Math.fround(tree.threshold[node] ?? 0),
    missingLeft: false,
    value: tree.leaf[node] ?? 0,
  };
  if (feature < 0) return [own];
  return [own, ...inOrder(tree, tree.left[node] ?? 0), ...inOrder(tree, tree.right[node] ?? 0)];
}
